"""A benchmark replaces its block of a document, and nothing else changes."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.contenders import PEERS, ROOT
from benchmarks.plot import Bar, bars
from benchmarks.report import (
    Must,
    format_spread,
    must_table,
    replace_block,
    table,
    update_document,
)
from benchmarks.rounds import Spread

MARKS = ("speed", "examples", "start", "memory", "proxy", "scale", "soak", "documents")
SVG = "{http://www.w3.org/2000/svg}"


def test_new_lines_replace_those_between_the_marks(tmp_path: Path) -> None:
    document = tmp_path / "document.md"
    after = "<!-- b: begin -->\n<!-- b: end -->\n"
    document.write_text(f"before\n<!-- a: begin -->\nold\n<!-- a: end -->\n{after}")
    for _ in range(2):
        update_document(document, "a", ["| new |"])
    expected = f"before\n<!-- a: begin -->\n\n| new |\n\n<!-- a: end -->\n{after}"
    assert document.read_text() == expected


def test_a_document_without_the_marks_is_an_error() -> None:
    with pytest.raises(ValueError, match="must contain <!-- a: begin --> and <!-- a: end -->"):
        replace_block("<!-- a: end -->", "a", [])


@pytest.mark.parametrize("mark", MARKS)
def test_the_page_has_a_block_for_each_benchmark(mark: str) -> None:
    text = (ROOT / "docs/benchmarks.md").read_text("utf-8")
    assert "| new |" in replace_block(text, mark, ["| new |"])


def test_a_table_has_a_head_and_right_aligned_columns() -> None:
    lines = list(table(("", "ms"), [("mock-server", "2")]))
    assert lines == ["|  | ms |", "| --- | ---: |", "| mock-server | 2 |"]


def test_the_table_of_musts_shows_the_limit_the_measured_value_and_whether_it_is_met() -> None:
    head, _, met, missed, unknown = must_table(
        Must("speed", "at least 8", "9", met) for met in (True, False, None)
    )
    assert head == "| must | limit | measured | met |"
    assert met == "| speed | at least 8 | 9 | yes |"
    assert missed.endswith("| **no** |")
    assert unknown.endswith("| not measured |")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Spread(1234.4, 1000, 2000), "1,234 (1,000 to 2,000)"),
        (Spread(7, 7, 7), "7"),
        (None, "no value"),
    ],
)
def test_a_value_is_shown_with_its_range(value: Spread | None, text: str) -> None:
    assert format_spread(value) == text


def test_a_bar_is_as_long_as_its_median() -> None:
    rows = [Bar("<a>", Spread(100, 90, 110), ours=True), Bar("b", Spread(50, 40, 60))]
    chart = ElementTree.fromstring(bars("A & B", rows))  # noqa: S314 (made here)
    first, second = (float(bar.attrib["width"]) for bar in chart.iter(f"{SVG}rect"))
    assert first == pytest.approx(2 * second, rel=0.01)
    texts = {element.text for element in chart.iter(f"{SVG}text")}
    assert {"A & B", "<a>", "b", "100", "50"} <= texts


def test_peers_are_pinned_and_the_lock_file_has_no_download_addresses() -> None:
    pinned = json.loads((PEERS / "package.json").read_text())["devDependencies"]
    assert [name for name, text in pinned.items() if not re.fullmatch(r"\d+\.\d+\.\d+", text)] == []
    lock = json.loads((PEERS / "package-lock.json").read_text())
    assert {name: lock["packages"][f"node_modules/{name}"]["version"] for name in pinned} == pinned
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []
