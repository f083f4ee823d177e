"""A bar chart with ranges as SVG, for light and dark pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from .rounds import Spread

WIDTH, LEFT, RIGHT = 760, 190, 150
ROW, BAR, TOP = 30, 16, 50
STYLE = """
    text { font: 13px system-ui, sans-serif; fill: #1f2328 }
    .title { font-weight: 600 }
    .bar { fill: #9aa4b0 }
    .ours { fill: #1a7f5a }
    .range { stroke: #1f2328; stroke-width: 1.5 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .bar { fill: #6b7684 }
      .ours { fill: #3fb68b }
      .range { stroke: #e6edf3 }
    }
"""


@dataclass(frozen=True)
class Bar:
    """A row of the chart. ours: draw it in the highlight colour."""

    name: str
    value: Spread
    ours: bool = False


def bars(title: str, rows: Sequence[Bar]) -> str:
    """Return an SVG with one bar per row: its length is the median, a line shows the range."""
    height = TOP + ROW * len(rows) + 10
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    label = f'role="img" aria-label="{escape(title)}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {label}>',
            f"  <style>{STYLE}  </style>",
            f'  <text class="title" x="10" y="28">{escape(title)}</text>',
            *_rows(rows),
            "</svg>\n",
        ]
    )


def _rows(rows: Sequence[Bar]) -> Iterator[str]:
    scale = (WIDTH - LEFT - RIGHT) / max([row.value.high for row in rows], default=1)
    for number, row in enumerate(rows):
        top = TOP + ROW * number
        middle, value = top + BAR / 2, row.value
        low, high = (LEFT + scale * number for number in (value.low, value.high))
        kind = "bar ours" if row.ours else "bar"
        name, base = escape(row.name), middle + 4
        yield f'  <text x="{LEFT - 10}" y="{base}" text-anchor="end">{name}</text>'
        yield (
            f'  <rect class="{kind}" x="{LEFT}" y="{top}" '
            f'width="{scale * value.median:.1f}" height="{BAR}" rx="2"/>'
        )
        yield f'  <path class="range" d="M{low:.1f} {middle}H{high:.1f}"/>'
        yield f'  <text x="{max(high, LEFT) + 8:.1f}" y="{base}">{value.median:,.0f}</text>'
