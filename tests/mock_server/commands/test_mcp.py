"""`mock-server mcp`: a client of the SDK starts it, and calls its tools on a live mock."""

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import anyio
import anyio.to_thread
import pytest
from mcp import Client, StdioServerParameters
from mcp.types import TextContent, TextResourceContents, Tool

from mock_server.cli import COMMANDS
from mock_server.commands.agents.texts import LONGEST_RESULT
from mock_server.commands.help.guide import guide
from mock_server.contract.judge import Judge
from mock_server.fixtures.values import Fixtures
from mock_server.live import LiveMock, live
from tests.mock_server.helpers.command_line import PROGRAM, environment, run_command
from tests.mock_server.helpers.copies import ROOT, edit, small_fixtures

Result = TypeVar("Result")
STATE_TOOLS = ["list_states", "show", "play", "clock", "add_fault", "clear_faults", "requests"]


@pytest.fixture
def mock(judge: Judge, fixtures: Fixtures) -> Iterator[LiveMock]:
    with live(judge, fixtures) as running:
        yield running


def connected(session: Callable[[Client], Awaitable[Result]], *options: str | Path) -> Result:
    """Start the server, run a session of a client, and return its result."""
    words = [*PROGRAM[1:], "mcp", *map(str, options)]
    server = StdioServerParameters(command=PROGRAM[0], args=words, env=environment(), cwd=ROOT)

    async def run() -> Result:
        async with Client(server) as client:
            return await session(client)

    return anyio.run(run)


async def called(client: Client, tool: str, **arguments: object) -> tuple[bool, str]:
    """Call a tool. Return whether it succeeded, and its text."""
    result = await client.call_tool(tool, arguments)
    (content,) = result.content
    assert isinstance(content, TextContent)
    return not result.is_error, content.text


def status(url: str, key: str) -> str:
    request = urllib.request.Request(
        f"{url}/package_releases/get",
        json.dumps({"package_release_id": key}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return str(json.load(response)["package_release"]["display_status"])


def test_each_tool_has_a_description_and_a_schema_of_its_arguments() -> None:
    async def session(client: Client) -> list[Tool]:
        return (await client.list_tools()).tools

    target = "http://127.0.0.1:9/api"
    tools = {tool.name: tool for tool in connected(session, "--target", target)}
    assert [*tools] == [*STATE_TOOLS, "reset", "check", "run_contract"]
    assert all(tool.description for tool in tools.values())
    shown = tools["show"].input_schema
    assert shown["required"] == ["key", "fixture"]
    assert shown["properties"]["fixture"]["type"] == "string"
    assert all("session" in tools[name].input_schema["properties"] for name in STATE_TOOLS)
    assert "target" not in tools["run_contract"].input_schema["properties"]


def test_the_contract_run_is_offered_only_with_a_target() -> None:
    async def session(client: Client) -> list[str]:
        return [tool.name for tool in (await client.list_tools()).tools]

    assert "run_contract" not in connected(session)


def test_the_api_returns_the_state_that_an_agent_shows_plays_and_advances(mock: LiveMock) -> None:
    mine = mock.session("agent")

    async def session(client: Client) -> list[str]:
        seen = []
        calls: list[tuple[str, dict[str, object]]] = [
            ("clock", {"freeze": True}),
            ("show", {"key": "rel_pending", "fixture": "failed-transpilation"}),
            ("play", {"key": "rel_pending", "scenario": "succeeds"}),
            ("clock", {"advance": 60}),
        ]
        for tool, arguments in calls:
            ok, text = await called(client, tool, **arguments, session="agent")
            assert ok, text
            seen.append(await anyio.to_thread.run_sync(status, mine.url, "rel_pending"))
        return seen

    seen = connected(session, "--address", mock.address)
    assert seen == ["pending", "failed", "pending", "successful"]
    assert status(mock.url, "rel_pending") == "pending"


def test_an_agent_adds_a_fault_reads_the_requests_and_resets_the_session(mock: LiveMock) -> None:
    async def session(client: Client) -> list[str]:
        fields = {"status": 503}
        texts = [(await called(client, "list_states", contains="stale"))[1]]
        texts += [(await called(client, "add_fault", kind="status", fields=fields))[1]]
        texts += [(await called(client, "clear_faults"))[1]]
        await anyio.to_thread.run_sync(status, mock.url, "rel_pending")
        texts += [(await called(client, "requests", last=1))[1]]
        await called(client, "reset")
        return [*texts, (await called(client, "requests"))[1]]

    states, fault, cleared, requests, none = connected(session, "--address", mock.address)
    assert "- pending-stale: PackageRelease; pending;" in states
    assert "- pending: " not in states
    assert json.loads(fault)["status"] == 503
    assert cleared == "the session has no faults"
    count, exchange = requests.splitlines()
    assert count == "requests: 1 of 1"
    assert json.loads(exchange)["operation"] == "getPackageRelease"
    assert json.loads(exchange)["served"] == ["pending"]
    assert len(requests) < LONGEST_RESULT
    assert none == "requests: 0 of 0"


def test_a_wrong_call_is_an_error_with_its_fix(mock: LiveMock) -> None:
    async def session(client: Client) -> list[tuple[bool, str]]:
        return [
            await called(client, "show", key="rel_pending", fixture="faild-transpilation"),
            await called(client, "clock", advance=1, freeze=True),
            await called(client, "reset", session="a/b"),
            await called(client, "show", key="rel_pending"),
            await called(client, "clock", set="2030-01-01T00:00:00Z"),
        ]

    results = connected(session, "--address", mock.address)
    assert [ok for ok, _ in results] == [False] * 5
    fixture, clock, name, missing, unknown = (text for _, text in results)
    assert "did you mean failed-transpilation?" in fixture
    assert "expected one change of the clock, found advance, freeze" in clock
    assert "a session's name must be" in name
    assert "fixture" in missing
    assert "Extra inputs are not permitted" in unknown


def test_an_address_without_a_mock_is_an_error_that_names_serve(
    mock: LiveMock,
) -> None:
    async def session(client: Client) -> tuple[bool, str]:
        return await called(client, "list_states")

    ok, text = connected(session, "--address", "http://127.0.0.1:9")
    assert not ok
    assert "no mock responds at http://127.0.0.1:9" in text
    assert "mock-server serve" in text
    other = connected(session, "--address", f"{mock.address}/api")
    assert not other[0]


def test_check_reports_a_planted_mistake_with_its_location(tmp_path: Path) -> None:
    folder = small_fixtures(tmp_path)
    path = folder / "releases" / "pending.yaml"
    mistake = "display_status: waiting\n  total_build"

    async def session(client: Client) -> list[tuple[bool, str]]:
        valid = await called(client, "check")
        edit(path, "display_status: pending\n  total_build", mistake)
        return [valid, await called(client, "check")]

    (_, valid), (ok, text) = connected(
        session, "--spec", ROOT / "openapi.yaml", "--fixtures", folder
    )
    assert valid.startswith("valid\n"), valid
    assert ok
    assert text.startswith("problems: ")
    assert f"{path}:" in text
    assert 'found "waiting"' in text


def test_a_contract_run_returns_its_exit_code_and_its_verdict() -> None:
    async def session(client: Client) -> tuple[bool, str]:
        return await called(client, "run_contract", max_examples=1)

    ok, text = connected(session, "--target", "http://127.0.0.1:9/api")
    assert ok
    assert text.startswith("exit code 2: the run could not judge the server\n")
    assert "http://127.0.0.1:9/api does not respond" in text


def test_the_guide_is_a_resource_and_a_command_and_names_every_command() -> None:
    async def session(client: Client) -> str:
        (content,) = (await client.read_resource("guide://mock-server")).contents
        assert isinstance(content, TextResourceContents)
        return content.text

    printed = run_command("guide")
    assert (printed.returncode, printed.stderr) == (0, "")
    assert connected(session) == printed.stdout
    names = [command.__name__.rpartition(".")[2] for command in COMMANDS]
    assert [name for name in names if f"| `mock-server {name}` |" not in printed.stdout] == []


def test_the_examples_of_the_guide_are_valid_files_of_an_api(tmp_path: Path) -> None:
    fixture, scenario, overlay = re.findall(r"```yaml\n(.*?)```", guide(), re.DOTALL)
    queued = re.sub(r" +(startedAt|endedAt|log): .*\n", "", fixture).replace("READY", "QUEUED")
    queued = queued.replace("dpl_ready", "dpl_queued") + "  log: []\n"
    texts = {
        "overlay.yaml": overlay,
        "fixtures/deployments/ready.yaml": fixture,
        "fixtures/deployments/queued.yaml": queued,
        "fixtures/scenarios/succeeds.yaml": scenario,
    }
    for name, text in texts.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    files = ("--overlay", tmp_path / "overlay.yaml", "--fixtures", tmp_path / "fixtures")
    result = run_command("check", "--spec", "examples/plain/openapi.yaml", *files)
    assert (result.returncode, result.stderr) == (0, "")
    assert "2 deployments, 1 scenarios" in result.stdout


def test_without_the_extra_the_command_says_how_to_install_it() -> None:
    """Runs in a process in which the package cannot be imported."""
    program = (
        "import sys\n"
        "sys.modules['mcp'] = None\n"
        "from mock_server.cli import main\n"
        "sys.exit(main(['mcp']))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    expected = "mock-server mcp needs the package mcp: pip install 'package-release-mock[mcp]'\n"
    assert ended.stderr == expected


WRONG_OPTIONS = ["--address=127.0.0.1:3100", "--target=ftp://a", "--spec=no.yaml"]


@pytest.mark.parametrize("option", WRONG_OPTIONS)
def test_a_wrong_option_ends_the_command_with_2(option: str) -> None:
    result = run_command("mcp", option)
    assert result.returncode == 2
    assert option.partition("=")[2] in result.stderr
    assert "Traceback" not in result.stderr
