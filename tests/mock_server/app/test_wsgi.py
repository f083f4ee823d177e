"""The WSGI application runs the same pipeline as `serve`, and can be mounted at any path."""

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
BODY = {"package_release_id": "rel_successful"}


@pytest.fixture(scope="module")
def client() -> Client:
    return Client(create_app(SPEC, FIXTURES))


def test_a_test_client_needs_no_socket(client: Client) -> None:
    response = client.post(GET, json=BODY)
    assert response.status_code == 200
    assert response.get_json()["package_release"]["package_release_id"] == "rel_successful"


@pytest.mark.parametrize("mount", ["", "/mock", "/a/b"])
def test_the_application_responds_below_its_mount_point(client: Client, mount: str) -> None:
    app = DispatcherMiddleware(Response("not the mock", 418), {mount: client.application})
    mounted = Client(app)
    assert mounted.post(f"{mount}{GET}", json=BODY).status_code == 200
    assert mounted.post(f"{mount}/_s/a{GET}", json=BODY).status_code == 200
    assert mounted.post(f"{mount}/api/nowhere", json=BODY).status_code == 404


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


def test_an_encoded_slash_does_not_separate_segments_of_a_raw_target() -> None:
    client = Client(create_app(SPEC, FIXTURES))
    assert client.post("/api%2Fpackage_releases/get", json=BODY).status_code == 404


def test_a_stream_is_sent_part_by_part_and_ends_when_the_server_closes_it(client: Client) -> None:
    path = "/api/package_releases/events?package_release_id=rel_pending"
    stream = client.get(path, buffered=False)
    assert b"retry:" in next(iter(stream.iter_encoded()))
    stream.close()


def test_a_fault_that_ends_the_connection_is_an_exception_of_the_body(client: Client) -> None:
    client.post("/_s/cut/_mock/faults", json={"kind": "drop", "when": "middle"})
    response = client.post(f"/_s/cut{GET}", json=BODY, buffered=False)
    parts = iter(response.iter_encoded())
    assert next(parts).startswith(b'{"ok":true')
    with pytest.raises(ConnectionAbortedError):
        next(parts)


@pytest.mark.parametrize("length", ["-1", "1e3", "x"])
def test_an_invalid_content_length_is_a_bad_request(client: Client, length: str) -> None:
    environ = EnvironBuilder(GET, method="POST", data=b"{}").get_environ()
    environ["CONTENT_LENGTH"] = length
    assert client.run_wsgi_app(environ)[1].startswith("400")


@pytest.fixture(scope="module")
def addresses(judge: Judge, fixtures: Fixtures) -> Iterator[dict[str, str]]:
    """The addresses of a mock of `live()` and of one of `mock-server serve`."""
    command = [sys.executable, "-m", "mock_server", "serve", "--port", "0", "--quiet"]
    serve = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with serve, live(judge, fixtures) as mock:
        assert serve.stdout is not None
        match = re.search(r"http://127\.0\.0\.1:\d+", serve.stdout.readline())
        assert match is not None
        yield {"live": mock.address, "serve": match[0]}
        serve.terminate()


@pytest.mark.parametrize("bad_input", list(inputs()), ids=str)
def test_a_bad_input_has_the_same_response_from_wsgi_live_and_serve(
    client: Client, addresses: dict[str, str], bad_input: Input
) -> None:
    path = f"/api{bad_input.path}"
    headers = list(bad_input.headers.items())
    wsgi_response = client.open(path, method=bad_input.method, data=bad_input.body, headers=headers)
    assert wsgi_response.status_code == bad_input.status
    for address in addresses.values():
        reply = call(address, bad_input.method, path, bad_input.body, bad_input.headers)
        assert reply.status == wsgi_response.status_code
        assert names(reply.headers) == names(dict(wsgi_response.headers))
        if bad_input.status >= 400:  # a success shows timestamps
            assert reply.content == wsgi_response.get_data()


def names(headers: Mapping[str, str]) -> set[str]:
    """Return the names of the headers without `Connection`."""
    return {name.lower() for name in headers} - {"connection"}


@pytest.mark.parametrize("name", ["RAW_URI", "REQUEST_URI"])
def test_the_host_of_an_absolute_request_target_replaces_the_header(
    client: Client, name: str
) -> None:
    """A host server passes the target on. A foreign host does not reach the control API."""
    for host, status in (("evil.example", 403), ("localhost", 200)):
        target = {"RAW_URI": "", name: f"http://{host}/_mock/health"}
        assert client.get("/_mock/health", environ_overrides=target).status_code == status
