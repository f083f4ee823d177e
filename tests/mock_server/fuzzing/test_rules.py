"""Any text as a CEL rule is refused with a message, or has a verdict on every value in time."""

import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mock_server.contract.document.loading import load
from mock_server.contract.judge import judge_of
from mock_server.contract.violations import ContractError
from tests.helpers.fuzzing import fuzzed
from tests.mock_server.helpers.small_documents import document

NOW = datetime(2030, 1, 1, tzinfo=UTC)
PROPERTIES: dict[str, Any] = {
    "n": {"type": ["integer", "null"]},
    "t": {"type": "string"},
    "l": {"type": "array", "items": {"type": "integer"}},
    "at": {"type": "string", "format": "date-time"},
    "o": {"type": "object", "properties": {"x": {"type": "number"}}},
}
ATOMS = (
    *("self.n", "self.t", "self.l", "self.at", "self.o.x", "self.o", "self.none", "now", "null"),
    *("1", "-1", "0", "9223372036854775807", "1.5", "1e308", "'a'", '"\\u0000"', "b'x'", "true"),
    *("[]", "[1, 'a', null]", "{}", "{'a': 1}", "duration('1s')", "timestamp(self.at)", "oldSelf"),
)
BINARY = ("==", "!=", "<", "<=", "+", "-", "*", "/", "%", "&&", "||", "in")
CALLS = (
    *("size({0})", "string({0})", "int({0})", "!({0})", "-({0})", "has({0})", "distinct({0})"),
    *("unit({0})", "pluck({0}, 'x')", "hasPrefix({0}, {1})", "{0}.all(a, {1})", "{0}[{1}]"),
    *("{0}.exists(a, a == {1})", "{0}.map(a, a)", "{0}.filter(a, {1})", "{0}.matches({1})"),
    *("{0}.startsWith({1})", "({0} ? {1} : {0})", "({0}", "{0}.x.y", "{0} // {1}"),
)


def expressions() -> st.SearchStrategy[str]:
    """Generate expressions that are often valid, and of any type."""

    def larger(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        joined = st.builds("({} {} {})".format, smaller, st.sampled_from(BINARY), smaller)
        called = st.builds(str.format, st.sampled_from(CALLS), smaller, smaller)
        return joined | called

    return st.recursive(st.sampled_from(ATOMS) | st.text(max_size=5), larger, max_leaves=6)


VALUES = st.fixed_dictionaries(
    {},
    optional={
        "n": st.integers(-(2**63), 2**63 - 1) | st.none(),
        "t": st.text(max_size=5),
        "l": st.lists(st.integers(-5, 5), max_size=5),
        "at": st.sampled_from(["2030-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999+14:00"]),
        "o": st.fixed_dictionaries({}, optional={"x": st.floats(allow_nan=False)}),
    },
)


@fuzzed()
@given(expressions().filter(lambda text: text.isprintable()), VALUES)
def test_any_rule_is_refused_or_has_a_verdict(rule: str, value: dict[str, Any]) -> None:
    schema = {
        "type": "object",
        "properties": PROPERTIES,
        "x-invariants": [{"id": "any", "message": "must hold", "rule": rule}],
    }
    response = {"200": {"description": "OK", "content": {"application/json": {"schema": schema}}}}
    data = document({"/a": {"get": {"operationId": "get", "responses": response}}}, {"A": schema})
    with TemporaryDirectory() as folder:
        path = Path(folder) / "openapi.json"
        path.write_text(json.dumps(data), "utf-8")
        try:
            judge = judge_of(load(path))
        except ContractError:
            return
    for violation in judge.resource("A", value, NOW):
        assert "Traceback" not in str(violation)
