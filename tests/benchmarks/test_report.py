"""Tables are written between their marks, and nothing else of a document changes."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.contenders import PEERS, ROOT
from benchmarks.plot import Bar, bars
from benchmarks.report import Must, musts, table, told, write, written
from benchmarks.rounds import Spread

MARKS = ("speed", "start", "memory", "scale", "soak")
SVG = "{http://www.w3.org/2000/svg}"


def test_lines_take_the_place_of_those_between_their_marks(tmp_path: Path) -> None:
    document = tmp_path / "document.md"
    after = "<!-- b: begin -->\n<!-- b: end -->\n"
    document.write_text(f"before\n<!-- a: begin -->\nold\n<!-- a: end -->\n{after}")
    for _ in range(2):
        write(document, "a", ["| new |"])
    made = f"before\n<!-- a: begin -->\n\n| new |\n\n<!-- a: end -->\n{after}"
    assert document.read_text() == made


def test_a_document_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="no <!-- a: begin --> and <!-- a: end -->"):
        written("<!-- a: end -->", "a", [])


@pytest.mark.parametrize("mark", MARKS)
def test_the_page_has_a_place_for_each_benchmark(mark: str) -> None:
    text = (ROOT / "docs/benchmarks.md").read_text("utf-8")
    assert "| new |" in written(text, mark, ["| new |"])


def test_a_table_and_what_was_reached() -> None:
    assert list(table(("", "ms"), [("one", "2")])) == ["|  | ms |", "| --- | ---: |", "| one | 2 |"]
    reached, missed, unknown = list(
        musts(Must("speed", "at least 8", "9", each) for each in (True, False, None))
    )[2:]
    assert reached == "| speed | at least 8 | 9 | yes |"
    assert missed.endswith("| **no** |")
    assert unknown.endswith("| not measured |")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Spread(1234.4, 1000, 2000), "1,234 (1,000 to 2,000)"),
        (Spread(7, 7, 7), "7"),
        (None, "no figure"),
    ],
)
def test_a_figure_is_told_with_its_range(value: Spread | None, text: str) -> None:
    assert told(value) == text


def test_bars_are_as_long_as_their_medians() -> None:
    rows = [Bar("<one>", Spread(100, 90, 110), ours=True), Bar("b", Spread(50, 40, 60))]
    drawn = ElementTree.fromstring(bars("A & B", rows))  # noqa: S314 (made here)
    first, second = (float(each.attrib["width"]) for each in drawn.iter(f"{SVG}rect"))
    assert first == pytest.approx(2 * second, rel=0.01)
    assert {"A & B", "<one>", "b", "100", "50"} <= {each.text for each in drawn.iter(f"{SVG}text")}


def test_peers_are_pinned_and_the_lock_names_no_place_to_fetch_from() -> None:
    pinned = json.loads((PEERS / "package.json").read_text())["devDependencies"]
    assert [name for name, text in pinned.items() if not re.fullmatch(r"\d+\.\d+\.\d+", text)] == []
    lock = json.loads((PEERS / "package-lock.json").read_text())
    assert {name: lock["packages"][f"node_modules/{name}"]["version"] for name in pinned} == pinned
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []
