"""The pytest hooks of a contract run: one run for all checks, and one verdict at the end."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Generator, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from mock_server.contract.document.requirements import ERROR
from mock_server.contract.judge import Judge
from mock_server.contract.violations import ContractError

from . import check_items
from .cases.api_shape import item_paths
from .cases.exploration import Explorer
from .cases.valid_requests import ValidRequests
from .conclusion import ending
from .conclusion.outcome import unjudged_verdict, verdict_of
from .config.configuration import of_pytest
from .config.options import ONE_PROCESS, Settings
from .config.sharding import Check, runs_in
from .exit_codes import BROKEN, UNJUDGED, CannotJudgeError
from .findings.baseline import matches_defect, today
from .findings.verdict import Verdict
from .process import interruption
from .process.output import coloured, has_colours, width_of_terminal
from .replay import example_database
from .reports.printable import printable
from .reports.progress import Progress, ProgressHooks, cost
from .resources.bodies import Bodies
from .resources.world import World
from .run.any_api import explorer_of
from .run.discovery import prepare
from .run.response_times import TooSlowError
from .run.run import Run, load_judge
from .target.roles import changes, checked_operations, statuses_of

HERE = Path(__file__).parent
SETTINGS = pytest.StashKey[Settings]()
JUDGE = pytest.StashKey[Judge]()
RUN = pytest.StashKey[Run]()
VERDICT = pytest.StashKey[Verdict]()
CHECKS = pytest.StashKey[list[pytest.Item]]()  # the checks of all shards
REMARKS = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        pytest.exit(ONE_PROCESS, returncode=UNJUDGED)
    interruption.listen(raises=False)
    try:
        config.stash[SETTINGS] = of_pytest(config, statuses_of)
        settings = config.stash[SETTINGS]
        config.stash[JUDGE] = load_judge(settings.spec, settings.overlay)
    except ContractError as error:
        pytest.exit("\n".join(map(str, error.violations)), returncode=UNJUDGED)
    except CannotJudgeError as error:
        pytest.exit(str(error), returncode=UNJUDGED)
    # Collection is fast if the session has no other tests.
    interruption.listen(raises=config.inipath != HERE / "run.ini")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    spec, read_only = metafunc.config.stash[JUDGE].spec, metafunc.config.stash[SETTINGS].read_only
    operations = [
        operation
        for operation in checked_operations(spec)
        if not (read_only and changes(spec, operation))
    ]
    for name in check_items.OPERATIONS.keys() & set(metafunc.fixturenames):
        selected = [
            operation for operation in operations if check_items.OPERATIONS[name](spec, operation)
        ]
        metafunc.parametrize(name, selected, ids=[operation.id for operation in selected])
    for name in {"path", "api_path"} & set(metafunc.fixturenames):
        metafunc.parametrize(name, list(dict.fromkeys(each.path for each in operations)))
    for name in check_items.ITEMS.keys() & set(metafunc.fixturenames):
        items = [] if read_only and name != "item" else item_paths(spec)
        metafunc.parametrize(name, [each for each in items if check_items.ITEMS[name](spec, each)])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort the checks, and keep those that are enabled and that run in this shard."""
    settings, spec = config.stash[SETTINGS], config.stash[JUDGE].spec
    disabled = {f"test_{name}" for name in settings.disabled_checks}
    items[:] = [
        item
        for item in items
        if not check_items.is_check(item)
        or (check_items.applies(item, spec) and check_items.function(item) not in disabled)
    ]
    items.sort(key=check_items.position)
    config.stash[CHECKS] = [item for item in items if check_items.is_check(item)]

    def runs_here(item: pytest.Item) -> bool:
        check = Check(check_items.module(item), item.name, check_items.may_restart(item, spec))
        return runs_in(settings.shard, check, settings.max_examples)

    items[:] = [item for item in items if not check_items.is_check(item) or runs_here(item)]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Prepare the run and run the checks. A signal ends them; the verdict states it."""
    result: object = True
    interruption.stoppable(partial(_prepare, session))
    if interruption.reason():
        session.items.clear()
    try:
        interruption.listen(raises=True)
        result = yield
        interruption.listen(raises=False)
    except KeyboardInterrupt:
        interruption.listen(raises=False)
        if not interruption.reason():
            raise  # pytest stops the session, for example because of -x
    return result


def _prepare(session: pytest.Session) -> None:
    """Prepare the run before the first check. If the target cannot be judged, run no check."""
    config = session.config
    if config.option.collectonly or not config.stash[CHECKS]:
        return
    settings, judge = config.stash[SETTINGS], config.stash[JUDGE]
    try:
        database = example_database.open_database(settings.example_database)
        run = prepare(*_for_shard(settings, judge))
        remark = example_database.resend(run, database) if database is not None else ""
    except CannotJudgeError as error:
        config.stash[VERDICT] = unjudged_verdict(settings, str(error), judge.spec)
        session.items[:] = [item for item in session.items if not check_items.is_check(item)]
        return
    config.stash[RUN] = run
    if config.inipath == HERE / "run.ini":  # other sessions keep the output of pytest
        _show_progress(session, run)
    gc.freeze()  # the modules and the spec stay until the end, so the collector can ignore them
    checks = [item for item in session.items if check_items.is_check(item)]
    run.operations_to_verify = [
        operation.id
        for item in config.stash[CHECKS]
        for operation in check_items.verified_operations(item, run.spec)
    ]
    run.skipped.update({f"test_{name}": "disabled" for name in settings.disabled_checks})
    if not run.spec.types:
        run.skipped["checks of resources"] = "the document has no x-resource"
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    if any(check_items.changes_target(item, run.spec) for item in checks):
        reporter.write_line(printable(ending.change_notice(run)))
    if remark:
        reporter.write_line(remark)


def _show_progress(session: pytest.Session, run: Run) -> None:
    examples = run.settings.max_examples
    costs = {
        each.name: cost(each.name, examples) for each in session.items if check_items.is_check(each)
    }
    write = partial(session.config.get_terminal_writer().write, flush=True)
    width = width_of_terminal(os.environ)
    progress = Progress(costs, write, width, lambda: len(run.recorder.findings))
    session.config.pluginmanager.register(ProgressHooks(progress))


def _for_shard(settings: Settings, judge: Judge) -> tuple[Settings, Judge]:
    """Return the settings and the judge of a shard.

    Each shard sends other random requests. All but the first apply no rules about changes, because
    the first one restarts resources at the same time.
    """
    shard = settings.shard
    if shard.restarts:
        return settings, judge
    max_examples = max(1, shard.examples(settings.max_examples))
    rules = {
        name: tuple(rule for rule in rules if not rule.of_change)
        for name, rules in judge.rules.of_schemas.items()
    }
    return (
        replace(settings, seed=shard.seed(settings.seed), max_examples=max_examples),
        replace(judge, rules=replace(judge.rules, of_schemas=rules)),
    )


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest) -> Run:
    """Return the current run."""
    return request.config.stash[RUN]


@pytest.fixture(scope="session")
def explorer(run: Run) -> Explorer:
    """Return an explorer that creates items of the target."""
    return explorer_of(run)


@pytest.fixture(scope="session")
def valid_requests(explorer: Explorer) -> ValidRequests:
    """Return the valid requests of the operations."""
    return explorer.requests


@pytest.fixture(scope="session")
def world(run: Run, valid_requests: ValidRequests) -> World:
    """Return the resources of the target."""
    world = World(run, Bodies(run, valid_requests))
    world.read_lists()
    world.find_callers()
    return world


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip the remaining checks after the target has stopped to work."""
    recorder = item.config.stash[RUN].recorder
    if recorder.stopped or recorder.target_is_gone:
        pytest.skip("the target cannot be judged any longer")


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """Run a check, and fail it if it causes a finding that the baseline does not accept."""
    run = pyfuncitem.config.stash[RUN]
    _skip_unusable(pyfuncitem, run)
    since, result, failed = len(run.recorder.occurrences), True, False
    run.recorder.check = f"{pyfuncitem.path.name}::{pyfuncitem.name}"
    try:
        result = yield
    except TooSlowError as error:
        run.skipped[pyfuncitem.name] = str(error)
    except requests.RequestException:
        pass  # the recorder has reported it
    except pytest.fail.Exception:
        failed = True  # because of findings in another thread
    except Exception as error:
        run.unverified[pyfuncitem.name] = f"the check itself failed: {error!r}"
        raise
    run.check_availability()
    findings = run.recorder.findings_of(threading.get_ident(), since)
    findings += run.recorder.findings if failed else ()
    entries = run.settings.accept
    new = [
        finding
        for finding in findings
        if (run.settings.strict or finding.level == ERROR)
        and not run.settings.write_baseline
        and not any(matches_defect(entry, finding) for entry in entries)
    ]
    if new:
        texts = dict.fromkeys(printable(str(finding)) for finding in new)
        pytest.fail("\n".join(texts), pytrace=False)
    return result


def _skip_unusable(item: pytest.Function, run: Run) -> None:
    """Skip a check of an operation that is not offered or too slow."""
    for operation in check_items.verified_operations(item, run.spec):
        if operation.id in run.recorder.ignored:
            pytest.skip(run.excluded.get(operation.id, f"{operation.id} is not offered"))
        limit = run.settings.max_response_time
        if run.recorder.response_times.is_mostly_slow(operation.id, limit):
            run.skipped[item.name] = f"{operation.id} responds too slowly"
            pytest.skip(run.skipped[item.name])


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    interruption.listen(raises=False)
    run = config.stash.get(RUN, None)
    if run is not None:
        if run.recorder.target_is_gone:
            run.unverified["the target"] = "it stopped responding"
        run.recorder.check = ""
        interruption.stoppable(run.confirm_slow_operations)
        run.recorder.stopped = interruption.reason() or run.recorder.stopped or _early_end(session)
        config.stash[VERDICT] = verdict_of(
            run, config.stash[SETTINGS], today(), _all_checks_ran(session), _selection(session)
        )
    verdict = config.stash.get(VERDICT, None)
    if verdict is None and interruption.reason() and not config.option.collectonly:
        spec = config.stash[JUDGE].spec
        verdict = unjudged_verdict(config.stash[SETTINGS], "no check ran", spec)
        verdict = replace(verdict, stopped=interruption.reason())
    if verdict is None:
        return
    verdict, config.stash[REMARKS] = ending.conclude(verdict, config.stash[SETTINGS], os.environ)
    config.stash[VERDICT] = verdict
    session.exitstatus = _combined(session.exitstatus, verdict.exit_code)


def _early_end(session: pytest.Session) -> str:
    """Return why pytest itself ended the session, such as an error in a test file; "" if it did
    not. ``stopped`` of the recorder is set if the run ended it."""
    ended = session.exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)
    return "pytest ended the run early; see the error" if ended and not session.shouldstop else ""


def _selection(session: pytest.Session) -> bool:
    """Return whether the user selected some checks."""
    option = session.config.option
    selected = option.keyword or option.markexpr
    return bool(selected) or any("::" in argument for argument in session.config.args)


def _all_checks_ran(session: pytest.Session) -> bool:
    """Return whether no check was deselected and the session was not interrupted."""
    finished = session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    return not _selection(session) and finished


def _combined(status: int, verdict: int) -> int:
    """Return the exit code of a session, which may also contain other tests.

    A failed test counts more than a contract that holds, and less than an unjudged target.
    """
    status = 0 if status == pytest.ExitCode.NO_TESTS_COLLECTED else status
    if BROKEN in (status, verdict) and verdict != UNJUDGED:
        return BROKEN
    return max(int(status), verdict)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if VERDICT in config.stash:
        terminalreporter.ensure_newline()
        verdict, settings = config.stash[VERDICT], config.stash[SETTINGS]
        lines: Iterable[str] = ending.lines(verdict, settings, os.environ)
        if terminalreporter.hasmarkup and has_colours(os.environ):
            lines = coloured(lines, verdict.exit_code)
        for line in (*lines, *config.stash[REMARKS]):
            terminalreporter.write_line(line)
