"""How an event stream is read, and what its events fold to."""

from contract_tests.judging.event_streams import parse_events, release_after, stream_operations
from tests.helpers.shipped import shipped_sources

SPEC = shipped_sources()[0].spec
((OPERATION, RESPONSE),) = stream_operations(SPEC)
BODY = (
    b": a comment\r\n\r\nid: 1\r\nevent: release\r\n"
    b'data: {"transpilation_logs":\r\ndata: ["a"]}\r\n\r\n'
    b'id: 2\nevent: log\ndata: {"process": "transpilation", "index": 1, "entry": "b"}\n\n'
    b'event: end\ndata: {"display_status": "successful"}\n\n'
)


def test_events_are_read_with_any_line_ending_and_keep_the_last_id() -> None:
    events = parse_events(RESPONSE, BODY)
    assert [(event.kind, event.id) for event in events] == [
        ("release", "1"),
        ("log", "2"),
        ("end", "2"),
    ]


def test_a_log_entry_is_put_at_its_place() -> None:
    assert release_after(SPEC, RESPONSE, parse_events(RESPONSE, BODY)) == {
        "transpilation_logs": ["a", "b"]
    }


def test_what_tells_no_release_folds_to_none() -> None:
    assert release_after(SPEC, RESPONSE, []) is None
