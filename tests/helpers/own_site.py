"""A page of a user, which the gallery shows in frames."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from mock_server.app.mock import mock_of
from mock_server.live import load_sources
from mock_server.server.in_process import running
from tests.docs.reader import free_port

# A page that knows nothing of sessions: it gets a release once, and can rebuild it.
HTML = """<!doctype html><html lang="en"><meta name="color-scheme" content="light dark">
<meta name="viewport" content="width=device-width"><title>Release</title>
<p role="status"></p><p id="scheme"></p><button>Rebuild</button>
<script type="module">
const query = new URLSearchParams(location.search), base = query.get("api") ?? "/api";
const headers = { "content-type": "application/json", authorization: "Bearer testuser-token" };
const body = JSON.stringify({ package_release_id: query.get("id") });
async function call(operation) {
  const request = { method: "POST", headers, body };
  const response = await fetch(`${base}/package_releases/${operation}`, request);
  const { package_release } = await response.json();
  document.querySelector("[role=status]").textContent = package_release.display_status;
}
document.querySelector("button").onclick = () => call("rebuild");
const dark = matchMedia("(prefers-color-scheme: dark)");
function show_scheme() {
  const scheme = dark.matches ? "dark" : "light";
  document.querySelector("#scheme").textContent = `${scheme} ${innerWidth}`;
}
addEventListener("resize", show_scheme); // a frame can have no width while it loads
show_scheme();
call("get");
</script></html>
"""


@contextmanager
def site(headers: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve the page at every path; yield its origin, which is on another site than the mock."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            for name, value in {"Content-Type": "text/html", **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(BrokenPipeError):  # the frame is gone
                self.wfile.write(HTML.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_address[1]}"
        server.shutdown()


@contextmanager
def gallery(origin: str, query: str) -> Iterator[str]:
    """Serve a mock whose gallery has the page of an origin; yield the address of the mock."""
    port = free_port()
    mock = f"http://127.0.0.1:{port}"
    url = f"{origin}/?id={{package_release_id}}&{query.replace('MOCK', mock)}"
    with running(mock_of(*load_sources(), page_urls=[url]), port=port) as address:
        yield address
