"""Parsing an event stream, and the release that its events describe."""

from contract_tests.judging.event_streams import parse_events, resource_after, stream_operations
from tests.helpers.shipped import shipped_sources

SPEC = shipped_sources()[0].spec
((OPERATION, RESPONSE),) = stream_operations(SPEC)
BODY = (
    b": a comment\r\n\r\nid: 1\r\nevent: release\r\n"
    b'data: {"transpilation_logs":\r\ndata: ["a"]}\r\n\r\n'
    b'id: 2\nevent: log\ndata: {"process": "transpilation", "index": 1, "entry": "b"}\n\n'
    b'event: end\ndata: {"display_status": "successful"}\n\n'
)


def test_events_may_have_any_line_ending_and_keep_the_last_id() -> None:
    events = parse_events(RESPONSE, BODY)
    assert [(event.kind, event.id) for event in events] == [
        ("resource", "1"),
        ("log", "2"),
        ("end", "2"),
    ]


def test_a_log_entry_is_inserted_at_its_index() -> None:
    assert resource_after(SPEC, RESPONSE, parse_events(RESPONSE, BODY)) == {
        "transpilation_logs": ["a", "b"]
    }


def test_a_stream_without_a_release_describes_none() -> None:
    assert resource_after(SPEC, RESPONSE, []) is None
