"""From the options of ``mock-server proxy`` to a proxy that listens, and to its verdict."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from ...app.mock import Mock, mock_of
from ...app.sources import load_sources
from ...contract.traffic import traffic_judge
from ...http.admin_access import admin_access_for
from ...proxy.forward import Proxy, in_front_of
from ...proxy.recording import Recorder
from ...proxy.upstream import Upstream, checked_base
from ...server.in_process import event_loop
from ...server.limits import MIB, Limits, raise_descriptor_limit
from ...server.listener import listen, url
from .output import logging_to_stderr, print_text
from .serving import SWITCH_INTERVAL
from .worker_processes import STOP_SIGNALS

# An upload can be larger than what the mock accepts, and many can be under way.
LIMITS = Limits(body=64 * MIB, held=256 * MIB)


def run_proxy(
    arguments: argparse.Namespace, spec: Path, fixtures: Path | None, overlays: tuple[Path, ...]
) -> int:
    """Serve a proxy until a signal stops it, then print the verdict. Return the exit code.

    Raises ContractError for invalid files and options, or for an address that cannot be used.
    """
    with logging_to_stderr(arguments.quiet):
        return _run(arguments, spec, fixtures, overlays)


def _run(
    arguments: argparse.Namespace, spec: Path, fixtures: Path | None, overlays: tuple[Path, ...]
) -> int:
    access = admin_access_for(
        arguments.host, arguments.allow_host, arguments.admin_token, arguments.allow_origin
    )
    base = checked_base(arguments.upstream)
    judge, loaded = load_sources(spec, fixtures, overlays)
    mock = in_front_of(mock_of(judge, loaded, any_token=True, admin_access=access), base)
    with (
        closing(listen(arguments.host, arguments.port)) as listener,
        tempfile.TemporaryDirectory(prefix="mock-server-") as folder,
    ):
        file = arguments.record or Path(folder) / "traffic.har"
        recorder = Recorder(file, names=judge.spec.secret_names)
        proxy = Proxy(
            Upstream(base, arguments.timeout),
            traffic_judge(judge),
            recorder,
            enforce=arguments.enforce,
            fallback=arguments.fallback,
        )
        address = url(arguments.host, listener.getsockname()[1])
        print_text("\n".join(_ready_lines(mock, proxy, address)))
        raise_descriptor_limit()
        sys.setswitchinterval(SWITCH_INTERVAL)
        loop = event_loop(lambda: mock, listener, proxy.respond, LIMITS, start=proxy.start)
        for number in STOP_SIGNALS:
            signal.signal(number, lambda _signal, _frame: loop.stop())
        loop.run()
        proxy.upstream.close()
        recorder.close()
        if not recorder.exchanges:
            print("no request came: nothing was judged")
            return 0
        command = [sys.executable, "-m", "contract_tests", "judge", str(file), "--base", base]
        options = [*_source_options(arguments), *_report_options(arguments)]
        # The verdict is the work of contract-tests, which this package must not import.
        return subprocess.run([*command, *options], check=False).returncode  # noqa: S603 -- itself


def _ready_lines(mock: Mock, proxy: Proxy, address: str) -> Iterator[str]:
    yield f"Ready on {address}/, forwarding to {proxy.upstream.base}/"
    yield f"contract   {mock.spec.document.path}: {len(mock.spec.operations)} operations"
    enforced = "become errors" if proxy.enforce else "are reported, and change nothing"
    yield f"violations {enforced}: in the log, in a response header and in the journal"
    if proxy.fallback:
        yield "fallback   the mock responds for what the server lacks"
    yield f"gallery    {address}/_mock/ (open it in a browser)"
    yield f"try\n  curl -i {address}{next(iter(mock.spec.prefixes), '')}/"
    yield "stop it with Ctrl-C for the verdict"


def _source_options(arguments: argparse.Namespace) -> Iterator[str]:
    if arguments.spec:
        yield f"--spec={arguments.spec}"
    yield from (f"--overlay={path}" for path in arguments.overlay)


def _report_options(arguments: argparse.Namespace) -> Iterator[str]:
    for name, file in vars(arguments).items():
        if name.startswith("report_") and file:
            yield f"--{name.replace('_', '-')}={file}"
