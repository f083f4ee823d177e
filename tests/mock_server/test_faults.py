"""Faults disturb what they are asked to, down to the bytes on the wire, and nothing else."""

import json
import logging
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server import faults
from mock_server.app import respond
from mock_server.contract.exchange import Answer, Delivery, Request
from mock_server.contract.judge import Judge
from mock_server.contract.violations import ContractError
from mock_server.delivery import SOCKET, deliver
from mock_server.fixtures.values import Fixtures
from mock_server.instants import moment
from mock_server.live import sources
from mock_server.mock import Mock, mock_of
from mock_server.sessions import DEFAULT
from tests.mock_server.clocks import BEGIN
from tests.mock_server.copies import FIXTURES, SPEC
from tests.mock_server.doors import DOORS

JUDGE, SHIPPED = sources(SPEC, FIXTURES)
GET, LIST, REBUILD = "getPackageRelease", "listPackageReleases", "rebuildPackageRelease"
WATCH = "watchPackageRelease"
ID = "rel_successful"
JSON = {"content-type": "application/json"}
NOW = moment(BEGIN)
OWNER = {**JSON, "authorization": "Bearer testuser-token"}
BY_ID = json.dumps({"package_release_id": ID}).encode()
PACKAGE = "/api/packages/get?package_id=pkg_3"


@dataclass(frozen=True)
class Heard:
    """What a client heard on a connection until its end: all bytes, and ``FIN`` or ``RST``."""

    received: bytes
    end: str

    @property
    def head(self) -> bytes:
        return self.received.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return self.received.partition(b"\r\n\r\n")[2]

    def header(self, name: str) -> str | None:
        lines = self.head.decode().split("\r\n")[1:]
        pairs = (line.split(": ", 1) for line in lines)
        return next((text for key, text in pairs if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class Live:
    """A mock on a socket, its clock standing still."""

    mock: Mock
    address: str

    def add(self, kind: str, session: str = DEFAULT, **fields: Any) -> faults.Fault:
        return faults.add(self.mock.context, session, {"kind": kind, **fields})

    def ask(
        self,
        path: str = "/api/package_releases/get",
        body: bytes | None = BY_ID,
        method: str = "POST",
        headers: Mapping[str, str] = JSON,
    ) -> Heard:
        """Asks over a socket and reads to the end of the connection."""
        lines = [f"{method} {path} HTTP/1.1", "Host: a", "Connection: close"]
        lines += [f"{name}: {text}" for name, text in headers.items()]
        lines += [f"Content-Length: {len(body)}"] if body is not None else []
        server = urlsplit(self.address)
        with socket.create_connection((server.hostname, server.port), timeout=20) as client:
            client.sendall("\r\n".join([*lines, "", ""]).encode() + (body or b""))
            received = b""
            try:
                while part := client.recv(65536):
                    received += part
            except ConnectionResetError:
                return Heard(received, "RST")
            return Heard(received, "FIN")


@pytest.fixture(params=DOORS)
def live(request: pytest.FixtureRequest) -> Iterator[Live]:
    mock = mock_of(JUDGE, SHIPPED, clock=lambda: BEGIN)
    with DOORS[request.param](mock) as address:
        yield Live(mock, address)


@pytest.fixture
def mock(judge: Judge, fixtures: Fixtures) -> Mock:
    return mock_of(judge, fixtures, clock=lambda: BEGIN)


def asked(
    mock: Mock, path: str = "/api/package_releases/get", body: Any = None, session: str = DEFAULT
) -> Answer:
    """The answer before it is on a wire."""
    sent = json.dumps(body or {"package_release_id": ID}).encode()
    headers = {**OWNER, "x-mock-session": session}
    return respond(mock, Request("POST", path, (), headers, sent))


# What is seen on the wire.


def test_a_delay_lets_the_first_byte_come_late_and_changes_no_other(live: Live) -> None:
    plain = live.ask()
    live.add("delay", seconds=0.2, name="late")
    began = time.monotonic()
    heard = live.ask()
    assert time.monotonic() - began >= 0.2
    assert (heard.body, heard.end) == (plain.body, "FIN")
    assert heard.received == plain.received.replace(b"\r\nDate", b"\r\nX-Mock-Fault: late\r\nDate")


def test_jitter_adds_what_its_seed_says(mock: Mock) -> None:
    def delays(session: str, seed: int) -> list[float]:
        record = {"kind": "delay", "seconds": 5, "jitter": 10, "seed": seed}
        faults.add(mock.context, session, record)
        answers = [asked(mock, session=session) for _ in range(20)]
        return [answer.delivery.delay for answer in answers if answer.delivery]

    one = delays("a", 1)
    assert delays("b", 1) == one
    assert delays("c", 2) != one
    assert len(set(one)) == 20
    assert all(5 <= delay <= 15 for delay in one)


def test_an_error_stands_in_place_of_the_answer(live: Live) -> None:
    live.add("status", status=503, retry_after=7)
    heard = live.ask()
    assert heard.received.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert (heard.header("Retry-After"), heard.header("X-Mock-Fault")) == ("7", "status-1")
    assert not JUDGE.outside(503, Answer(503, (("Content-Type", "application/json"),), heard.body))


@pytest.mark.parametrize("name", [GET, REBUILD])
def test_any_error_is_answered_in_the_form_of_all_errors(mock: Mock, name: str) -> None:
    """It is the documented one where there is one; else its code and message say the status."""
    operation = JUDGE.spec.operations[name]
    for status in range(400, 600):
        faults.add(mock.context, DEFAULT, {"kind": "status", "status": status, "name": "error"})
        answer = asked(mock, f"/api{operation.path}")
        assert answer.status == status
        if status in operation.responses:
            assert not JUDGE.answer(operation, None, answer, NOW)
        elif status in JUDGE.spec.outside:
            assert not JUDGE.outside(status, answer)
        else:
            ((outer, error), *more) = json.loads(answer.body).items()
            assert (outer, more, set(error)) == ("error", [], {"error_code", "message"})
            assert all(error.values())


def test_a_slow_body_is_whole(live: Live) -> None:
    plain = live.ask()
    live.add("slow-body", bytes_per_second=20_000)
    heard = live.ask()
    assert (heard.body, heard.end) == (plain.body, "FIN")


def test_a_slow_body_comes_in_pieces_of_its_rate() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        pieces = [*deliver([b"a" * 250], Delivery(rate=1000), {SOCKET: ours})]
    assert [len(piece) for piece in pieces] == [100, 100, 50]


@pytest.mark.parametrize("delivery", [Delivery(delay=300), Delivery(rate=1)])
def test_a_client_that_leaves_ends_the_waiting(delivery: Delivery) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        theirs.close()
        parts = deliver([b"a" * 1000], delivery, {SOCKET: ours})
        with pytest.raises(ConnectionAbortedError):
            list(parts)


def test_a_client_that_has_more_to_say_is_answered_in_its_time() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"GET / HTTP/1.1\r\n")
        began = time.monotonic()
        assert b"".join(deliver([b"a"], Delivery(delay=0.1), {SOCKET: ours})) == b"a"
        assert time.monotonic() - began >= 0.1


@pytest.mark.parametrize("size", [0, 1, 100, None])
def test_a_truncated_body_is_a_complete_message_of_cut_json(live: Live, size: int | None) -> None:
    plain = live.ask()
    own: dict[str, Any] = {} if size is None else {"bytes": size}
    live.add("truncate", **own)
    heard = live.ask()
    cut = plain.body[: len(plain.body) // 2 if size is None else size]
    assert (heard.body, heard.end) == (cut, "FIN")
    assert heard.header("Content-Length") == str(len(cut))
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(heard.body.decode())


def test_a_body_shorter_than_where_it_would_be_cut_is_left_alone(live: Live) -> None:
    plain = live.ask()
    live.add("truncate", bytes=len(plain.body))
    assert live.ask() == plain


def test_another_content_type_is_said_of_the_same_body(live: Live) -> None:
    plain = live.ask()
    live.add("content-type", first=1)
    live.add("content-type", content_type="text/plain; charset=latin-1")
    live.ask()
    heard = live.ask()
    assert heard.head.count(b"Content-Type: ") == 1
    assert heard.header("Content-Type") == "text/plain; charset=latin-1"
    assert heard.body == plain.body


@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_connection_dropped_before_the_answer_gives_no_byte(
    live: Live, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    live.add("drop", how=how)
    with caplog.at_level(logging.INFO):
        assert live.ask() == Heard(b"", how.upper())
    assert {record.name for record in caplog.records} == {"mock_server"}, "the server complains"
    assert {record.levelname for record in caplog.records} == {"INFO"}


@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_connection_dropped_in_the_middle_gives_half_of_the_body(live: Live, how: str) -> None:
    plain = live.ask()
    live.add("drop", when="middle", how=how, name="gone")
    heard = live.ask()
    assert heard.end == how.upper()
    assert heard.header("X-Mock-Fault") == "gone"
    assert heard.header("Content-Length") == str(len(plain.body))
    assert heard.body == plain.body[: len(plain.body) // 2]


def test_a_dropped_connection_is_dropped_again_and_again(live: Live) -> None:
    live.add("drop", how="rst", every=2)
    assert [live.ask().end for _ in range(40)] == ["FIN", "RST"] * 20


@pytest.mark.parametrize("after", [0, 1])
def test_a_stream_is_cut_after_so_many_events(live: Live, after: int) -> None:
    path = f"/api/package_releases/events?package_release_id={ID}"
    plain = live.ask(path, None, "GET", {})
    assert plain.body.count(b"data: ") == 2
    assert plain.body.endswith(b"0\r\n\r\n")
    live.add("cut-stream", after=after)
    heard = live.ask(path, None, "GET", {})
    assert (heard.body.count(b"data: "), heard.end) == (after, "FIN")
    assert not heard.body.endswith(b"0\r\n\r\n")
    assert heard.header("X-Mock-Fault") == "cut-stream-1"
    assert live.ask().header("X-Mock-Fault") is None


def test_a_stream_dropped_in_the_middle_gives_its_first_event(live: Live) -> None:
    live.add("drop", when="middle", how="rst")
    heard = live.ask(f"/api/package_releases/events?package_release_id={ID}", None, "GET", {})
    assert (heard.body.count(b"data: "), heard.end) == (1, "RST")


def test_head_is_disturbed_as_get_is_and_has_no_body(live: Live) -> None:
    live.add("truncate", bytes=7, operation="getPackage", first=1)
    live.add("drop", operation="getPackage", every=2)
    heard = live.ask(PACKAGE, None, "HEAD", {})
    assert (heard.header("Content-Length"), heard.body, heard.end) == ("7", b"", "FIN")
    assert live.ask(PACKAGE, None, "HEAD", {}) == Heard(b"", "FIN")
    faults.clear(live.mock.context, DEFAULT)
    live.add("drop", when="middle", how="rst")
    heard = live.ask(PACKAGE, None, "HEAD", {})
    assert (heard.head[:15], heard.body, heard.end) == (b"HTTP/1.1 200 OK", b"", "RST")


def test_a_server_that_shows_no_socket_is_told_so() -> None:
    with pytest.raises(RuntimeError, match=r"werkzeug\.socket"):
        deliver([b""], Delivery(delay=1), {})


def test_a_page_of_another_origin_may_read_the_mark(live: Live) -> None:
    live.add("delay", seconds=0)
    heard = live.ask(headers={**JSON, "Origin": "http://page.example"})
    assert "x-mock-fault" in (heard.header("Access-Control-Expose-Headers") or "")


# Which requests are struck.


def struck(mock: Mock, session: str = DEFAULT, requests: int = 12) -> list[int]:
    """The requests, counted from 1, whose answers are marked."""
    return [n for n in range(1, requests + 1) if asked(mock, session=session).faults]


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        ({}, [*range(1, 13)]),
        ({"every": 1}, [*range(1, 13)]),
        ({"every": 5}, [5, 10]),
        ({"first": 2}, [1, 2]),
        ({"probability": 0}, []),
        ({"probability": 1}, [*range(1, 13)]),
    ],
)
def test_a_share_of_the_requests_is_struck(
    mock: Mock, share: dict[str, Any], expected: list[int]
) -> None:
    faults.add(mock.context, DEFAULT, {"kind": "delay", "seconds": 1, **share})
    assert struck(mock) == expected


def test_a_probability_strikes_what_its_seed_says(mock: Mock) -> None:
    def seeded(session: str, seed: int) -> list[int]:
        record = {"kind": "delay", "seconds": 1, "probability": 0.3, "seed": seed}
        faults.add(mock.context, session, record)
        return struck(mock, session, 200)

    assert seeded("a", 1) == seeded("b", 1)
    assert seeded("c", 2) != seeded("d", 3)
    assert 30 < len(seeded("e", 4)) < 90


def test_a_session_is_disturbed_by_its_own_faults_alone(mock: Mock) -> None:
    for session in "ab":
        faults.add(mock.context, session, {"kind": "status", "status": 500, "first": 2})
    assert struck(mock, "a") == [1, 2]
    assert struck(mock, "b") == [1, 2]
    assert struck(mock, "c") == []


def test_only_the_operation_that_is_named_is_disturbed_and_counted(mock: Mock) -> None:
    faults.add(
        mock.context, DEFAULT, {"kind": "status", "status": 500, "operation": LIST, "every": 2}
    )
    lists = []
    for _ in range(4):
        assert asked(mock).status == 200
        lists.append(asked(mock, "/api/package_releases/list", {"package_id": "pkg_3"}).status)
    assert lists == [200, 500, 200, 500]


@pytest.mark.parametrize("path", ["/", "/api/nowhere", "/api/package_releases/nothing"])
def test_what_is_no_operation_is_never_disturbed(live: Live, path: str) -> None:
    plain = live.ask(path, None, "GET", {})
    options = live.ask(method="OPTIONS", body=None, headers={})
    live.add("drop")
    assert live.ask(path, None, "GET", {}) == plain
    assert live.ask(method="OPTIONS", body=None, headers={}) == options


def test_faults_that_are_cleared_or_given_anew_begin_to_count_anew(mock: Mock) -> None:
    record = {"kind": "status", "status": 500, "first": 1, "name": "once"}
    faults.add(mock.context, DEFAULT, record)
    assert struck(mock) == [1]
    faults.clear(mock.context, DEFAULT)
    assert struck(mock) == []
    faults.add(mock.context, DEFAULT, record)
    assert struck(mock) == [1]
    faults.add(mock.context, DEFAULT, {**record, "first": 2})
    assert struck(mock) == [1, 2]
    mock.sessions.anew(DEFAULT)
    faults.add(mock.context, DEFAULT, record)
    assert struck(mock) == [1]


def test_one_fault_is_cleared_by_its_name(mock: Mock) -> None:
    for name in ("a", "b"):
        faults.add(mock.context, DEFAULT, {"kind": "delay", "seconds": 0, "name": name})
    faults.clear(mock.context, DEFAULT, "a")
    assert asked(mock).faults == ("b",)
    with pytest.raises(ContractError, match=r"is the name of a fault.*valid: b"):
        faults.clear(mock.context, DEFAULT, "a")


def test_faults_are_named_by_their_kind_and_the_first_free_number(mock: Mock) -> None:
    records = [{"kind": "delay", "seconds": 0}, {"kind": "drop"}, {"kind": "delay", "seconds": 0}]
    names = [faults.add(mock.context, DEFAULT, record).name for record in records]
    assert names == ["delay-1", "drop-1", "delay-2"]


# What has happened when an answer is disturbed.


def test_a_rebuild_that_is_answered_by_a_fault_has_not_happened(mock: Mock) -> None:
    faults.add(mock.context, DEFAULT, {"kind": "status", "status": 503, "operation": REBUILD})
    before = mock.sessions.world(DEFAULT).plays
    assert asked(mock, "/api/package_releases/rebuild").status == 503
    assert mock.sessions.world(DEFAULT).plays == before


@pytest.mark.parametrize(
    "record",
    [
        {"kind": "drop"},
        {"kind": "truncate"},
        {"kind": "violate", "property": "is_latest", "how": "null"},
    ],
    ids=lambda record: record["kind"],
)
def test_a_rebuild_whose_answer_is_disturbed_has_happened(
    mock: Mock, record: dict[str, Any]
) -> None:
    faults.add(mock.context, DEFAULT, {**record, "operation": REBUILD})
    assert asked(mock, "/api/package_releases/rebuild").faults == (f"{record['kind']}-1",)
    assert ID in mock.sessions.world(DEFAULT).plays


# What a violation breaks.


def breakable() -> list[tuple[str, str]]:
    """Each property of a release with each way to break it that is accepted."""

    def accepted(name: str, how: str) -> bool:
        try:
            faults.read({"kind": "violate", "property": name, "how": how}, JUDGE)
        except ContractError:
            return False
        return True

    ways = ("enum", "null", "missing", "type")
    return [(name, how) for name in JUDGE.spec.properties for how in ways if accepted(name, how)]


def test_every_property_can_be_broken_as_its_schema_lets_it() -> None:
    schema = JUDGE.spec.schema(JUDGE.spec.release)
    found = breakable()
    assert {name for name, how in found if how == "missing"} == set(schema["required"])
    assert {name for name, how in found if how == "type"} == set(JUDGE.spec.properties)
    enums = {name for name, says in JUDGE.spec.properties.items() if "enum" in says}
    assert {name for name, how in found if how == "enum"} == enums
    nullable = {n for n, says in JUDGE.spec.properties.items() if "null" in says["type"]}
    assert {name for name, how in found if how == "null"} == set(JUDGE.spec.properties) - nullable


@pytest.mark.parametrize(("name", "how"), breakable())
def test_a_violation_breaks_the_schema_exactly_there(mock: Mock, name: str, how: str) -> None:
    """In every release of the answer; and what the judge finds stands nowhere else."""
    plain = asked(mock, "/api/package_releases/list", {"package_id": "pkg_3"})
    faults.add(mock.context, DEFAULT, {"kind": "violate", "property": name, "how": how})
    answer = asked(mock, "/api/package_releases/list", {"package_id": "pkg_3"})
    operation = JUDGE.spec.operations[LIST]
    found = JUDGE.answer(operation, None, answer, NOW)
    releases = json.loads(plain.body)["package_releases"]
    last = "" if how == "missing" else f"/{name}"
    assert {v.pointer for v in found} == {
        f"/package_releases/{n}{last}" for n in range(len(releases))
    }
    for before, after in zip(releases, json.loads(answer.body)["package_releases"], strict=True):
        assert {key for key in before if key != name} == {key for key in after if key != name}
        assert all(before[key] == after[key] for key in before if key != name)
        assert (name in after) == (how != "missing")


@pytest.mark.parametrize(
    ("where", "how", "status"),
    [
        ("/ok", "missing", 200),
        ("/ok", "enum", 200),
        ("/package_release", "null", 200),
        ("/package_release/transpilation_logs", "type", 200),
        ("/error/error_code", "enum", 404),
        ("/error/message", "missing", 404),
    ],
)
def test_a_pointer_names_what_is_broken_and_no_other_answer_is(
    mock: Mock, where: str, how: str, status: int
) -> None:
    record = {"kind": "violate", "property": where, "how": how, "operation": GET}
    faults.add(mock.context, DEFAULT, record)
    for key, answered in ((ID, 200), ("rel_unknown", 404)):
        answer = asked(mock, body={"package_release_id": key})
        found = JUDGE.answer(JUDGE.spec.operations[GET], None, answer, NOW)
        broken = [where.rpartition("/")[0] if how == "missing" else where]
        assert answer.status == answered
        assert [*dict.fromkeys(v.pointer for v in found)] == (broken if answered == status else [])
        assert bool(answer.faults) == (answered == status)


# What faults do together.


def test_faults_on_one_answer_combine_in_the_order_given(live: Live) -> None:
    live.add("status", status=418, name="teapot")
    live.add("status", status=500, name="too-late")
    live.add("content-type", content_type="text/x-tea", name="tea")
    live.add("truncate", bytes=20, name="cut")
    live.add("drop", when="middle", how="rst", name="gone")
    live.add("drop", name="gone-already")
    heard = live.ask()
    assert heard.received.startswith(b"HTTP/1.1 418 ")
    assert heard.header("Content-Type") == "text/x-tea"
    assert heard.header("Content-Length") == "20"
    assert (len(heard.body), heard.end) == (10, "RST")
    assert heard.header("X-Mock-Fault") == "teapot, tea, cut, gone"


def test_delays_add_up_and_the_slowest_rate_holds(mock: Mock) -> None:
    for record in (
        {"kind": "delay", "seconds": 1},
        {"kind": "slow-body", "bytes_per_second": 10},
        {"kind": "delay", "seconds": 2.5},
        {"kind": "slow-body", "bytes_per_second": 20},
    ):
        faults.add(mock.context, DEFAULT, record)
    assert asked(mock).delivery == Delivery(delay=3.5, rate=10)


def test_two_properties_are_broken_at_once(mock: Mock) -> None:
    for name in ("version", "is_latest"):
        record = {"kind": "violate", "property": name, "how": "missing"}
        faults.add(mock.context, DEFAULT, record)
    answer = asked(mock)
    assert answer.faults == ("violate-1", "violate-2")
    assert not {"version", "is_latest"} & set(json.loads(answer.body)["package_release"])


SHARES = st.one_of(
    st.just({}),
    st.builds(lambda n: {"every": n}, st.integers(1, 4)),
    st.builds(lambda n: {"first": n}, st.integers(1, 4)),
    st.builds(
        lambda p, seed: {"probability": p, "seed": seed}, st.floats(0, 1), st.integers(0, 2**70)
    ),
)
OWN = {
    "delay": st.fixed_dictionaries({"seconds": st.floats(0, 300), "jitter": st.integers(0, 300)}),
    "status": st.fixed_dictionaries({"status": st.integers(400, 599)}),
    "slow-body": st.fixed_dictionaries({"bytes_per_second": st.integers(1, 10**12)}),
    "truncate": st.fixed_dictionaries({}, optional={"bytes": st.integers(0, 3000)}),
    "content-type": st.fixed_dictionaries({}),
    "violate": st.sampled_from(breakable()).map(lambda b: {"property": b[0], "how": b[1]}),
    "drop": st.fixed_dictionaries(
        {"when": st.sampled_from(["before", "middle"]), "how": st.sampled_from(["fin", "rst"])}
    ),
    "cut-stream": st.fixed_dictionaries({"after": st.integers(0, 3)}),
}


def concerned(kind: str) -> list[str]:
    return [WATCH] if kind == "cut-stream" else [GET, LIST]


RECORDS = st.sampled_from(sorted(OWN)).flatmap(
    lambda kind: st.builds(
        lambda own, share, operation: {"kind": kind, **own, **share, **operation},
        OWN[kind],
        SHARES,
        st.sampled_from([{}, *({"operation": each} for each in concerned(kind))]),
    )
)
QUIET = mock_of(JUDGE, SHIPPED, clock=lambda: BEGIN)


@settings(deadline=None)
@given(st.lists(RECORDS, max_size=4))
def test_whatever_the_faults_what_is_not_marked_is_not_touched(
    records: list[dict[str, Any]],
) -> None:
    """And what is marked says so; the same faults strike the same requests a second time."""
    told = []
    for session in ("one", "two"):
        for record in records:
            if not ("property" in record and "operation" in record):
                faults.add(QUIET.context, session, record)
        told.append([asked(QUIET, session=session) for _ in range(4)])
        QUIET.sessions.drop(session)
    plain = asked(QUIET, session="three")
    for answer in told[0]:
        mark = answer.header("X-Mock-Fault")
        assert mark == (", ".join(answer.faults) if answer.faults else None)
        assert answer.faults or answer == plain
    assert told[0] == told[1]


@settings(deadline=None)
@given(RECORDS)
def test_the_json_form_of_a_fault_reads_as_the_same_fault(record: dict[str, Any]) -> None:
    fault = faults.read(record, JUDGE)
    assert faults.fault_of(fault.record()) == fault
    assert faults.read(json.loads(json.dumps(fault.record())), JUDGE) == fault
    assert fault.record().items() >= record.items()


# What is no fault.

LATE = {"kind": "delay", "seconds": 1}
BROKEN = {"kind": "violate", "property": "version", "how": "type"}
WRONG: list[tuple[Any, str, str]] = [
    (None, "", "is an object"),
    ([], "", "is an object"),
    ({}, "/kind", "delay, status, slow-body, truncate, content-type, violate, drop, cut-stream"),
    ({"kind": 1}, "/kind", "is one of delay, status"),
    ({"kind": "stat"}, "/kind", "did you mean status?"),
    ({"kind": "delay"}, "", "seconds is required"),
    ({**LATE, "secnds": 2}, "/secnds", "did you mean seconds?"),
    ({**LATE, "status": 503}, "/status", "is one of kind, name, operation"),
    ({**LATE, "name": "a b"}, "/name", "A-Za-z0-9_.-"),
    ({**LATE, "name": "a\n"}, "/name", "A-Za-z0-9_.-"),
    ({**LATE, "name": ""}, "/name", "{1,64}"),
    ({**LATE, "operation": "getPackageRelase"}, "/operation", "did you mean getPackageRelease?"),
    ({**LATE, "operation": ""}, "/operation", "is an operationId: getPackageRelease, "),
    ({**LATE, "every": 0}, "/every", "at least 1"),
    ({**LATE, "every": 1.5}, "/every", "is a whole number"),
    ({**LATE, "every": True}, "/every", "is a whole number"),
    ({**LATE, "first": 0}, "/first", "at least 1"),
    ({**LATE, "first": "1"}, "/first", "is a whole number"),
    ({**LATE, "probability": -0.1}, "/probability", "at least 0"),
    ({**LATE, "probability": 1.1}, "/probability", "at most 1"),
    ({**LATE, "seed": "a"}, "/seed", "is a whole number"),
    ({**LATE, "every": 2, "first": 1}, "/first", "at most one of every, first, probability"),
    ({**LATE, "first": 2, "probability": 1}, "/probability", "at most one of"),
    ({"kind": "delay", "seconds": -1}, "/seconds", "at least 0"),
    ({"kind": "delay", "seconds": 301}, "/seconds", "at most 300"),
    ({"kind": "delay", "seconds": "1"}, "/seconds", "is a number"),
    ({**LATE, "jitter": 301}, "/jitter", "at most 300"),
    ({"kind": "status", "status": 399}, "/status", "at least 400"),
    ({"kind": "status", "status": 600}, "/status", "at most 599"),
    ({"kind": "status", "status": "503"}, "/status", "is a whole number"),
    ({"kind": "status", "status": 503, "retry_after": 1.5}, "/retry_after", "is a whole number"),
    ({"kind": "status", "status": 503, "retry_after": -1}, "/retry_after", "at least 0"),
    ({"kind": "slow-body", "bytes_per_second": 0}, "/bytes_per_second", "at least 1"),
    ({"kind": "truncate", "bytes": -1}, "/bytes", "at least 0"),
    ({"kind": "content-type", "content_type": ""}, "/content_type", "matches"),
    ({"kind": "content-type", "content_type": "a\r\nb: c"}, "/content_type", "matches"),
    ({"kind": "content-type", "content_type": "ü"}, "/content_type", "matches"),
    ({**BROKEN, "how": "wrong"}, "/how", "is one of enum, null, missing, type"),
    ({**BROKEN, "how": "null"}, "/how", "what breaks it: type, missing"),
    ({**BROKEN, "how": "enum"}, "/how", "what breaks it: type, missing"),
    ({**BROKEN, "property": ""}, "/property", "is not empty"),
    ({**BROKEN, "property": "versoin"}, "/property", "did you mean version?"),
    ({**BROKEN, "property": "/package_release/versoin"}, "/property", "/package_release/version?"),
    ({**BROKEN, "property": "/x"}, "/property", "/package_release"),
    ({**BROKEN, "property": "/package_releases/a/version"}, "/property", "is a property"),
    ({**BROKEN, "operation": "getPackage"}, "/property", "valid: /error, /ok, /package"),
    ({"kind": "drop", "when": "after"}, "/when", "is one of before, middle"),
    ({"kind": "drop", "how": "bang"}, "/how", "is one of fin, rst"),
    ({"kind": "cut-stream", "after": -1}, "/after", "at least 0"),
    ({"kind": "cut-stream"}, "", "after is required"),
    (
        {"kind": "cut-stream", "after": 1, "operation": "getPackage"},
        "/operation",
        "an operation that answers a stream: watchPackageRelease",
    ),
]


@pytest.mark.parametrize(("record", "pointer", "told"), WRONG)
def test_what_is_wrong_is_named_with_what_would_be_right_and_nothing_is_kept(
    mock: Mock, record: Any, pointer: str, told: str
) -> None:
    before = mock.sessions.world(DEFAULT)
    with pytest.raises(ContractError) as caught:
        faults.add(mock.context, DEFAULT, record)
    (violation,) = caught.value.violations
    assert violation.pointer == pointer
    assert told in str(violation)
    assert mock.sessions.world(DEFAULT) == before


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ContractError) as caught:
        faults.read({"kind": "delay", "seconds": -1, "every": 0, "speed": 1}, JUDGE)
    told = str(caught.value)
    assert all(text in told for text in ("/seconds", "/every", "speed"))
