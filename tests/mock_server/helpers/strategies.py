"""Hypothesis strategies for the schemas of the spec, with edge cases."""

from typing import Any

from hypothesis import strategies as st

from mock_server.contract.document.references import resolve
from mock_server.contract.document.spec import Spec

EDGE_TIMESTAMPS = [
    "2025-06-04T12:00:00Z",
    "2025-06-04t12:00:00.5z",
    "2025-06-04T14:00:00.250+02:00",
    "2025-06-04T12:00:00.123456789Z",
    "2025-06-04T12:00:00.1234567890123456789Z",
    "2025-06-04T11:59:59.999999999-00:00",
    "2025-06-05T11:59:00+23:59",
    "2025-06-03T12:01:00-23:59",
    "2016-12-31T23:59:60Z",
    "1990-12-31T15:59:60.9-08:00",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999Z",
    "9999-12-31T23:59:59-14:00",
    "1969-12-31T23:59:59.999Z",
    "2024-02-29T24:00:00Z",
]
EDGE_NUMBERS = [0, -0.0, -1, 0.1, 1.5, 7250, 7250.5, 1e-300, 1e21, 1e300, -1e308, 2**63, -(2**64)]

text = st.sampled_from(["", "a", "null", "\0", "👩\u200d💻", "\u202e", "a" * 300]) | st.text(
    st.characters(codec="utf-8"), max_size=5
)
timestamps = st.sampled_from(EDGE_TIMESTAMPS) | st.builds(
    "2025-06-{:02}T{:02}:{:02}:{:02}{}{}".format,
    st.integers(3, 5),
    st.integers(0, 23),
    st.integers(0, 59),
    st.integers(0, 59),
    st.sampled_from(["", ".0", ".25", ".999", ".000001"]),
    st.sampled_from(["Z", "+00:00", "-05:30", "+05:45"]),
)
numbers = st.sampled_from(EDGE_NUMBERS) | st.integers() | st.floats(
    allow_nan=False, allow_infinity=False
)  # fmt: skip
anything = st.recursive(
    st.none() | st.booleans() | numbers | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=5,
)
OF_TYPES: dict[str, st.SearchStrategy[Any]] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "string": text,
    "number": numbers,
    "array": st.lists(anything, max_size=3),
}


def of_schema(spec: Spec, schema: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for valid values. Objects can lack optional and have unknown properties."""
    schema = resolve(spec.data, schema)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    if "properties" in schema:
        required = set(schema.get("required", ()))
        properties = {name: of_schema(spec, sub) for name, sub in schema["properties"].items()}
        return st.builds(
            lambda declared, more: {**more, **declared},
            st.fixed_dictionaries(
                {name: values for name, values in properties.items() if name in required},
                optional={
                    name: values for name, values in properties.items() if name not in required
                },
            ),
            st.dictionaries(text, anything, max_size=2),
        )
    if schema.get("items"):
        return st.lists(of_schema(spec, schema["items"]), max_size=3)
    types: list[str] = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    strategies = (
        {**OF_TYPES, "string": timestamps} if schema.get("format") == "date-time" else OF_TYPES
    )
    return st.one_of([strategies[name] for name in types])
