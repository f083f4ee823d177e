"""The user's own page: its URL for each resource, its frames, and refusals to be framed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from mock_server.app.mock import mock_of
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.gallery.live_pages.frames import LONGEST_NAME, session_of_frame
from mock_server.gallery.live_pages.framing import framing_problem, refusal
from mock_server.live import load_sources
from mock_server.server.in_process import running
from mock_server.state.session_names import NAME
from tests.mock_server.helpers.browsing import browse, get_page
from tests.mock_server.helpers.copies import violations_of
from tests.mock_server.helpers.markup import Element, active_content
from tests.mock_server.helpers.two_types import two_types

HOSTILE = "text-hostile"
SITE = "http://localhost:5173"
URL = SITE + "/{Package.name}/builds?id={package_release_id}&session={session}"
ORIGIN = "http://127.0.0.1:3100"


@pytest.fixture(scope="module")
def address(judge: Judge, fixtures: Fixtures) -> Iterator[str]:
    with running(mock_of(judge, fixtures, page_urls=[URL])) as address:
        yield address


def sources(page: Element) -> dict[str, str]:
    """Return the URL of each frame, by the name of its fixture."""
    return {
        frame.one("p", class_="file").one("code").text: frame.one(class_="screen").attributes[
            "data-src"
        ]
        for frame in page.all("article", class_="frame")
    }


def test_a_card_links_to_the_users_own_page(judge: Judge, fixtures: Fixtures) -> None:
    url = (
        SITE + "/{Package.name}/builds?package_release_id="
        "{PackageRelease.package_release_id}&version={PackageRelease.version}&s={session}"
    )
    with running(mock_of(judge, fixtures, page_urls=[url])) as address:
        page = get_page(address)
        links = {
            card.attributes["id"]: [
                a.attributes["href"] for a in card.all("a") if a.text == "Open page"
            ]
            for card in page.all("article", class_="card")
        }
    builds = f"{SITE}/testuser/my-test-board/builds"
    version = fixtures.fixtures["successful"].value["version"]
    query = f"package_release_id=rel_successful&version={version}&s=default"
    assert links["successful"] == [f"{builds}?{query}"]
    assert links["no-version"] == []
    assert "%3Cb%3E%26amp%3B%22" in links[HOSTILE][0]


def test_each_state_has_a_frame_with_a_session_for_itself(address: str, fixtures: Fixtures) -> None:
    found = sources(get_page(address, "page"))
    assert found.keys() == fixtures.fixtures.keys()
    queries = [parse_qs(urlsplit(url).query) for url in found.values()]
    sessions = [query["session"][0] for query in queries]
    assert len(set(sessions)) == len(sessions)
    assert all(NAME.match(session) for session in sessions)
    assert [q["id"][0] for q in queries] == [fixtures.fixtures[name].key for name in found]


def test_the_sessions_of_frames_differ_between_the_sessions_of_their_pages(address: str) -> None:
    other = browse(address, "/_s/mine/_mock/page").content.decode()
    assert "session=mine.failed-circuit-json" in other
    assert "session=default." not in other


def test_a_session_of_a_frame_has_a_valid_name_that_no_other_frame_has() -> None:
    names = ["a b", "a-b", "a/b", "x" * 80, "x" * 81, "\ud800", "plain"]
    sessions = [session_of_frame("default", name) for name in names]
    assert len(set(sessions)) == len(names)
    assert all(NAME.match(each) and len(each) <= LONGEST_NAME for each in sessions)
    assert sessions[-1] == "default.plain"


def test_only_pages_with_frames_allow_the_origin_of_the_users_page(address: str) -> None:
    def policy(path: str) -> str:
        return browse(address, f"/_mock/{path}").headers["Content-Security-Policy"]

    for path in ("page", "console", "states/pending"):
        assert policy(path).endswith(f"; frame-src {SITE}")
    for path in ("", "map", "page/problem", "states/pending.json"):
        assert "frame-src" not in policy(path)
        assert "default-src 'none'" in policy(path)


def test_the_address_selects_states_width_and_color_scheme(address: str) -> None:
    page = get_page(address, "page?state=pending&state=successful&width=768&scheme=dark")
    grid = page.one("div", class_="frames")
    assert sources(page).keys() == {"pending", "successful"}
    assert (grid.attributes["data-width"], grid.attributes["data-scheme"]) == ("768", "dark")
    assert "side-by-side" in grid.attributes["class"]
    hidden = {
        i.attributes["name"]: i.attributes["value"] for i in page.one(id="compare").all("input")
    }
    assert hidden == {"width": "768", "scheme": "dark"}
    for link in page.all("a", class_="chip"):
        query = parse_qs(urlsplit(link.attributes["href"]).query)
        assert query["width"] == ["768"]
        assert query["state"] == ["pending", "successful"]


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("width=400", 400, "Unknown width 400"),
        ("scheme=drak", 400, "Did you mean dark?"),
        ("state=pendin", 404, "Did you mean pending?"),
        ("overal=failed", 400, "Did you mean overall?"),
        ("overall=faild", 400, "Unknown status faild Did you mean failed?"),
    ],
)
def test_an_unknown_selection_is_an_error_with_a_hint(
    address: str, query: str, status: int, words: str
) -> None:
    assert words in get_page(address, f"page?{query}", status).one("main").words


def test_a_frame_without_script_cannot_navigate_the_gallery(address: str) -> None:
    frame = get_page(address, "page").all("iframe")[0]
    assert "allow-top-navigation" not in frame.attributes["sandbox"]
    assert frame.attributes["loading"] == "lazy"


def test_without_a_url_the_page_explains_how_to_set_one(judge: Judge, fixtures: Fixtures) -> None:
    with running(mock_of(judge, fixtures)) as address:
        page = get_page(address, "page")
        assert "{PackageRelease.package_release_id}?session={session}" in page.words
        assert active_content(page) == []
        assert "own-page" not in browse(address, "/_mock/console").content.decode()


def test_a_url_without_a_session_is_allowed_with_a_note(judge: Judge, fixtures: Fixtures) -> None:
    with running(mock_of(judge, fixtures, page_urls=[f"{SITE}/{{version}}"])) as address:
        assert "all frames share one session" in get_page(address, "page").words


def test_another_host_of_the_same_machine_is_reported(address: str) -> None:
    """A browser withholds cookies from the frame of another site."""
    port = address.rpartition(":")[2]
    assert f"http://localhost:{port}" in get_page(address, "page").words
    same = get_page(address, "page", headers={"host": f"localhost:{port}"})
    assert "need cookies" not in same.words


def test_the_console_has_the_page_of_its_resource_and_session(address: str) -> None:
    path = "/_s/mine/_mock/console/resource?package_release_id=rel_pending"
    html = browse(address, path).content.decode()
    assert "id=rel_pending&amp;session=mine" in html


def test_each_type_can_have_a_page(tmp_path: Path) -> None:
    urls = [f"{SITE}/w/{{Worker.name}}", "http://127.0.0.1:5174/j/{Job.id}?s={session}"]
    with running(mock_of(*load_sources(*two_types(tmp_path)), page_urls=urls)) as address:
        found = sources(get_page(address, "page"))
        policy = browse(address, "/_mock/page").headers["Content-Security-Policy"]
    assert found["ada"] == f"{SITE}/w/ada"
    assert re.fullmatch(r"http://127\.0\.0\.1:5174/j/\d+\?s=default\.done", found["done"])
    assert policy.endswith(f"frame-src {SITE} http://127.0.0.1:5174")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("localhost:5173/{version}", "must start with http:// or https://"),
        ("javascript:alert({version})", "must start with http:// or https://"),
        ("http://{version}.localhost/", "must have a host that a page can frame"),
        ("http://a:b@localhost/{version}", "must have a host that a page can frame"),
        ("http://a;script-src */{version}", "must have a host that a page can frame"),
        ("http://[::1]:5173/{version}", "must have a host that a page can frame"),
        ("http://[/{version}", "must have a host that a page can frame"),
        ("http://localhost/{Pakage.name}", "did you mean Package?"),
        ("http://localhost/{Package.nam}", "did you mean name?"),
        ("http://localhost/{versoin}", "unknown property `versoin`; "),
        ("http://localhost/{versoin}", "did you mean version?"),
        ("http://localhost/{version", "must have placeholders of the form"),
        ("http://localhost/?s={session}", "names no property"),
        ("http://localhost/{created_at}", "several types have the property `created_at`: "),
        ("http://localhost/{PackageRelease.version}/{star_count}", "no resource has all of these"),
    ],
)
def test_an_invalid_page_url_is_rejected(
    judge: Judge, fixtures: Fixtures, url: str, message: str
) -> None:
    violations = violations_of(lambda: mock_of(judge, fixtures, page_urls=[url]))
    assert message in "\n".join(map(str, violations))
    assert all(str(each).startswith("--page-url: ") for each in violations)


def test_all_invalid_urls_are_reported_and_two_for_one_type(
    judge: Judge, fixtures: Fixtures
) -> None:
    urls = [f"{SITE}/{{versio}}", "ftp://x/{version}", URL, f"{SITE}/{{version}}"]
    texts = list(map(str, violations_of(lambda: mock_of(judge, fixtures, page_urls=urls))))
    assert len(texts) == 3
    assert "two URLs are for a PackageRelease" in texts[2]


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"x-frame-options": "DENY"}, False),
        ({"x-frame-options": "sameorigin"}, False),
        ({"x-frame-options": "ALLOW-FROM http://other.example"}, True),
        ({"content-security-policy": "default-src 'self'"}, True),
        ({"content-security-policy": "frame-ancestors 'none'"}, False),
        ({"content-security-policy": "frame-ancestors 'self'"}, False),
        ({"content-security-policy": f"frame-ancestors 'self' {ORIGIN}"}, True),
        ({"content-security-policy": "img-src *; frame-ancestors http://127.0.0.1:*"}, True),
        ({"content-security-policy": "frame-ancestors http:"}, True),
        ({"content-security-policy": "frame-ancestors https://127.0.0.1:3100"}, False),
        ({"content-security-policy": "frame-ancestors http://127.0.0.1"}, False),
        ({"content-security-policy": "frame-ancestors *"}, True),
        ({"content-security-policy": "frame-ancestors *, frame-ancestors 'none'"}, False),
        ({"content-security-policy": "frame-ancestors *", "x-frame-options": "DENY"}, True),
    ],
)
def test_a_refusal_to_be_framed_is_recognised_as_browsers_do(
    headers: dict[str, str], allowed: bool
) -> None:
    problem = refusal(list(headers.items()), f"{SITE}/", ORIGIN)
    assert (problem is None) is allowed
    if problem is not None:
        assert f"frame-ancestors {ORIGIN}" in problem.fix


def test_a_page_that_does_not_respond_is_a_problem_with_a_fix() -> None:
    problem = framing_problem("http://127.0.0.1:9/x", ORIGIN)
    assert problem is not None
    assert "cannot reach http://127.0.0.1:9" in problem.message
    assert "Start the server" in problem.fix
