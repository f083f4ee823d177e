"""From the options of ``mock-server serve`` to a mock that listens."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from ... import stores
from ...app.mock import Mock, mock_of, reloaded
from ...app.sources import fixtures_of
from ...contract.document.loading import load as load_spec
from ...contract.document.spec import Spec
from ...contract.judge import Judge, judge_of
from ...contract.violations import ContractError, Violation
from ...fixtures.values import Credential, Fixtures
from ...http.admin_access import AdminAccess, admin_access_for
from ...server.in_process import event_loop
from ...server.limits import raise_descriptor_limit
from ...server.listener import listen, url
from ...stores import Store
from ..banner import ready_text
from ..reload import Reloader, reloader_of
from .output import logging_to_stderr, print_text
from .worker_processes import STOP_SIGNALS, supervise

log = logging.getLogger("mock_server")

SWITCH_INTERVAL = 0.0005  # seconds that a computing thread may keep the event loop waiting


def serve(
    arguments: argparse.Namespace, spec: Path, fixtures: Path | None, overlays: tuple[Path, ...]
) -> int:
    """Serve a mock until a signal stops it. Return the exit code.

    Raises ContractError for invalid files and options, and for an address or a store that cannot
    be used.
    """
    access = admin_access_for(
        arguments.host, arguments.allow_host, arguments.admin_token, arguments.allow_origin
    )
    build = partial(_build, arguments, (spec, fixtures, overlays), access)
    with logging_to_stderr(arguments.quiet), closing(stores.open_store(arguments.store)) as store:
        if arguments.workers > 1 and not store.shared:
            raise ContractError([_store_not_shared(arguments)])
        reloader = reloader_of(partial(build, store))
        listener = listen(arguments.host, arguments.port)
        ready = ready_text(reloader.mock, url(arguments.host, listener.getsockname()[1]))
        if arguments.workers == 1:
            print_text(ready)
            return _run(reloader, listener, arguments.watch)

    def work() -> int:
        # A fork shares neither the connection of a store nor the thread that writes the log.
        with (
            logging_to_stderr(arguments.quiet),
            closing(stores.open_store(arguments.store)) as store,
        ):
            return _run(reloader_of(partial(build, store)), listener, arguments.watch)

    with logging_to_stderr(arguments.quiet):
        print_text(ready)
        return supervise(arguments.workers, work, listener.close)


def _build(
    arguments: argparse.Namespace,
    files: tuple[Path, Path | None, tuple[Path, ...]],
    access: AdminAccess,
    store: Store,
    earlier: Mock | None = None,
) -> Mock:
    """Return a mock of the spec and the fixtures; it takes over the sessions of an earlier one."""
    spec, fixtures, overlays = files
    with _excluded_from_collection():
        judge = judge_of(load_spec(spec, overlays))
        loaded = fixtures_of(judge, fixtures)
        more = tuple(_more_tokens(arguments.token, judge, loaded))
        loaded = replace(loaded, credentials=(*loaded.credentials, *more))
        if earlier is not None:
            return reloaded(earlier, judge, loaded, arguments.any_token, arguments.page_urls)
        return mock_of(
            judge,
            loaded,
            arguments.any_token,
            store=store,
            starts_at=arguments.now,
            admin_access=access,
            page_urls=arguments.page_urls,
        )


@contextmanager
def _excluded_from_collection() -> Iterator[None]:
    """Exclude the objects that the block creates from garbage collection.

    They are many and live long: a collection that visits them delays all requests. The garbage of
    an earlier reload is collected first.
    """
    if gc.get_freeze_count():
        gc.unfreeze()
        gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        # A request leaves about 20 objects, most without cycles: collect less often than usual.
        gc.set_threshold(10_000, 50, 50)
        gc.enable()


def _run(reloader: Reloader, listener: socket.socket, watch: bool) -> int:
    """Serve until a signal stops the process. watch: reload when a file changes that was read."""
    stop = threading.Event()
    raise_descriptor_limit()
    sys.setswitchinterval(SWITCH_INTERVAL)
    loop = event_loop(lambda: reloader.mock, listener)
    for number in STOP_SIGNALS:
        signal.signal(number, lambda _signal, _frame: loop.stop())
    if watch:
        threading.Thread(target=reloader.watch, args=(stop,), daemon=True).start()
    try:
        ended = loop.run()
    finally:
        stop.set()
    if not ended:
        # A thread still waits, for a locked store perhaps. Python would wait for it in turn.
        log.warning("stopped with requests under way")
        logging.shutdown()
        sys.stdout.flush()
        os._exit(0)
    return 0


def _store_not_shared(arguments: argparse.Namespace) -> Violation:
    message = "several workers need a store that all of them can use"
    fix = "add --store sqlite:///FILE or --store redis://HOST:PORT/DATABASE"
    return Violation("--workers", message, found=f"--store {arguments.store}", fix=fix)


def _more_tokens(options: Sequence[str], judge: Judge, fixtures: Fixtures) -> Iterator[Credential]:
    """Yield the credentials of the options ``--token TOKEN=KEY``.

    Raises ContractError for an option of another form.
    """
    for option in options:
        token, equals, key = option.rpartition("=")
        if not (token and equals):
            message = "must have the form TOKEN=KEY"
            raise ContractError([Violation("--token", message, found=option)])
        yield Credential(token, caller_type(judge.spec, fixtures), key, "--token")


def caller_type(spec: Spec, fixtures: Fixtures) -> str:
    """Return the type of the resources that tokens belong to; "" if the document has none."""
    named = (each.type for each in fixtures.credentials if each.type)
    without_parent = (each.name for each in spec.types.values() if each.parent is None)
    return next(named, None) or next(without_parent, "")
