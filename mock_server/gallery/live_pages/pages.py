"""The page with the frames, and the panel with what keeps a page from being framed."""

from __future__ import annotations

from ...contract.exchange import Response
from ..page_request import PageRequest
from ..pages import page_response
from ..states import filters
from ..states.selection import setting_options
from .frames import PATH, SETTINGS, frames, other_host
from .framing import framing_problem
from .url_templates import OPTION, example

SIDE_BY_SIDE = 4  # at most this many chosen states are next to each other


def own_page(page: PageRequest) -> Response:
    """Return the user's page in each selected state, or how to configure its URL."""
    selected = filters.selection(page, PATH, SETTINGS)
    fixtures = filters.by_lifecycle(page, filters.selected_fixtures(page, selected))
    shown = list(frames(page, fixtures))
    return page_response(
        page,
        "frames.html",
        frames=shown,
        selected=selected,
        filters=list(filters.filter_rows(page, selected)),
        settings=list(setting_options(selected, SETTINGS)),
        side_by_side=0 < len(selected.states) <= SIDE_BY_SIDE,
        without_page=len(fixtures) - len(shown),
        templates=page.page_templates,
        other_host=other_host(page, page.page_templates),
        option=OPTION,
        example=example(page.spec),
    )


def problem_panel(page: PageRequest) -> Response:
    """Return what keeps the first frame of each page from being shown, if anything does."""
    first: dict[str, str] = {}
    for frame in frames(page, page.dataset.fixtures.fixtures.values()):
        first.setdefault(frame.fixture.type.name, frame.src)
    checked = ((src, framing_problem(src, page.origin)) for src in first.values())
    return page_response(
        page, "frames_problem.html", problems=[(src, found) for src, found in checked if found]
    )
