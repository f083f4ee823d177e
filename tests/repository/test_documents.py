"""What the documents list is what there is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PICTURE = re.search(
    r"## The rooms\n\n```\n(.*?)```", (ROOT / "docs" / "architecture.md").read_text(), re.DOTALL
)

# Folders whose modules and rooms the architecture names one by one.
DRAWN = ["mock_server", "mock_server/contract", "mock_server/sockets", "contract_tests"]


def drawn() -> set[str]:
    """The modules and folders that the picture of the rooms names."""
    assert PICTURE is not None
    return set(re.findall(r"(?<![\w./*])(\w+\.py|\w+/)", PICTURE[1]))


def rooms(folder: str) -> set[str]:
    """The modules of a folder, checks of a contract run left out, and its folders with modules."""
    here = ROOT / folder
    files = {file.name for file in here.glob("*.py") if not re.match("__|test_", file.name)}
    return files | {f"{file.parent.name}/" for file in here.glob("*/__init__.py")}


@pytest.mark.parametrize("folder", DRAWN)
def test_the_architecture_shows_every_room_of(folder: str) -> None:
    assert rooms(folder) - drawn() == set()


def test_the_architecture_shows_no_module_that_is_not_there() -> None:
    there = {name for folder in DRAWN for name in rooms(folder)}
    assert {name for name in drawn() if name.endswith(".py")} - there == set()


def test_the_readme_leads_to_every_page_of_the_documents() -> None:
    pages = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    assert (
        pages - set(re.findall(r"\]\((docs/[\w-]+\.md)\)", (ROOT / "README.md").read_text()))
        == set()
    )
