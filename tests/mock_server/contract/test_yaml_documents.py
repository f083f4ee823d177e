"""YAML is read without implicit conversions; unsupported syntax is an error with a location."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from mock_server.contract.source.files import MAX_FILE_SIZE
from mock_server.contract.source.yaml_documents import read
from mock_server.contract.violations import ContractError
from tests.mock_server.helpers.copies import violations_of


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "file.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


INVALID: dict[str, tuple[str | bytes, str, str, str]] = {
    # name: the file, line:column, the rule, a part of the message or the fix
    "a key twice": ("a: 1\nb: 2\na: 3\n", "3:1", "duplicate-key", "line 1"),
    "a key twice, quoted": ('a: 1\n"a": 3\n', "2:1", "duplicate-key", "line 1"),
    "a key twice in a flow": ("x: {a: 1, a: 3}\n", "1:11", "duplicate-key", "line 1"),
    "a key twice below a list": ("- 1\n- a: 1\n  a: 2\n", "3:3", "duplicate-key", "line 2"),
    "an alias": ("a: 1\nb: *x\n", "2:4", "alias", "write the value out"),
    "an anchor alone": ("a: &x 1\n", "1:4", "anchor", "remove"),
    "an anchor on a key": ("&x a: 1\n", "1:1", "anchor", "remove"),
    "a number too large": ("a: -1e999\n", "1:4", "number", ""),
    "an alias as a key": ("? *x\n: 1\n", "1:3", "key", "text key"),
    "a merge key": ("a: 1\n<<: {b: 2}\n", "2:1", "merge", "write the keys out"),
    "a tag": ("a: !!str 1\n", "1:4", "tag", "remove"),
    "a custom tag": ("a: !mine {b: 1}\n", "1:4", "tag", "remove"),
    "a tag on a key": ("!!str a: 1\n", "1:1", "tag", "remove"),
    "a Python object": ("a: !!python/object:os.system [ls]\n", "1:4", "tag", "python"),
    "a Python call": ("!!python/object/apply:os.system ['exit 1']\n", "1:1", "tag", "python"),
    "a second document": ("a: 1\n---\nb: 2\n", "2:1", "one-document", "split it"),
    "a tab that indents": ("a:\n\tb: 1\n", "2:1", "yaml", ""),
    "a mapping as a key": ("? {a: 1}\n: 2\n", "1:3", "key", "text key"),
    "a list as a key": ("[a]: 2\n", "1:1", "key", "text key"),
    "an unclosed flow sequence": ("a: [1, 2\n", "2:1", "yaml", ""),
    "a lone surrogate": ('a: "\\ud800"\n', "1:", "", ""),
    "two levels on one line": ("a: b: c\n", "1:5", "yaml", ""),
    "nesting of 5000 levels": ("[" * 5000, "1:102", "depth", "100"),
    "deep nesting": ("[" * 200 + "]" * 200, "1:102", "depth", "100"),
    "deep nesting of keys": ("{a: " * 200 + "1" + "}" * 200, "1:", "depth", "100"),
}


@pytest.mark.parametrize(("content", "at", "rule", "word"), INVALID.values(), ids=INVALID)
def test_invalid_yaml_is_an_error_with_its_location_and_fix(
    tmp_path: Path, content: str | bytes, at: str, rule: str, word: str
) -> None:
    path = written(tmp_path, content)
    first = violations_of(read, path)[0]
    assert first.location.startswith(f"{path}:{at}")
    assert rule in first.rule
    assert word in str(first)


def test_nested_aliases_are_rejected_without_expansion(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    violations = violations_of(read, written(tmp_path, "\n".join(lines)))
    assert sum(violation.rule == "alias" for violation in violations) == 9 * 11


def test_a_file_that_is_not_utf_8_is_an_error_with_the_byte(tmp_path: Path) -> None:
    (violation,) = violations_of(read, written(tmp_path, b"a: caf\xe9\n"))
    assert "0xe9" in str(violation)
    assert "offset 6" in str(violation)
    assert "UTF-8" in violation.fix


def test_utf_16_is_rejected(tmp_path: Path) -> None:
    violations_of(read, written(tmp_path, "a: 1\n".encode("utf-16")))


def test_a_file_of_50_mb_is_rejected_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    (violation,) = violations_of(read, path)
    assert violation.location == str(path)
    assert str(MAX_FILE_SIZE) in violation.message
    assert violation.fix


def test_a_folder_and_a_missing_file_are_file_errors(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.yaml"):
        (violation,) = violations_of(read, path)
        assert (violation.rule, violation.location) == ("file", str(path))


def test_all_errors_of_a_file_are_reported_in_one_run(tmp_path: Path) -> None:
    content = "a: 1\na: 2\nb: *x\nc: !!set {}\n<<: {d: 1}\n? [e]\n: f\n"
    violations = violations_of(read, written(tmp_path, content))
    assert [v.rule for v in violations] == ["duplicate-key", "alias", "tag", "merge", "key"]
    assert [v.location.split(":")[-2] for v in violations] == ["2", "3", "4", "5", "6"]


LITERAL: dict[str, Any] = {
    # text in the file: parsed value
    "yes": "yes",
    "no": "no",
    "on": "on",
    "Off": "Off",
    "True": "True",
    "NULL": "NULL",
    "2025-06-04T12:00:00.000Z": "2025-06-04T12:00:00.000Z",
    "2025-06-04": "2025-06-04",
    "1:30": "1:30",
    "0x1F": "0x1F",
    "0o17": "0o17",
    "017": "017",
    "1_000": "1_000",
    "+1": "+1",
    ".5": ".5",
    "1.": "1.",
    ".inf": ".inf",
    ".nan": ".nan",
    "a84f3c": "a84f3c",
    "1e3x": "1e3x",
    "'1.10'": "1.10",
    '"1.10"': "1.10",
    "=": "=",
    "true": True,
    "false": False,
    "null": None,
    "~": None,
    "": None,
    "1.10": 1.1,
    "-0.5": -0.5,
    "1.5e+300": 1.5e300,
    "4040404040404040404040404040404040404040": int("40" * 20),
    "|\n  two\n  lines": "two\nlines",
}


@pytest.mark.parametrize(("text", "value"), LITERAL.items(), ids=map(repr, LITERAL))
def test_scalars_are_numbers_of_json_true_false_null_or_text(
    tmp_path: Path, text: str, value: object
) -> None:
    parsed = read(written(tmp_path, f"a: {text}")).data["a"]
    assert parsed == value
    assert type(parsed) is type(value)


def test_a_document_has_the_location_of_every_value(tmp_path: Path) -> None:
    path = written(tmp_path, "a:\n  - b/c: 1\n    d~e: [2, 3]\n")
    document = read(path)
    locations = {"": "1:1", "/a/0": "2:5", "/a/0/b~1c": "2:10", "/a/0/d~0e/1": "3:14"}
    assert {pointer: document.location(pointer) for pointer in locations} == {
        pointer: f"{path}:{location}" for pointer, location in locations.items()
    }
    assert document.location("/a/0/nothing/there") == f"{path}:2:5"


TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=15,
)


@given(JSON)
@example({"<<": 1, "": "", "null": "null", "=": "~"})
@example(["\x85\u2028\u2029\ufeff", "\x7f\x00", " a ", "a: b", "#", "1.10", "yes"])
@example({"\U0001f680": ["\U0001f680\\", "\\ud83d\\ude80", "\U000f0000\x85\ufffe"]})
def test_json_written_as_yaml_flow_text_reads_back_equal(
    tmp_path_factory: pytest.TempPathFactory, value: object
) -> None:
    folder = tmp_path_factory.getbasetemp()
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False), dumped(value)):
        assert read(written(folder, text)).data == value
        assert read(written(folder, f"\ufeff{text}")).data == value


@pytest.mark.parametrize(
    "text", ["'\\ud83d\\ude80'", "\\ud83d\\ude80", "|-\n  \\ud83d\\ude80", r'"\\ud83d\\ude80"']
)
def test_an_escape_counts_only_in_double_quotes(tmp_path: Path, text: str) -> None:
    """Such as in a regular expression; its backslash may be escaped too."""
    assert read(written(tmp_path, f"a: {text}")).data == {"a": r"\ud83d\ude80"}


def test_the_line_of_a_value_counts_only_line_breaks_of_yaml_1_2(tmp_path: Path) -> None:
    """As editors do: not U+0085, U+2028 and U+2029."""
    path = written(tmp_path, 'a: "\x85\u2028\u2029"\nb: 1\n')
    assert read(path).location("/b") == f"{path}:2:4"


def dumped(value: object) -> str:
    return yaml.dump(value, Dumper=Quoting, default_flow_style=True, width=10**6)


class Quoting(yaml.SafeDumper):
    """Quotes every text, and writes no aliases."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 (named by the base class)
        return True


def quoted(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"')


Quoting.add_representer(str, quoted)

SCRAPS = st.sampled_from(
    [
        "a",
        ":",
        "- ",
        "\n",
        "  ",
        "{",
        "}",
        "[",
        "]",
        ",",
        "&x",
        "*x",
        "!!str ",
        "<<",
        "? ",
        "|",
        ">",
        "#",
        '"',
        "'",
        "\\",
        "\\ud800",
        "%YAML 9.9\n",
        "---\n",
        "...\n",
        "\t",
        "\0",
        "\x85",
        "1",
        "e9",
        ".",
        "-",
        "null",
        "\ufeff",
        "@",
        "`",
        "\U0001f50c",
        "!<",
        "\\x",
    ]
)


@given(st.binary(max_size=200) | st.lists(SCRAPS, max_size=40).map(lambda s: "".join(s).encode()))
@example(b"%YAML 3.0\n---\na")
@example(b"!<")
@example(b"&")
@example(b"\xef\xbb\xbfa: 1")
def test_any_input_is_parsed_or_raises_a_contract_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = written(tmp_path_factory.getbasetemp(), content)
    try:
        document = read(path)
    except ContractError as error:
        locations = [violation.location for violation in error.violations]
    else:
        locations = [document.location()]
    assert locations
    assert all(location.startswith(str(path)) for location in locations)
