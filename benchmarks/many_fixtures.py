"""Create a fixtures folder with large packages."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from .contenders import ROOT
from .load.requests import RELEASE

FIXTURES = ROOT / "fixtures"
MODEL = "releases/successful.yaml"
# The texts of the model that each copy replaces.
PACKAGE, VERSION, LATEST = "package_id: pkg_3", 'version: "1.0.0"', "is_latest: true"
REPLACED = (RELEASE, PACKAGE, VERSION, LATEST)


def package_id(size: int) -> str:
    """Return the id of the package that has this many releases."""
    return f"pkg_of_{size}"


def write_fixtures(folder: Path, sizes: Sequence[int]) -> Path:
    """Copy the fixtures and add a package of each size. All sizes must be different.

    Return the new folder. Raise ValueError if the model fixture lacks a text to replace.
    """
    fixtures = folder / "fixtures"
    shutil.copytree(FIXTURES, fixtures, ignore=shutil.ignore_patterns("broken"))
    model = (FIXTURES / MODEL).read_text("utf-8")
    if missing := [text for text in REPLACED if model.count(text) != 1]:
        raise ValueError(f"{MODEL} must contain exactly once: {', '.join(missing)}")
    with (fixtures / "packages.yaml").open("a", encoding="utf-8") as packages:
        for size in sizes:
            package = package_id(size)
            packages.write(f"\n  - package_id: {package}\n    creator_account_id: account-1234\n")
            packages.write(f"    name: testuser/of-{size}\n")
            for number in range(size):
                text = model.replace(PACKAGE, f"package_id: {package}")
                text = text.replace(RELEASE, f"rel_{size}_{number}")
                text = text.replace(VERSION, f'version: "1.0.{number}"')
                text = text.replace(LATEST, "is_latest: false")
                (fixtures / f"releases/of-{size}-{number}.yaml").write_text(text, "utf-8")
    return fixtures
