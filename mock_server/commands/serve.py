"""``mock-server serve``: from the options to a mock that listens."""

from __future__ import annotations

import argparse
import gc
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from .. import stores
from ..app.mock import Mock, mock_of, reloaded
from ..contract.document.loading import load as load_spec
from ..contract.judge import Judge, judge_of
from ..contract.violations import ContractError, Violation, nearest
from ..fixtures.loading import load as load_fixtures
from ..fixtures.values import Account
from ..http.admin_access import admin_access_for
from ..http.credentials import Credentials
from ..server.in_process import event_loop
from ..server.listener import listen, url
from ..stores import Store
from . import banner
from .reload import Reloader
from .workers import SIGNALS, supervised


def serve(arguments: argparse.Namespace, spec: Path, fixtures: Path) -> int:
    """Serves until a signal ends it; the exit code.

    Raises ContractError for files that are broken, and for an address or a store that cannot be
    had.
    """
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING if arguments.quiet else logging.INFO,
        format="%(message)s",
    )
    logging.getLogger("watchfiles").setLevel(logging.WARNING)
    admin_access = admin_access_for(arguments.host, arguments.allow_host, arguments.admin_token)

    def build(store: Store, earlier: Mock | None = None) -> Mock:
        with _to_stay():
            judge = judge_of(load_spec(spec))
            loaded = load_fixtures(fixtures, judge)
            accounts = (*loaded.accounts, *_more_tokens(arguments.token, judge, loaded.accounts))
            credentials = Credentials(accounts, arguments.any_token)
            if earlier is not None:
                return reloaded(earlier, judge, loaded, credentials, arguments.page_url)
            return mock_of(
                judge,
                loaded,
                credentials,
                store=store,
                starts_at=arguments.now,
                admin_access=admin_access,
                page_url=arguments.page_url,
            )

    with closing(stores.open_store(arguments.store)) as store:
        if arguments.workers > 1 and not store.shared:
            raise ContractError([_unshared(arguments)])
        mock = build(store)
        listening = listen(arguments.host, arguments.port)
        told = banner.text(mock, url(arguments.host, listening.getsockname()[1]))
        if arguments.workers == 1:
            print(told, flush=True)
            return _work(mock, partial(build, store), listening, arguments, [spec, fixtures])

    def work() -> int:
        with closing(stores.open_store(arguments.store)) as own:
            begun = partial(build, own)
            return _work(begun(), begun, listening, arguments, [spec, fixtures])

    print(told, flush=True)
    return supervised(arguments.workers, work, listening.close)


@contextmanager
def _to_stay() -> Iterator[None]:
    """What is made meanwhile is not looked through for garbage while it serves: it is much, and a
    look would keep all who ask waiting. What an earlier reload left is thrown away now."""
    if gc.get_freeze_count():
        gc.unfreeze()
        gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _work(
    mock: Mock,
    build: Callable[[Mock], Mock],
    listening: socket.socket,
    arguments: argparse.Namespace,
    files: Sequence[Path],
) -> int:
    """Serves what listens until a signal says that it is to end."""
    reloader, stop = Reloader(mock, build), threading.Event()
    loop = event_loop(mock, listening, reloader.respond)  # its sessions outlive a reload
    for name in SIGNALS:
        signal.signal(name, lambda _signal, _frame: loop.stop())
    if arguments.watch:
        threading.Thread(target=reloader.watch, args=(files, stop), daemon=True).start()
    try:
        loop.run()
    finally:
        stop.set()
    return 0


def _unshared(arguments: argparse.Namespace) -> Violation:
    message = "several need a store that they share: what one was told, the others must know"
    fix = "give --store sqlite:///FILE, or --store redis://HOST:PORT/DATABASE"
    return Violation("--workers", message, found=f"--store {arguments.store}", fix=fix)


def _more_tokens(given: Sequence[str], judge: Judge, known: Sequence[Account]) -> list[Account]:
    """The accounts of ``--token TOKEN=ACCOUNT``, by the key of the account."""
    entities = judge.spec.entities.values()
    key = next(entity.key for entity in entities if entity.parent is None)
    by_key = {account.account[key]: account.account for account in known}
    accounts, problems = [], []
    for text in given:
        token, equals, name = text.rpartition("=")
        if not (token and equals):
            problems.append(Violation("--token", "is TOKEN=ACCOUNT", found=text))
        elif name not in by_key:
            fix = nearest(name, by_key)
            problems.append(Violation("--token", "names an account", found=name, fix=fix))
        else:
            accounts.append(Account(token, by_key[name]))
    if problems:
        raise ContractError(problems)
    return accounts
