"""The frame of a contract run in pytest: one run for all tests, one verdict at the end."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Generator, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from mock_server.contract.document.spec import Operation, Spec
from mock_server.contract.judge import Judge
from mock_server.contract.violations import ContractError

from .conclusion import ending
from .conclusion.outcome import unjudged_verdict, verdict_of
from .config.configuration import of_pytest
from .config.options import Settings
from .config.sharding import Check, does
from .exit_codes import BROKEN, UNJUDGED, CannotJudgeError
from .findings.baseline import matches_defect, today
from .findings.verdict import Verdict
from .replay import example_database
from .run.discovery import prepare
from .run.run import Run, load_judge
from .target.roles import lookups, restarts, returns_list

HERE = Path(__file__).parent
SETTINGS = pytest.StashKey[Settings]()
JUDGE = pytest.StashKey[Judge]()
RUN = pytest.StashKey[Run]()
VERDICT = pytest.StashKey[Verdict]()
CHECKS = pytest.StashKey[list[pytest.Item]]()  # of the whole run, whichever shard does them
REMARKS = pytest.StashKey[list[str]]()

# By the name of a test's argument, the operations that the test is run for.
OPERATIONS: dict[str, Callable[[Spec, Operation], bool]] = {
    "operation": lambda _, __: True,
    "listing": lambda _, operation: returns_list(operation),
    "finding": lambda spec, operation: not (returns_list(operation) or restarts(spec, operation)),
    "secured": lambda _, operation: operation.needs_token,
    "of_caller": lambda _, operation: bool(operation.lookup and operation.lookup.otherwise),
    "with_body": lambda _, operation: operation.body is not None,
    "with_query": lambda _, operation: bool(operation.parameters),
}
# before anything else: what it compares with was only listed until then
UNSEEN = "test_looking_changes_nothing"
FIRST = "test_a_rebuild_begins_a_new_build_of_that_release_alone"
LAST = "test_a_build_is_followed_to_its_end"
# What is cheap and tells much comes first; builds go on while requests are generated.
ORDER = (
    *("authentication", "lookups", "unknown", "rebuilds", "streams", "reliability", "protocol"),
    *("concurrency", "walk", "generated", "stateful"),
)
AT_THE_END = (LAST, "test_a_streamed_build_ends_as_it_is_shown")
WALK = "test_links"


def pytest_configure(config: pytest.Config) -> None:
    try:
        config.stash[SETTINGS] = of_pytest(config)
        config.stash[JUDGE] = load_judge(config.stash[SETTINGS].spec)
    except ContractError as error:
        pytest.exit("\n".join(map(str, error.violations)), returncode=UNJUDGED)
    except CannotJudgeError as error:
        pytest.exit(str(error), returncode=UNJUDGED)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    spec, read_only = metafunc.config.stash[JUDGE].spec, metafunc.config.stash[SETTINGS].read_only
    asked = [op for op, _ in lookups(spec) if not (read_only and restarts(spec, op))]
    for name in OPERATIONS.keys() & set(metafunc.fixturenames):
        chosen = [each for each in asked if OPERATIONS[name](spec, each)]
        metafunc.parametrize(name, chosen, ids=[each.id for each in chosen])
    if "path" in metafunc.fixturenames:
        metafunc.parametrize("path", list(dict.fromkeys(operation.path for operation in asked)))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    off = {f"test_{name}" for name in config.stash[SETTINGS].disabled_checks}
    items[:] = [item for item in items if not (_is_mine(item) and _function(item) in off)]
    items.sort(key=_turn)
    settings, spec = config.stash[SETTINGS], config.stash[JUDGE].spec
    config.stash[CHECKS] = [item for item in items if _is_mine(item)]

    def is_done_here(item: pytest.Item) -> bool:
        check = Check(_room(item), item.name, _may_rebuild(item, spec))
        return does(settings.shard, check, settings.max_examples)

    items[:] = [item for item in items if not _is_mine(item) or is_done_here(item)]


def _turn(item: pytest.Item) -> int:
    if _is_mine(item) and _function(item) == UNSEEN:
        return -2
    if not _is_mine(item) or item.name == FIRST:
        return -1
    return len(ORDER) if item.name in AT_THE_END else ORDER.index(_room(item))


def _is_mine(item: pytest.Item) -> bool:
    return item.path.parent == HERE / "checks"


def _room(item: pytest.Item) -> str:
    return item.path.stem.removeprefix("test_")


def _function(item: pytest.Item) -> str:
    return item.name.partition("[")[0]


def _may_rebuild(item: pytest.Item, spec: Spec) -> bool:
    """Whether a test is run for an operation that rebuilds, or for its path."""
    callspec = getattr(item, "callspec", None)
    named = list(callspec.params.values()) if callspec else []
    rebuilding = [each for each, _ in lookups(spec) if restarts(spec, each)]
    return any(each in named or each.path in named for each in rebuilding)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Meets the target before the first test; when it cannot be judged, no test is run."""
    config = session.config
    if config.option.collectonly or not config.stash[CHECKS]:
        return
    settings, judge = config.stash[SETTINGS], config.stash[JUDGE]
    try:
        database = example_database.open_database(settings.example_database)
        run = prepare(*_own(settings, judge))
        remembered = example_database.resend(run, database) if database is not None else ""
    except CannotJudgeError as error:
        config.stash[VERDICT] = unjudged_verdict(settings, str(error), judge.spec)
        session.items[:] = [item for item in session.items if not _is_mine(item)]
        return
    config.stash[RUN] = run
    gc.freeze()  # what is loaded by now stays to the end: it need not be looked through again
    mine = [item for item in session.items if _is_mine(item)]
    asked = [operation for item in mine for operation in _operations_of(item, run.spec)]
    run.operations_to_verify = [
        o.id for item in config.stash[CHECKS] for o in _operations_of(item, run.spec)
    ]
    for name in settings.disabled_checks:
        run.skipped[f"test_{name}"] = "it is off"
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    if any(item.name == WALK for item in mine) or any(restarts(run.spec, each) for each in asked):
        reporter.write_line(ending.rebuild_notice(run))
    if remembered:
        reporter.write_line(remembered)


def _own(settings: Settings, judge: Judge) -> tuple[Settings, Judge]:
    """What a run is told and judges by. A shard has random requests of its own; beside the builds
    that the first one begins, the others judge each answer by itself, and ask no rule of a change.
    """
    shard = settings.shard
    if shard.rebuilds:
        return settings, judge
    effort = max(1, shard.examples(settings.max_examples))
    rules = {
        name: tuple(each for each in rules if not each.of_change)
        for name, rules in judge.rules.of_schemas.items()
    }
    return (
        replace(settings, seed=shard.seed(settings.seed), max_examples=effort),
        replace(judge, rules=replace(judge.rules, of_schemas=rules)),
    )


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
    """A test fails when anything was found while it ran that is not accepted."""
    run = pyfuncitem.config.stash[RUN]
    for operation in _operations_of(pyfuncitem, run.spec):
        if operation.id in run.recorder.ignored:
            pytest.skip(run.excluded.get(operation.id, f"{operation.id} is not offered"))
        if run.recorder.response_times.crawls(operation.id, run.settings.max_response_time):
            run.skipped[pyfuncitem.name] = f"{operation.id} answers too slowly"
            pytest.skip(run.skipped[pyfuncitem.name])
    since, result, failed = len(run.recorder.occurrences), True, False
    run.recorder.check = f"{pyfuncitem.path.name}::{pyfuncitem.name}"
    try:
        result = yield
    except requests.RequestException:
        pass  # the record has noted it
    except pytest.fail.Exception:
        failed = True  # for what another thread has found
    except Exception as error:
        run.unverified[pyfuncitem.name] = f"the check itself broke: {error!r}"
        raise
    if run.recorder.target_is_gone:
        pyfuncitem.session.shouldstop = "the target ceased to answer"
    mine = run.recorder.findings_of(threading.get_ident(), since)
    found = [*mine, *(run.recorder.findings if failed else ())]
    entries, begun = run.settings.accept, run.settings.write_baseline
    told = [each for each in found if not (begun or any(matches_defect(e, each) for e in entries))]
    if told:
        pytest.fail("\n".join(dict.fromkeys(map(str, told))), pytrace=False)
    return result


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    run = config.stash.get(RUN, None)
    if run is not None:
        if run.recorder.target_is_gone:
            run.unverified["the target"] = "it ceased to answer"
        run.recorder.check = ""
        run.confirm_slow()
        config.stash[VERDICT] = verdict_of(run, config.stash[SETTINGS], today(), _whole(session))
    verdict = config.stash.get(VERDICT, None)
    if verdict is None:
        return
    verdict, config.stash[REMARKS] = ending.conclude(verdict, config.stash[SETTINGS], os.environ)
    config.stash[VERDICT] = verdict
    session.exitstatus = _worse(session.exitstatus, verdict.exit_code)


def _whole(session: pytest.Session) -> bool:
    """Whether all checks were selected and run to their end."""
    option = session.config.option
    chosen = option.keyword or option.markexpr or any("::" in each for each in session.config.args)
    return not chosen and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)


def _worse(status: int, mine: int) -> int:
    """A finding, mine or of another test in the same session, before what was not judged."""
    status = 0 if status == pytest.ExitCode.NO_TESTS_COLLECTED else status
    return BROKEN if BROKEN in (status, mine) and mine != UNJUDGED else max(int(status), mine)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if VERDICT in config.stash:
        terminalreporter.ensure_newline()
        verdict, settings = config.stash[VERDICT], config.stash[SETTINGS]
        for line in (*ending.lines(verdict, settings, os.environ), *config.stash[REMARKS]):
            terminalreporter.write_line(line)
