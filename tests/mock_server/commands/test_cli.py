"""The commands of `mock-server`: output, exit codes, and messages without tracebacks."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from mock_server.contract.judge import Judge
from mock_server.contract.source.yaml_documents import read
from mock_server.fixtures.values import Fixtures
from tests.helpers.requests import JSON, call
from tests.mock_server.helpers.command_line import (
    PROGRAM,
    CommandResult,
    environment,
    run_command,
    serving,
)
from tests.mock_server.helpers.copies import FIXTURES, edit, small_fixtures, spec_with


def count_rules(judge: Judge) -> int:
    return len(list(judge.rules.all()))


def message(result: CommandResult) -> str:
    """Return the message of a failed command, which must not be a traceback."""
    assert "Traceback" not in result.stderr
    assert result.stderr.strip()
    return result.stderr


def test_the_shipped_files_are_valid(judge: Judge, fixtures: Fixtures) -> None:
    result = run_command("check")
    assert (result.returncode, result.stderr) == (0, "")
    assert (
        f"openapi.yaml: {len(judge.spec.operations)} operations, {count_rules(judge)} rules"
        in result.stdout
    )
    assert (
        f"fixtures: {len(fixtures.fixtures)} releases, {len(fixtures.scenarios)} scenarios, "
        "5 packages, 2 accounts\n" in result.stdout
    )
    broken = len(list((FIXTURES / "broken").iterdir()))
    assert f"{broken} counter-examples" in result.stdout


@pytest.mark.parametrize(
    "name",
    ["releases/pending", "scenarios/succeeds", "packages", "accounts", "static-responses"],
)
def test_one_file_of_any_kind_can_be_checked(name: str) -> None:
    result = run_command("check", f"fixtures/{name}.yaml")
    assert (result.returncode, result.stdout) == (0, f"fixtures/{name}.yaml: valid\n")


def test_the_spec_and_a_folder_can_be_checked() -> None:
    result = run_command("check", "openapi.yaml", "fixtures/releases")
    assert result.returncode == 0
    assert result.stdout.count(": valid\n") == 1 + len(list((FIXTURES / "releases").iterdir()))


def test_a_checked_counter_example_is_reported_with_its_location() -> None:
    path = "fixtures/broken/in-progress-exactly-when-building.yaml"
    result = run_command("check", path)
    assert result.returncode == 1
    assert message(result).startswith(f"{path}:")
    assert "[in-progress-exactly-when-building]" in result.stderr


def test_a_check_reports_every_problem_and_their_number(tmp_path: Path) -> None:
    folder = small_fixtures(tmp_path)
    edit(folder / "releases/pending.yaml", "is_locked: false", "is_locked: 0")
    edit(folder / "releases/successful.yaml", 'version: "1.0.0"', "version: 1.0")
    result = run_command("check", "--fixtures", folder)
    assert result.returncode == 1
    assert message(result).endswith("2 problems\n")
    assert "put it in quotes" in result.stderr


def test_a_rule_without_a_counter_example_is_a_note(tmp_path: Path, judge: Judge) -> None:
    folder = small_fixtures(tmp_path)
    (folder / "broken").mkdir()
    name = "error-only-when-failed.yaml"
    (folder / "broken" / name).write_bytes((FIXTURES / "broken" / name).read_bytes())
    result = run_command("check", "--fixtures", folder)
    assert result.returncode == 0
    assert result.stdout.count("note: the rule ") == count_rules(judge) - 1


def test_a_counter_example_that_breaks_another_rule_is_reported(tmp_path: Path) -> None:
    folder = small_fixtures(tmp_path)
    (folder / "broken").mkdir()
    copy = folder / "broken/error-only-when-failed.yaml"
    copy.write_bytes((FIXTURES / "broken" / copy.name).read_bytes())
    edit(copy, "rule: error-only-when-failed", "rule: processes-run-in-order")
    result = run_command("check", "--fixtures", folder)
    assert result.returncode == 1
    assert "it breaks error-only-when-failed" in message(result)


def test_a_file_of_unknown_kind_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "any.yaml"
    path.write_text("a: 1\n")
    result = run_command("check", path)
    assert result.returncode == 1
    keys = "resource, steps, credentials, responses, rule, releases, packages, accounts"
    assert f"a file must have one of the keys {keys}" in message(result)


def test_a_fixture_is_of_the_type_of_its_folder(tmp_path: Path) -> None:
    text = (FIXTURES / "releases/pending.yaml").read_text("utf-8")
    for folder, problem in (
        ("packages", "unknown property of Package"),
        ("release", "found release; did you mean releases?"),
    ):
        path = tmp_path / folder / "pending.yaml"
        path.parent.mkdir()
        path.write_text(text, "utf-8")
        result = run_command("check", path)
        assert result.returncode == 1
        assert problem in message(result)


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
def test_a_command_that_cannot_start_exits_with_2_and_a_message(arguments: tuple[str, ...]) -> None:
    result = run_command(*arguments)
    assert result.returncode == 2
    message(result)


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [
        (("serv",), "did you mean serve?"),
        (("serve", "--prot", "1"), "did you mean --port?"),
        (("export", "--fromat=zod", "--out", "x", "--format", "zod"), "did you mean --format?"),
        (("export", "--format", "typescrip", "--out", "x"), "did you mean typescript?"),
    ],
)
def test_a_mistyped_command_or_option_names_the_nearest(
    arguments: tuple[str, ...], suggestion: str
) -> None:
    result = run_command(*arguments)
    assert result.returncode == 2
    assert suggestion in message(result)
    command = "mock-server" if len(arguments) == 1 else f"mock-server {arguments[0]}"
    assert f"{command}: error:" in result.stderr


def test_the_program_exits_with_its_code_and_one_line() -> None:
    command = [*PROGRAM, "serve", "--spec", "nowhere.yaml"]
    result = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)


def test_an_unreadable_spec_and_an_invalid_fixture_exit_with_2(tmp_path: Path) -> None:
    broken = small_fixtures(tmp_path)
    edit(broken / "releases/pending.yaml", "is_locked: false", "is_locked: 0")
    result = run_command("serve", "--port", "0", "--fixtures", broken)
    assert result.returncode == 2
    assert f"{broken}/releases/pending.yaml:" in message(result)
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    result = run_command("serve", "--spec", binary)
    assert result.returncode == 2
    assert "UTF-8" in message(result)


def test_a_port_in_use_exits_with_2_and_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run_command("serve", "--port", port)
    assert result.returncode == 2
    assert message(result).count("\n") == 1
    assert port in result.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_server_with_0_and_no_output(number: signal.Signals) -> None:
    with serving("--quiet") as (process, base, _):
        assert call(base, "GET", "/packages/get?package_id=pkg_3").status == 200
        process.send_signal(number)
        output, errors = process.communicate(timeout=30)
        assert (process.returncode, output, errors) == (0, "", "")


def test_the_ready_text_lists_what_the_mock_serves_and_a_command() -> None:
    with serving("--token", "more=account_2", "--quiet") as (_, base, ready):
        for word in ("/package_releases/rebuild", "pending", "never-finishes", "testuser-token"):
            assert word in ready
        assert "more" in ready
        command = ready.splitlines()[-1]
        assert f"curl {base}/package_releases/get" in command
        body = command.split("'")[-2].encode()
        assert call(base, "POST", "/package_releases/get", body, JSON).status == 200
        own = call(base, "GET", "/accounts/get", headers={"Authorization": "Bearer more"})
        assert own.json["account"]["account_id"] == "account_2"
        unknown = call(base, "GET", "/accounts/get", headers={"Authorization": "Bearer any"})
        assert unknown.status == 401


def test_with_any_token_every_token_is_the_first_account() -> None:
    with serving("--any-token") as (process, base, _):
        own = call(base, "GET", "/accounts/get", headers={"Authorization": "Bearer any"})
        assert own.json["account"]["account_id"] == "account-1234"
        process.terminate()
        _, errors = process.communicate(timeout=30)
        assert "GET /api/accounts/get → 200" in errors


def test_help_imports_no_heavy_module() -> None:
    script = (
        "import sys\n"
        "from mock_server.cli import main\n"
        "try:\n    main(['serve', '--help'])\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "heavy = {'openapi_core', 'cel', 'werkzeug', 'jsonschema_rs', 'yaml', 'pytest'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (result.returncode, result.stderr) == (0, "[]\n")
    assert "--any-token" in result.stdout


@pytest.fixture(scope="module")
def schema() -> Any:
    result = run_command("schema")
    assert (result.returncode, result.stderr) == (0, "")
    return json.loads(result.stdout)


def test_the_schema_for_editors_accepts_every_shipped_release(schema: Any) -> None:
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    for path in (FIXTURES / "releases").iterdir():
        assert validator.is_valid(read(path).data), path


def test_the_shipped_schema_for_editors_is_up_to_date(schema: Any) -> None:
    """To update it, run ``mock-server schema > fixtures/releases.schema.json``."""
    assert json.loads((FIXTURES / "releases.schema.json").read_text()) == schema


def test_the_schema_of_another_type_can_be_printed() -> None:
    result = run_command("schema", "--type", "Package")
    declared = json.loads(result.stdout)["properties"]["resource"]
    assert declared["$ref"] == "#/components/schemas/Package"
    unknown = run_command("schema", "--type", "Packag")
    assert unknown.returncode == 2
    assert "did you mean Package?" in message(unknown)


def test_a_document_without_resources_has_no_schema_for_editors() -> None:
    result = run_command("schema", "--spec", "tests/mock_server/documents/library.yaml")
    assert result.returncode == 2
    assert "add x-resource to a schema" in message(result)


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


def test_a_closed_pipe_is_not_an_error() -> None:
    with subprocess.Popen(
        [*PROGRAM, "schema"], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (process.stderr.read(), process.wait(30)) == (b"", 0)


def test_the_prefix_of_the_api_is_that_of_the_spec(tmp_path: Path) -> None:
    spec = spec_with(tmp_path, ("- url: /api\n", "- url: /v1\n"))
    with serving("--spec", spec, "--quiet") as (_, base, _):
        assert base.endswith("/v1")
        assert call(base, "GET", "/packages/get?package_id=pkg_3").status == 200
