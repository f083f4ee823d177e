"""The exports of a document in which two types of resources have a timeline."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mock_server.app.handle import respond
from mock_server.app.mock import Mock, mock_of
from mock_server.contract.exchange import Request
from mock_server.live import load_sources
from tests.helpers.exporting import beside_packages, compiled, export, script
from tests.helpers.observatory import ADA, BOB, PREFIX, SPEC, key
from tests.helpers.programs import run
from tests.mock_server.helpers.clocks import ManualClock

USE = """
import { mock } from "./msw/handlers.js";
import { states, timelines } from "./typescript/states.js";
import type { paths } from "./typescript/openapi.js";
import { Exposure, Telescope, responses } from "./zod/schemas.js";

const api = mock({ anyToken: true });
api.show("7", "ready");
api.play("exp_1", "clouded");
api.next("jams");

type Read = paths["/exposures/{id}"]["get"]["responses"][200]["content"]["application/json"];
export const saved: Read = states.saved;
export const numbers = [states.ready.number, states.parked.number];
export const words: readonly string[] = [
  ...Object.keys(timelines.Telescope.statuses),
  ...Object.keys(timelines.Exposure.statuses),
];
export const telescope = (value: unknown): Telescope => Telescope.parse(value);
export const exposure = (value: unknown): Exposure => responses.getExposure[200].parse(value);
"""


@dataclass
class Recording:
    """Requests to a mock with its responses, and control calls, as lines of JSON."""

    clock: ManualClock = field(default_factory=ManualClock)
    lines: list[dict[str, Any]] = field(default_factory=list)
    mock: Mock = field(init=False)

    def __post_init__(self) -> None:
        self.mock = mock_of(*load_sources(SPEC), clock=self.clock)

    def send(self, method: str, path: str, body: Any = None, token: str = ADA) -> Any:
        """Send a request, record it, and return the JSON of the response."""
        headers, content = key(token), b"" if body is None else json.dumps(body).encode()
        request: dict[str, Any] = {"method": method, "headers": headers}
        if body is not None:
            headers["content-type"] = "application/json"
            request["body"] = content.decode()
        own = {name.lower(): text for name, text in headers.items()}
        where, _, query = path.partition("?")
        pairs = tuple((n, v) for n, _, v in (each.partition("=") for each in query.split("&")) if n)
        response = respond(self.mock, Request(method, PREFIX + where, pairs, own, content))
        value = json.loads(response.body) if response.body else ""
        line: dict[str, Any] = {
            "path": PREFIX + path,
            "request": request,
            "status": response.status,
        }
        line |= {"now": self.clock.now, "type": response.media_type or None, "body": value}
        self.lines.append(line)
        return value

    def control(self, call: str, body: dict[str, Any], *arguments: str) -> None:
        """Call the control API, and record the same call of the handlers."""
        headers = {"content-type": "application/json", "host": "127.0.0.1"}
        content = json.dumps(body).encode()
        response = respond(self.mock, Request("POST", f"/_mock/{call}", (), headers, content))
        assert response.status == 200, response.body
        self.lines.append({"now": self.clock.now, "call": call, "arguments": arguments})


def recorded() -> Recording:
    """Use every operation of both types, and let both timelines move."""
    recording = Recording()
    send, control, clock = recording.send, recording.control, recording.clock
    send("GET", "/observer", token=BOB)
    control("show", {"number": 1, "fixture": "ready"}, "1", "ready")
    control("play", {"id": "exp_2", "scenario": "clouded"}, "exp_2", "clouded")
    control("next", {"scenario": "jams"}, "jams")
    control("next", {"scenario": "clouded", "id": "exp_1"}, "clouded", "exp_1")
    send("POST", "/telescopes/2/calibrations")
    send("POST", "/telescopes/7/calibrations")
    send("POST", "/exposures/exp_1/repeat")
    new = send("POST", "/telescopes", {"name": "East", "observer": "ada"})
    send("POST", "/telescopes", {"name": "East", "observer": "ada"})
    send("POST", "/telescopes", {"name": "Other", "observer": "zoe"})
    exposures = f"/telescopes/{new['number']}/exposures"
    exposure = send("POST", exposures, {"target": "M1"})
    for _ in range(7):
        clock.forward(0.9)
        for path in ("telescopes/1", "telescopes/2", f"telescopes/{new['number']}"):
            send("GET", f"/{path}")
        for name in ("exp_1", "exp_2", exposure["id"]):
            send("GET", f"/exposures/{name}")
        send("GET", "/telescopes?mode=ready&size=2")
    send("POST", f"/exposures/{exposure['id']}/abort")
    send("POST", f"/exposures/{exposure['id']}/repeat")
    send("POST", f"/exposures/{exposure['id']}/abort")
    send("POST", f"/exposures/{exposure['id']}/abort")
    send("PATCH", f"/telescopes/{new['number']}", {"site": "Roof"})
    send("PATCH", f"/telescopes/{new['number']}", {"name": "North"})
    first = send("GET", "/telescopes/2/exposures?size=1")
    send("GET", f"/telescopes/2/exposures?size=1&after={first['next']}")
    send("DELETE", f"/exposures/{first['exposures'][0]['id']}")
    send("GET", f"/telescopes/2/exposures?size=1&after={first['next']}")
    send("DELETE", "/telescopes/7")
    send("DELETE", "/telescopes/7", token=BOB)
    send("GET", "/exposures/exp_3")
    send("GET", "/telescopes/7/exposures")
    send("GET", "/telescopes?page=9")
    return recording


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all exports."""
    folder = beside_packages(tmp_path_factory.mktemp("two_timelines"))
    for format_ in ("json", "typescript", "zod", "msw"):
        export(format_, folder, spec=SPEC)
    return folder


def test_the_exports_compile_in_strict_mode(folder: Path) -> None:
    assert compiled(folder, USE) == ""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [('api.next("jams")', 'api.next("jam")'), ("Read = states.saved", "Read = states.ready")],
)
def test_a_name_of_the_other_type_is_an_error_of_the_compiler(
    folder: Path, right: str, wrong: str
) -> None:
    assert right in USE
    assert "error" in compiled(folder, USE.replace(right, wrong))


def test_the_handlers_return_the_responses_of_the_mock(folder: Path) -> None:
    recording = recorded()
    file = folder / "recording.json"
    file.write_text(json.dumps(recording.lines))
    ended = run("node", script("replay.mjs", folder), folder / "msw" / "handlers.ts", file)
    assert f"{len(recording.lines)} lines agree" in ended.stdout, ended.stdout


def test_each_exported_state_and_timeline_has_its_type(folder: Path) -> None:
    index = json.loads((folder / "json" / "index.json").read_text("utf-8"))
    types = {
        name: (each["type"], json.loads((folder / "json" / kind / f"{name}.json").read_text()))
        for kind in ("states", "timelines")
        for name, each in index[kind].items()
    }
    assert types["ready"][0] == types["jams"][0] == "Telescope"
    assert types["saved"][0] == types["clouded"][0] == "Exposure"
    assert types["ready"][1]["ready_since"] == 1_749_988_790
    ends = {name: types[name][1]["segments"][-1]["values"] for name in ("jams", "clouded")}
    assert ends["jams"]["mode"] == "broken"
    assert ends["clouded"]["conclusion"] == "failed"
