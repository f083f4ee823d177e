"""A folder of fixtures with as many releases as are wanted, in packages of their own."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from .contenders import ROOT
from .load.requests import RELEASE

FIXTURES = ROOT / "fixtures"
MODEL = "releases/successful.yaml"
# what is another in each release: its id, its package, its version; and none is the latest
PACKAGE, VERSION = "package_id: pkg_3", 'version: "1.0.0"'
PLACES = (RELEASE, PACKAGE, VERSION, "is_latest: true")


def package(size: int) -> str:
    """The id of the package that holds so many releases."""
    return f"pkg_of_{size}"


def written(folder: Path, sizes: Sequence[int]) -> Path:
    """Copies the fixtures and adds a package of each of these sizes, no two the same.

    Returns the new folder. Raises ValueError when the model is no longer of the expected form.
    """
    made = folder / "fixtures"
    shutil.copytree(FIXTURES, made, ignore=shutil.ignore_patterns("broken"))
    model = (FIXTURES / MODEL).read_text("utf-8")
    if missing := [place for place in PLACES if model.count(place) != 1]:
        raise ValueError(f"{MODEL} has not exactly one of each: {', '.join(missing)}")
    with (made / "packages.yaml").open("a", encoding="utf-8") as packages:
        for size in sizes:
            name = package(size)
            packages.write(f"\n  - package_id: {name}\n    creator_account_id: account-1234\n")
            packages.write(f"    name: testuser/of-{size}\n")
            for number in range(size):
                text = model.replace(PACKAGE, f"package_id: {name}")
                text = text.replace(RELEASE, f"rel_{size}_{number}")
                text = text.replace(VERSION, f'version: "1.0.{number}"')
                text = text.replace("is_latest: true", "is_latest: false")
                (made / f"releases/of-{size}-{number}.yaml").write_text(text, "utf-8")
    return made
