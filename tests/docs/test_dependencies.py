"""docs/dependencies.md lists every direct dependency with its pinned version."""

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
FRAMEWORKS = ROOT / "tests" / "tools" / "frameworks"
MUTATION = ROOT / "benchmarks" / "mutation"


def listed() -> dict[str, str]:
    """Return name and version of each row of the table, without Python's own modules."""
    rows = re.findall(
        r"^\| (\S+) \| (\S+) \|", (ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE
    )
    return {name: version for name, version in rows if version[0].isdigit()}


def direct() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    return {re.split(r"[<>=\[]", wish)[0] for wish in wanted}


def frameworks() -> set[str]:
    return set((FRAMEWORKS / "requirements.in").read_text().split())


def mutation() -> set[str]:
    wanted = (MUTATION / "requirements.in").read_text().split()
    return {wish.partition("==")[0] for wish in wanted}


def tools() -> dict[str, str]:
    package: dict[str, dict[str, str]] = json.loads((ROOT / "package.json").read_text())
    return package["devDependencies"]


def test_the_table_has_every_direct_dependency_and_no_other() -> None:
    assert set(listed()) == direct() | frameworks() | mutation() | set(tools())


def test_the_table_gives_the_versions_of_the_locks() -> None:
    locked = {
        name: version
        for folder in (FRAMEWORKS, MUTATION, ROOT)
        for name, version in re.findall(
            r"^(\S+)==(\S+)", (folder / "requirements.lock").read_text(), re.MULTILINE
        )
    }
    pinned = {name: version for name, version in (locked | tools()).items() if name in listed()}
    assert listed() == pinned
