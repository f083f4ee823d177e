"""Every dependency in a lock has a licence that allows to use and to pass on the project under MIT.

The Python packages declare theirs in their metadata, which is installed from the lock; the npm
packages in the lock itself.
"""

import json
import re
from importlib.metadata import PackageMetadata, metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Licences without conditions for the programs that use a package. MPL-2.0 has conditions for
# changes to the package alone.
PERMISSIVE = {
    *("0BSD", "AFL-2.1", "Apache-2.0", "BlueOak-1.0.0", "BSD-2-Clause", "BSD-3-Clause"),
    *("CC-BY-4.0", "CC0-1.0", "ISC", "MIT", "MIT-0", "MPL-2.0", "PSF-2.0", "Python-2.0"),
    "Unlicense",
}
# How classifiers name them
CLASSIFIED = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
# npm packages whose lock entry has none, because they use the old field `licenses`: all MIT
OLD_FIELD = ("compute-gcd", "compute-lcm", "validate.io-")


def locked(file: Path) -> list[str]:
    """Return the names in a lock of pip."""
    return re.findall(r"^([^\s=#]+)==", file.read_text("utf-8"), re.MULTILINE)


def licence(about: PackageMetadata) -> str:
    """Return the licence of a Python package as an SPDX expression; "" without one."""
    if "License-Expression" in about:
        return about["License-Expression"]
    classifiers = about.get_all("Classifier", [])
    names = [line.rpartition(" :: ")[2] for line in classifiers if line.startswith("License :: ")]
    names = names or ([about["License"]] if "License" in about else [])
    return " AND ".join(CLASSIFIED.get(name, name) for name in names)


def is_permissive(expression: str) -> bool:
    """Return whether an SPDX expression can be fulfilled with permissive licences alone."""
    alternatives = re.split(r" OR ", expression.strip("()"))
    return any(set(re.split(r" AND ", each)) <= PERMISSIVE for each in alternatives)


def test_every_python_package_of_the_lock_has_a_permissive_licence() -> None:
    names = locked(ROOT / "requirements.lock")
    assert "werkzeug" in names
    licences = {name: licence(metadata(name)) for name in names}
    assert {name: text for name, text in licences.items() if not is_permissive(text)} == {}


def test_every_npm_package_of_the_lock_has_a_permissive_licence() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    licences = {
        path.rpartition("node_modules/")[2]: str(package.get("license", ""))
        for path, package in lock["packages"].items()
        if path and not package.get("link")
    }
    unclear = {name: text for name, text in licences.items() if not is_permissive(text)}
    assert [name for name in unclear if not name.startswith(OLD_FIELD)] == []


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MIT", True),
        ("(MIT OR GPL-3.0-only)", True),
        ("MIT AND PSF-2.0", True),
        ("MIT AND GPL-3.0-only", False),
        ("AGPL-3.0-only", False),
        ("", False),
    ],
)
def test_an_expression_is_permissive_if_one_alternative_is(expression: str, expected: bool) -> None:
    assert is_permissive(expression) is expected
