"""A plain reverse proxy in Python: it forwards, and looks at nothing.

python plain_proxy.py PORT UPSTREAM
"""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import urllib3

HOP_BY_HOP = ("connection", "content-length", "transfer-encoding", "keep-alive")


def handler(upstream: str) -> type[BaseHTTPRequestHandler]:
    """Return the class of handlers that forward to a server."""
    pool = urllib3.connection_from_url(upstream, maxsize=100)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
            response = pool.urlopen("POST", self.path, body=body, headers=headers, retries=False)
            self.send_response_only(response.status)
            for name, value in response.headers.items():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(response.data)))
            self.end_headers()
            self.wfile.write(response.data)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    return Handler


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), handler(sys.argv[2])).serve_forever()
