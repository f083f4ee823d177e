"""The command line: what it prints, how it ends, and that nothing ends in a traceback."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from mock_server.cli import main
from mock_server.contract.judge import Judge
from mock_server.contract.source.yaml_documents import read
from mock_server.fixtures.values import Fixtures
from tests.helpers.requests import JSON, ask
from tests.mock_server.helpers.copies import FIXTURES, ROOT, edit, small_fixtures, spec_with

PROGRAM = [sys.executable, "-c", "import sys; from mock_server.cli import main; sys.exit(main())"]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    returncode: object
    stdout: str
    stderr: str


def run(*arguments: str | Path) -> Ended:
    """Runs a command at the root of the project."""
    output, errors = StringIO(), StringIO()
    with chdir(ROOT), redirect_stdout(output), redirect_stderr(errors):
        try:
            code: object = main([*map(str, arguments)])
        except SystemExit as end:
            code = end.code
    return Ended(code, output.getvalue(), errors.getvalue())


@contextmanager
def serving(*arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """The process, the base URL that it tells, and all it tells when it is ready."""
    process = subprocess.Popen(
        [*PROGRAM, "serve", "--port", "0", *map(str, arguments)],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline()]
            assert lines[0].startswith("Ready on "), process.communicate()
            while not lines[-1].strip().startswith("curl"):
                lines.append(process.stdout.readline())
            yield process, lines[0].split()[2], "".join(lines)
        finally:
            process.kill()


def rules(judge: Judge) -> int:
    return len(list(judge.rules.all()))


def clear(ended: Ended) -> str:
    """What was told of a failure: on stderr alone."""
    assert "Traceback" not in ended.stderr
    assert ended.stderr.strip()
    return ended.stderr


def test_what_is_shipped_holds(judge: Judge, fixtures: Fixtures) -> None:
    ended = run("check")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (
        f"openapi.yaml: {len(judge.spec.operations)} operations, {rules(judge)} rules"
        in ended.stdout
    )
    assert f"{len(fixtures.releases)} releases, {len(fixtures.scenarios)} scenarios" in ended.stdout
    broken = len(list((FIXTURES / "broken").iterdir()))
    assert f"{broken} counter-examples" in ended.stdout


@pytest.mark.parametrize(
    "name",
    ["releases/pending", "scenarios/succeeds", "packages", "accounts", "static-responses"],
)
def test_one_file_of_any_kind_can_be_checked(name: str) -> None:
    ended = run("check", f"fixtures/{name}.yaml")
    assert (ended.returncode, ended.stdout) == (0, f"fixtures/{name}.yaml: valid\n")


def test_the_spec_and_a_folder_can_be_checked() -> None:
    ended = run("check", "openapi.yaml", "fixtures/releases")
    assert ended.returncode == 0
    assert ended.stdout.count(": valid\n") == 1 + len(list((FIXTURES / "releases").iterdir()))


def test_a_counter_example_is_a_finding_with_its_place() -> None:
    path = "fixtures/broken/in-progress-exactly-when-building.yaml"
    ended = run("check", path)
    assert ended.returncode == 1
    assert clear(ended).startswith(f"{path}:")
    assert "[in-progress-exactly-when-building]" in ended.stderr


def test_what_is_broken_is_told_whole_and_the_number_of_problems(tmp_path: Path) -> None:
    folder = small_fixtures(tmp_path)
    edit(folder / "releases/pending.yaml", "is_locked: false", "is_locked: 0")
    edit(folder / "releases/successful.yaml", 'version: "1.0.0"', "version: 1.0")
    ended = run("check", "--fixtures", folder)
    assert ended.returncode == 1
    assert clear(ended).endswith("2 problems\n")
    assert "put it in quotes" in ended.stderr


def test_a_rule_without_a_counter_example_is_worth_a_note(tmp_path: Path, judge: Judge) -> None:
    folder = small_fixtures(tmp_path)
    (folder / "broken").mkdir()
    name = "error-only-when-failed.yaml"
    (folder / "broken" / name).write_bytes((FIXTURES / "broken" / name).read_bytes())
    ended = run("check", "--fixtures", folder)
    assert ended.returncode == 0
    assert ended.stdout.count("note: the rule ") == rules(judge) - 1


def test_a_counter_example_that_breaks_nothing_is_a_finding(tmp_path: Path) -> None:
    folder = small_fixtures(tmp_path)
    (folder / "broken").mkdir()
    copy = folder / "broken/error-only-when-failed.yaml"
    copy.write_bytes((FIXTURES / "broken" / copy.name).read_bytes())
    edit(copy, "rule: error-only-when-failed", "rule: processes-run-in-order")
    ended = run("check", "--fixtures", folder)
    assert ended.returncode == 1
    assert "it breaks error-only-when-failed" in clear(ended)


def test_a_file_of_no_kind_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "any.yaml"
    path.write_text("a: 1\n")
    ended = run("check", path)
    assert ended.returncode == 1
    assert "release, steps, packages, accounts, answers, rule" in clear(ended)


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "nowhere.yaml"),
        ("check", "--spec", "nowhere.yaml"),
        ("serve", "--spec", "nowhere.yaml"),
        ("serve", "--spec", "fixtures"),
        ("serve", "--spec", "README.md"),
        ("serve", "--fixtures", "nowhere"),
        ("serve", "--fixtures", "openapi.yaml"),
        ("serve", "--token", "no-equals"),
        ("serve", "--token", "a=nobody"),
        ("serve", "--host", "no such host"),
        ("serve", "--port", "70000"),
        ("serve", "--port", "http"),
        ("serve", "--no-such-option"),
        ("no-such-command",),
        (),
    ],
    ids=" ".join,
)
def test_what_cannot_begin_ends_with_2_and_a_clear_message(arguments: tuple[str, ...]) -> None:
    ended = run(*arguments)
    assert ended.returncode == 2
    clear(ended)


def test_the_program_itself_ends_with_its_code_and_without_a_traceback() -> None:
    command = [*PROGRAM, "serve", "--spec", "nowhere.yaml"]
    ended = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)


def test_an_unreadable_spec_and_a_broken_fixture_end_with_2(tmp_path: Path) -> None:
    broken = small_fixtures(tmp_path)
    edit(broken / "releases/pending.yaml", "is_locked: false", "is_locked: 0")
    ended = run("serve", "--port", "0", "--fixtures", broken)
    assert ended.returncode == 2
    assert f"{broken}/releases/pending.yaml:" in clear(ended)
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    ended = run("serve", "--spec", binary)
    assert ended.returncode == 2
    assert "UTF-8" in clear(ended)


def test_a_busy_port_ends_with_2_and_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run("serve", "--port", port)
    assert ended.returncode == 2
    assert clear(ended).count("\n") == 1
    assert port in ended.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_with_0_and_in_silence(number: signal.Signals) -> None:
    with serving("--quiet") as (process, base, _):
        assert ask(base, "GET", "/packages/get?package_id=pkg_3").status == 200
        process.send_signal(number)
        output, errors = process.communicate(timeout=30)
        assert (process.returncode, output, errors) == (0, "", "")


def test_when_it_is_ready_it_tells_what_it_has_and_a_line_to_try() -> None:
    with serving("--token", "more=account_2", "--quiet") as (_, base, told):
        for word in ("/package_releases/rebuild", "pending", "never-finishes", "testuser-token"):
            assert word in told
        assert "more" in told
        command = told.splitlines()[-1]
        assert f"curl {base}/package_releases/get" in command
        body = command.split("'")[-2].encode()
        assert ask(base, "POST", "/package_releases/get", body, JSON).status == 200
        own = ask(base, "GET", "/accounts/get", headers={"Authorization": "Bearer more"})
        assert own.json["account"]["account_id"] == "account_2"
        other = ask(base, "GET", "/accounts/get", headers={"Authorization": "Bearer any"})
        assert other.status == 401


def test_any_token_is_taken_for_the_first_account_when_asked_to() -> None:
    with serving("--any-token") as (process, base, _):
        own = ask(base, "GET", "/accounts/get", headers={"Authorization": "Bearer any"})
        assert own.json["account"]["account_id"] == "account-1234"
        process.terminate()
        _, errors = process.communicate(timeout=30)
        assert "GET /api/accounts/get → 200" in errors


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "from mock_server.cli import main\n"
        "try:\n    main(['serve', '--help'])\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "heavy = {'openapi_core', 'cel', 'werkzeug', 'jsonschema_rs', 'yaml', 'pytest'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode, ended.stderr) == (0, "[]\n")
    assert "--any-token" in ended.stdout


@pytest.fixture(scope="module")
def schema() -> Any:
    ended = run("schema")
    assert (ended.returncode, ended.stderr) == (0, "")
    return json.loads(ended.stdout)


def test_the_schema_for_editors_accepts_every_shipped_release(schema: Any) -> None:
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    for path in (FIXTURES / "releases").iterdir():
        assert validator.is_valid(read(path).data), path


def test_the_schema_that_ships_for_editors_is_that_of_the_spec(schema: Any) -> None:
    """When this fails: ``mock-server schema > fixtures/release.schema.json``."""
    assert json.loads((FIXTURES / "release.schema.json").read_text()) == schema


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("display_status: pending\n  total", "display_status: pendin\n  total"),
        ("is_locked: false", "is_loked: false"),
        ("license: MIT", "licence: MIT"),
        ("is_latest: false", "is_latest: no"),
        ('version: "0.6.0"', "version: 0.6"),
        ("about:\n", "extras: {}\nabout:\n"),
    ],
)
def test_the_schema_for_editors_rejects_a_typo(
    schema: Any, tmp_path: Path, old: str, new: str
) -> None:
    path = tmp_path / "pending.yaml"
    path.write_bytes((FIXTURES / "releases/pending.yaml").read_bytes())
    edit(path, old, new)
    assert not jsonschema_rs.Draft202012Validator(schema).is_valid(read(path).data)


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    with subprocess.Popen(
        [*PROGRAM, "schema"], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (process.stderr.read(), process.wait(30)) == (b"", 0)


def test_the_prefix_is_that_of_the_spec(tmp_path: Path) -> None:
    spec = spec_with(tmp_path, ("- url: /api\n", "- url: /v1\n"))
    with serving("--spec", spec, "--quiet") as (_, base, _told):
        assert base.endswith("/v1")
        assert ask(base, "GET", "/packages/get?package_id=pkg_3").status == 200
