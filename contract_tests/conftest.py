"""The frame of a contract run in pytest: one run for all tests, one verdict at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any

import pytest
import requests

from mock_server.contract.judge import Judge
from mock_server.contract.spec import Operation, Spec

from .options import Settings, settings_of
from .roles import lookups, restarts, shows_many
from .run import Run, load_judge, prepare
from .verdict import BROKEN, UNJUDGED, CannotJudgeError

HERE = Path(__file__).parent
SETTINGS = pytest.StashKey[Settings]()
JUDGE = pytest.StashKey[Judge]()
RUN = pytest.StashKey[Run]()
TROUBLE = pytest.StashKey[str]()

# By the name of a test's argument, the operations that the test is run for.
OPERATIONS: dict[str, Callable[[Spec, Operation], bool]] = {
    "operation": lambda _, __: True,
    "listing": lambda _, operation: shows_many(operation),
    "finding": lambda spec, operation: not (shows_many(operation) or restarts(spec, operation)),
    "secured": lambda _, operation: operation.needs_token,
    "of_caller": lambda _, operation: bool(operation.lookup and operation.lookup.otherwise),
    "with_body": lambda _, operation: operation.body is not None,
    "with_query": lambda _, operation: bool(operation.parameters),
}
FIRST = "test_a_rebuild_begins_a_new_build_of_that_release_alone"
LAST = "test_a_build_is_followed_to_its_end"


def pytest_configure(config: pytest.Config) -> None:
    try:
        config.stash[SETTINGS] = settings_of(config)
        config.stash[JUDGE] = load_judge(config.stash[SETTINGS].spec)
    except (CannotJudgeError, ValueError) as error:
        pytest.exit(str(error), returncode=UNJUDGED)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    spec = metafunc.config.stash[JUDGE].spec
    for name in OPERATIONS.keys() & set(metafunc.fixturenames):
        chosen = [each for each, _ in lookups(spec) if OPERATIONS[name](spec, each)]
        metafunc.parametrize(name, chosen, ids=[each.id for each in chosen])
    if "path" in metafunc.fixturenames:
        paths = list(dict.fromkeys(operation.path for operation, _ in lookups(spec)))
        metafunc.parametrize("path", paths)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {FIRST: -1, LAST: 1}
    items.sort(key=lambda item: rank.get(item.name, 0) if _is_mine(item) else 0)


def _is_mine(item: pytest.Item) -> bool:
    return item.path.parent == HERE


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Meets the target before the first test; when it cannot be judged, no test is run."""
    config = session.config
    mine = [item for item in session.items if _is_mine(item)]
    if config.option.collectonly or not mine:
        return
    try:
        run = prepare(config.stash[SETTINGS], config.stash[JUDGE])
    except CannotJudgeError as error:
        config.stash[TROUBLE] = str(error)
        session.items[:] = [item for item in session.items if not _is_mine(item)]
        return
    config.stash[RUN] = run
    run.asked = [operation.id for item in mine for operation in _operations_of(item, run.spec)]


def _operations_of(item: pytest.Item, spec: Spec) -> Iterable[Operation]:
    """What a test is to verify: its operation, else all those that look releases up."""
    callspec = getattr(item, "callspec", None)
    named = list(callspec.params.values()) if callspec else []
    if any(isinstance(each, Operation) for each in named):
        return [each for each in named if isinstance(each, Operation)]
    if item.name in (FIRST, LAST):
        return [each for each, _ in lookups(spec) if restarts(spec, each)]
    return ()


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest) -> Run:
    """The run under way."""
    return request.config.stash[RUN]


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """A test fails when anything was found while it ran."""
    run = pyfuncitem.config.stash[RUN]
    for operation in _operations_of(pyfuncitem, run.spec):
        if operation.id in run.record.hidden:
            pytest.skip(f"{operation.id} is not offered")
    since, result = len(run.record.told), True
    try:
        result = yield
    except requests.RequestException:
        pass  # the record has noted it
    except Exception as error:
        run.unverified[pyfuncitem.name] = f"the check itself broke: {error!r}"
        raise
    found = dict.fromkeys(str(each) for each in run.record.found_by(threading.get_ident(), since))
    if run.record.gone:
        pyfuncitem.session.shouldstop = "the target ceased to answer"
    if found:
        pytest.fail("\n".join(found), pytrace=False)
    return result


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if TROUBLE in config.stash:
        session.exitstatus = UNJUDGED
        return
    run = config.stash.get(RUN, None)
    if run is None:
        return
    if run.record.gone:
        run.unverified["the target"] = "it ceased to answer"
    session.exitstatus = _worse(session.exitstatus, run.verdict().exit_code)


def _worse(status: int, mine: int) -> int:
    """A finding, mine or of another test in the same session, before what was not judged."""
    return BROKEN if BROKEN in (status, mine) and mine != UNJUDGED else max(int(status), mine)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if TROUBLE in config.stash:
        terminalreporter.ensure_newline()
        terminalreporter.write_line(config.stash[TROUBLE])
    elif RUN in config.stash:
        terminalreporter.ensure_newline()
        for line in config.stash[RUN].verdict().lines():
            terminalreporter.write_line(line)
