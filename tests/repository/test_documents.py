"""The documents list exactly the modules and pages that exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repository.imports import ROOT

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
PACKAGES = ["mock_server", "contract_tests"]

# Every folder with Python modules: the architecture lists the modules of each.
DRAWN = sorted(
    str(file.parent.relative_to(ROOT))
    for package in PACKAGES
    for file in (ROOT / package).rglob("__init__.py")
)


def drawn(document: str) -> set[str]:
    """Return the path of each module in the tree under "## Rooms"."""
    tree = re.search(r"^## Rooms\n.*?^```\n(.*?)^```", document, re.DOTALL | re.MULTILINE)
    assert tree is not None
    folders: list[tuple[int, str]] = []
    paths = set()
    for line in tree[1].splitlines():
        indent = len(line) - len(line.lstrip())
        folders = [folder for folder in folders if folder[0] < indent]
        if folder := re.match(r"(\w+)/", line.strip()):
            folders.append((indent, folder[1]))
        parents = "/".join(name for _, name in folders)
        paths |= {f"{parents}/{name}" for name in re.findall(r"\b(\w+\.py)\b", line)}
    return paths


def existing(folder: str, root: Path = ROOT) -> set[str]:
    """Return the path of each module of a folder, without checks and `__init__.py`."""
    return {
        str(file.relative_to(root))
        for file in (root / folder).glob("*.py")
        if not re.match("__|test_", file.name)
    }


def steps(document: str) -> Iterator[str]:
    """Yield each module, such as "server/event_loop", that a flowchart names."""
    for chart in re.findall(r"```mermaid\n(.*?)```", document, re.DOTALL):
        for modules in re.findall(r"<br>([^\"]*)\"", chart):
            yield from re.findall(r"\w+(?:/\w+)+", modules)


@pytest.mark.parametrize("folder", DRAWN)
def test_the_architecture_lists_the_modules_of_each_folder(folder: str) -> None:
    listed = {path for path in drawn(ARCHITECTURE) if path.rpartition("/")[0] == folder}
    assert listed == existing(folder)


def test_the_architecture_lists_no_folder_that_does_not_exist() -> None:
    assert {path.rpartition("/")[0] for path in drawn(ARCHITECTURE)} <= set(DRAWN)


def test_the_flowcharts_name_modules_that_exist() -> None:
    unknown = [
        step
        for step in steps(ARCHITECTURE)
        if not any((ROOT / package / f"{step}.py").exists() for package in PACKAGES)
    ]
    assert unknown == []
    assert len(set(steps(ARCHITECTURE))) > 30


def test_a_module_in_the_wrong_folder_is_detected() -> None:
    tree = "shop/\n  low/   the base\n    a.py  b.py\n    deep/\n      c.py\n  d.py\n"
    assert drawn(f"## Rooms\n\n```\n{tree}```\n") == {
        "shop/low/a.py",
        "shop/low/b.py",
        "shop/low/deep/c.py",
        "shop/d.py",
    }


def test_a_missing_module_is_detected(tmp_path: Path) -> None:
    for name in ("a.py", "b.py", "__init__.py", "test_c.py"):
        (tmp_path / name).touch()
    assert existing(".", tmp_path) == {"a.py", "b.py"}


def test_the_readme_links_to_every_page_of_the_documents() -> None:
    pages = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    linked = set(re.findall(r"\]\((docs/[\w-]+\.md)\)", (ROOT / "README.md").read_text()))
    assert pages - linked == set()


def test_every_link_of_the_documents_leads_to_a_file_and_a_heading() -> None:
    broken = []
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for target, anchor in re.findall(r"\]\(([^)#:\s]*)(?:#([\w-]+))?\)", page.read_text()):
            file = (page.parent / target) if target else page
            if not file.exists() or (anchor and anchor not in anchors(file)):
                broken.append(f"{page.name}: {target}#{anchor}")
    assert broken == []


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
