"""Several faults on one response."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mock_server import faults
from mock_server.app.mock import Mock, mock_of
from mock_server.contract.exchange import Delivery
from mock_server.state.session_names import DEFAULT
from tests.mock_server.helpers.clocks import START
from tests.mock_server.helpers.faulty import GET, JUDGE, LIST, SHIPPED, Live, breakable, response_of


def test_faults_on_one_response_combine_in_the_order_added(live: Live) -> None:
    live.add("status", status=418, name="teapot")
    live.add("status", status=500, name="too-late")
    live.add("content-type", content_type="text/x-tea", name="tea")
    live.add("truncate", bytes=20, name="cut")
    live.add("drop", when="middle", how="rst", name="gone")
    live.add("drop", name="gone-already")
    received = live.request()
    assert received.data.startswith(b"HTTP/1.1 418 ")
    assert received.header("Content-Type") == "text/x-tea"
    assert received.header("Content-Length") == "20"
    assert (len(received.body), received.end) == (10, "RST")
    assert received.header("X-Mock-Fault") == "teapot, tea, cut, gone"


def test_delays_add_up_and_the_slowest_rate_applies(mock: Mock) -> None:
    for record in (
        {"kind": "delay", "seconds": 1},
        {"kind": "slow-body", "bytes_per_second": 10},
        {"kind": "delay", "seconds": 2.5},
        {"kind": "slow-body", "bytes_per_second": 20},
    ):
        faults.add(mock.context, DEFAULT, record)
    assert response_of(mock).delivery == Delivery(delay=3.5, rate=10)


def test_two_properties_can_be_broken_at_once(mock: Mock) -> None:
    for name in ("version", "is_latest"):
        record = {"kind": "violate", "property": name, "how": "missing"}
        faults.add(mock.context, DEFAULT, record)
    response = response_of(mock)
    assert response.faults == ("violate-1", "violate-2")
    assert not {"version", "is_latest"} & set(json.loads(response.body)["package_release"])


SHARES = st.one_of(
    st.just({}),
    st.builds(lambda n: {"every": n}, st.integers(1, 4)),
    st.builds(lambda n: {"first": n}, st.integers(1, 4)),
    st.builds(
        lambda p, seed: {"probability": p, "seed": seed}, st.floats(0, 1), st.integers(0, 2**70)
    ),
)
OPTIONS = {
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


RECORDS = st.sampled_from(sorted(OPTIONS)).flatmap(
    lambda kind: st.builds(
        lambda options, share, operation: {"kind": kind, **options, **share, **operation},
        OPTIONS[kind],
        SHARES,
        st.sampled_from([{}, {"operation": GET}, {"operation": LIST}]),
    )
)
MOCK = mock_of(JUDGE, SHIPPED, clock=lambda: START)


@given(st.lists(RECORDS, max_size=4))
def test_every_response_that_a_fault_changed_names_the_fault(
    records: list[dict[str, Any]],
) -> None:
    """The same faults apply to the same requests of another session."""
    runs = []
    for session in ("one", "two"):
        for record in records:
            if not ("property" in record and "operation" in record):
                faults.add(MOCK.context, session, record)
        runs.append([response_of(MOCK, session=session) for _ in range(4)])
        MOCK.sessions.delete(session)
    plain = response_of(MOCK, session="three")
    for response in runs[0]:
        header = response.header("X-Mock-Fault")
        assert header == (", ".join(response.faults) if response.faults else None)
        assert response.faults or response == plain
    assert runs[0] == runs[1]


@given(RECORDS)
def test_a_fault_survives_the_round_trip_through_json(record: dict[str, Any]) -> None:
    fault = faults.read(record, JUDGE)
    assert faults.fault_of(fault.record()) == fault
    assert faults.read(json.loads(json.dumps(fault.record())), JUDGE) == fault
    assert fault.record().items() >= record.items()
