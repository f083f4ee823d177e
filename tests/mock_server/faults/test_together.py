"""What several faults do together."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server import faults
from mock_server.app.mock import Mock, mock_of
from mock_server.contract.exchange import Delivery
from mock_server.state.sessions import DEFAULT
from tests.mock_server.helpers.clocks import BEGIN
from tests.mock_server.helpers.disturbed import GET, JUDGE, LIST, SHIPPED, Live, asked, breakable


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


RECORDS = st.sampled_from(sorted(OWN)).flatmap(
    lambda kind: st.builds(
        lambda own, share, operation: {"kind": kind, **own, **share, **operation},
        OWN[kind],
        SHARES,
        st.sampled_from([{}, {"operation": GET}, {"operation": LIST}]),
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
