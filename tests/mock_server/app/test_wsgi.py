"""The WSGI application: it is the same pipeline as `serve`, and can be mounted in another one."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from html import unescape

import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, EnvironBuilder
from werkzeug.wrappers import Response

from mock_server.app.wsgi import create_app
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.live import live
from tests.helpers.bad_inputs import Input, inputs
from tests.helpers.requests import call
from tests.mock_server.helpers.copies import FIXTURES, SPEC

GET = "/api/package_releases/get"
BY_ID = {"package_release_id": "rel_successful"}


@pytest.fixture(scope="module")
def client() -> Client:
    return Client(create_app(SPEC, FIXTURES))


def test_a_test_client_needs_no_socket(client: Client) -> None:
    response = client.post(GET, json=BY_ID)
    assert response.status_code == 200
    assert response.get_json()["package_release"]["package_release_id"] == "rel_successful"


@pytest.mark.parametrize("mount", ["", "/mock", "/a/b"])
def test_it_answers_below_the_path_it_is_mounted_at(client: Client, mount: str) -> None:
    app = DispatcherMiddleware(Response("not the mock", 418), {mount: client.application})
    mounted = Client(app)
    assert mounted.post(f"{mount}{GET}", json=BY_ID).status_code == 200
    assert mounted.post(f"{mount}/_s/a{GET}", json=BY_ID).status_code == 200
    assert mounted.post(f"{mount}/api/nowhere", json=BY_ID).status_code == 404


@pytest.mark.parametrize("page", ["/_mock/", "/_s/a/_mock/console", "/_s/a/_mock/map"])
def test_every_link_of_a_page_leads_below_the_mount_point(client: Client, page: str) -> None:
    mounted = Client(DispatcherMiddleware(Response("outside", 418), {"/mock": client.application}))
    html = mounted.get(f"/mock{page}", headers={"Accept": "text/html"}).get_data(as_text=True)
    links = set(re.findall(r'(?:href|src|data-path|action)="(/[^"#]*)', html))
    assert links
    for link in links:
        response = mounted.get(unescape(link), headers={"Accept": "text/html"})
        assert response.status_code in (200, 405), link  # 405: the action of a form


def test_the_console_redirects_to_a_session_below_the_mount_point(client: Client) -> None:
    mounted = Client(DispatcherMiddleware(Response("outside", 418), {"/mock": client.application}))
    response = mounted.get("/mock/_mock/console?session=b", headers={"Accept": "text/html"})
    assert response.headers["Location"] == "/mock/_s/b/_mock/console"


def test_the_control_api_moves_the_clock_of_its_session(client: Client) -> None:
    client.post("/_s/clock/_mock/clock", json={"freeze": True})
    before = client.get("/_s/clock/_mock/clock").get_json()["now"]
    client.post("/_s/clock/_mock/clock", json={"advance": 3600})
    assert client.get("/_s/clock/_mock/clock").get_json()["now"] > before


def test_an_encoded_slash_separates_no_segments_where_the_server_passes_the_raw_target() -> None:
    client = Client(create_app(SPEC, FIXTURES))
    assert client.post("/api%2Fpackage_releases/get", json=BY_ID).status_code == 404


def test_a_stream_is_sent_part_by_part_and_ends_when_the_server_closes_it(client: Client) -> None:
    path = "/api/package_releases/events?package_release_id=rel_pending"
    stream = client.get(path, buffered=False)
    assert b"retry:" in next(iter(stream.iter_encoded()))
    stream.close()


def test_a_fault_that_ends_the_connection_is_an_exception_of_the_body(client: Client) -> None:
    client.post("/_s/cut/_mock/faults", json={"kind": "drop", "when": "middle"})
    response = client.post(f"/_s/cut{GET}", json=BY_ID, buffered=False)
    parts = iter(response.iter_encoded())
    assert next(parts).startswith(b'{"ok":true')
    with pytest.raises(ConnectionAbortedError):
        next(parts)


@pytest.mark.parametrize("sent", ["-1", "1e3", "x"])
def test_a_content_length_that_is_no_number_is_a_bad_request(client: Client, sent: str) -> None:
    environ = EnvironBuilder(GET, method="POST", data=b"{}").get_environ()
    environ["CONTENT_LENGTH"] = sent
    assert client.run_wsgi_app(environ)[1].startswith("400")


@pytest.fixture(scope="module")
def addresses(judge: Judge, fixtures: Fixtures) -> Iterator[dict[str, str]]:
    """The addresses of a mock by `live()`, and of one by `mock-server serve`."""
    command = [sys.executable, "-m", "mock_server", "serve", "--port", "0", "--quiet"]
    serve = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with serve, live(judge, fixtures) as mock:
        assert serve.stdout is not None
        ready = re.search(r"http://127\.0\.0\.1:\d+", serve.stdout.readline())
        assert ready is not None
        yield {"live": mock.address, "serve": ready[0]}
        serve.terminate()


@pytest.mark.parametrize("given", list(inputs()), ids=str)
def test_a_bad_input_has_the_same_response_by_wsgi_by_live_and_by_serve(
    client: Client, addresses: dict[str, str], given: Input
) -> None:
    path = f"/api{given.path}"
    headers = list(given.headers.items())
    by_wsgi = client.open(path, method=given.method, data=given.body, headers=headers)
    assert by_wsgi.status_code == given.status
    for address in addresses.values():
        reply = call(address, given.method, path, given.body, given.headers)
        assert reply.status == by_wsgi.status_code
        assert names(reply.headers) == names(dict(by_wsgi.headers))
        if given.status >= 400:  # a success shows timestamps
            assert reply.content == by_wsgi.get_data()


def names(headers: Mapping[str, str]) -> set[str]:
    """The names of the headers, without those of the connection."""
    return {name.lower() for name in headers} - {"connection"}
