"""A proxy in front of a server, in this process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from mock_server.app.mock import mock_of
from mock_server.app.sources import load_sources
from mock_server.contract.traffic import traffic_judge
from mock_server.proxy.forward import Proxy, in_front_of
from mock_server.proxy.recording import Recorder
from mock_server.proxy.upstream import Upstream
from mock_server.server.in_process import event_loop
from mock_server.server.limits import MIB, Limits
from mock_server.server.listener import listen

JUDGE, FIXTURES = load_sources()


@contextmanager
def proxy_of(
    base: str,
    recorder: Recorder | None = None,
    timeout: float = 5.0,
    enforce: bool = False,
    fallback: bool = False,
) -> Iterator[str]:
    """Run a proxy in front of a server until the block ends. Yield its address."""
    mock = in_front_of(mock_of(JUDGE, FIXTURES, any_token=True), base)
    upstream = Upstream(base, timeout)
    proxy = Proxy(upstream, traffic_judge(JUDGE), recorder or Recorder(), enforce, fallback)
    listening = listen("127.0.0.1", 0)
    limits = Limits(body=8 * MIB)
    loop = event_loop(lambda: mock, listening, proxy.respond, limits, start=proxy.start)
    thread = threading.Thread(target=loop.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        loop.stop()
        thread.join()
        upstream.close()
