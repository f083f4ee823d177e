"""``mock-server serve``: from the options to a mock that listens."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import ready, server
from .app import Mock, mock_of
from .contract.judge import Judge, judge_of
from .contract.loading import load as load_spec
from .contract.violations import ContractError, Violation, nearest
from .credentials import Credentials
from .fixtures.loading import load as load_fixtures
from .fixtures.values import Account
from .guard import guard_of
from .reload import Reloader


def serve(arguments: argparse.Namespace, spec: Path, fixtures: Path) -> int:
    """Serves until a signal ends it; the exit code.

    Raises ContractError for files that are broken, and for an address that cannot be had.
    """
    guard = guard_of(arguments.host, arguments.allow_host, arguments.admin_token)

    def build(earlier: Mock | None = None) -> Mock:
        judge = judge_of(load_spec(spec))
        loaded = load_fixtures(fixtures, judge)
        accounts = (*loaded.accounts, *_more_tokens(arguments.token, judge, loaded.accounts))
        credentials = Credentials(accounts, arguments.any_token)
        begins = arguments.now
        return mock_of(judge, loaded, credentials, begins=begins, guard=guard, earlier=earlier)

    reloader = Reloader(build(), build)
    listening = server.bind(reloader.respond, arguments.host, arguments.port)
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING if arguments.quiet else logging.INFO,
        format="%(message)s",
    )
    print(ready.text(reloader.mock, server.address(listening)), flush=True)
    stop = threading.Event()
    if arguments.watch:
        watching = threading.Thread(target=reloader.watch, args=([spec, fixtures], stop))
        watching.start()
    try:
        return _until_stopped(listening)
    finally:
        stop.set()


def _until_stopped(listening: Any) -> int:
    def stop(_signal: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        listening.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        listening.server_close()
    return 0


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
            cure = nearest(name, by_key)
            problems.append(Violation("--token", "names an account", found=name, cure=cure))
        else:
            accounts.append(Account(token, by_key[name]))
    if problems:
        raise ContractError(problems)
    return accounts
