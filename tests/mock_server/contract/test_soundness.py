"""An invalid spec is rejected with the location of each violation."""

import socket
from pathlib import Path

import pytest

from mock_server.contract.document.loading import load
from mock_server.contract.judge import judge_of
from mock_server.contract.source.yaml_documents import read
from tests.mock_server.helpers.copies import SPEC, location_of, spec_with, violations_of

RELEASE_LOOKUP = '$ref: "#/components/schemas/ReleaseLookup"'
SCHEMAS = "#/components/schemas/"
EXTERNAL = [
    "other.yaml",
    "other.yaml#/components/schemas/A",
    "file:///etc/hosts",
    "ReleaseLookup",
    "#ReleaseLookup",
    "#",
]
OWN_ACCOUNT = (
    "      x-lookup:\n        finds: Account\n        ways:\n"
    '          - by: { account_id: "{Account.account_id}" }\n'
    '          - by: { github_username: "{Account.github_username}" }\n'
    "        otherwise: caller\n"
)

INVALID: dict[str, tuple[str, str, str, str, str]] = {
    # name: a text of the spec, its replacement, the text at the reported location, the rule, a part
    # of the message
    "a reference that dangles": (
        RELEASE_LOOKUP,
        '$ref: "#/components/schemas/ReleaseLokup"',
        '"#/components/schemas/ReleaseLokup"',
        "ref",
        "must point to an existing value",
    ),
    "a reference into a scalar": (
        RELEASE_LOOKUP,
        '$ref: "#/openapi/0"',
        '"#/openapi/0"',
        "ref",
        "must point to an existing value",
    ),
    "a reference to itself": (
        "    ErrorText:\n      type: [string, \"null\"]\n",
        '    ErrorText:\n      $ref: "#/components/schemas/ErrorText"\n',
        '"#/components/schemas/ErrorText"\n      description: The error',
        "ref",
        "cycle",
    ),
    "another version of OpenAPI": (
        "openapi: 3.1.0\n", "openapi: 4.0.3\n", "4.0.3", "openapi", "write 3.1.0"
    ),
    "a version that is a number": (
        "openapi: 3.1.0\n", "openapi: 4.1\n", "4.1\n", "openapi", "write 3.1.0"
    ),
    "an unknown type": (
        "    BuildStatus:\n      type: string\n",
        "    BuildStatus:\n      type: strin\n",
        "strin\n",
        "openapi",
        "strin",
    ),
    "an unknown location of a parameter": (
        "        - name: include_logs\n          in: query\n",
        "        - name: include_logs\n          in: querry\n",
        "querry\n",
        "openapi",
        "querry",
    ),
    "a process without its status": (
        "        processes: [transpilation, circuit_json_build]\n",
        "        processes: [transpilation, circuit_json]\n",
        "circuit_json]\n        roles",
        "x-timeline",
        "no circuit_json_display_status",
    ),
    "a role of the status without a property": (
        "          status: _display_status\n",
        "          status: _status\n",
        "transpilation, circuit_json_build]\n        roles",
        "x-timeline",
        "no transpilation_status",
    ),
    "a role that no process has": (
        "          stale: _is_stale\n",
        "          stale: _stale\n",
        "_stale\n",
        "x-timeline",
        "did you mean _is_stale?",
    ),
    "another property that a timeline does not have": (
        "        changes: [has_transpiled]\n",
        "        changes: [has_transpield]\n",
        "has_transpield]",
        "x-timeline",
        "did you mean has_transpiled?",
    ),
    "an unknown role": (
        "          error_at: _error_last",
        "          eror_at: _error_last",
        "_error_last_updated_at\n        changes",
        "x-timeline",
        "did you mean error_at?",
    ),
    "a timeline without its status": (
        "        status: display_status\n        duration",
        "        status: displai_status\n        duration",
        "displai_status",
        "x-timeline",
        "did you mean display_status?",
    ),
    "a timeline without its duration": (
        "        duration: total_build_duration_ms\n",
        "        duration: total_build_duration\n",
        "total_build_duration\n",
        "x-timeline",
        "did you mean total_build_duration_ms?",
    ),
    "a status that is not in the enum": (
        "        failed: { phase: ended-badly, color: red }\n",
        "        fialed: { phase: ended-badly, color: red }\n",
        "pending: { phase",
        "x-statuses",
        "fialed",
    ),
    "a value of the enum that is not in x-statuses": (
        "enum: [pending, building, successful, failed]",
        "enum: [pending, building, successful, failed, queued]",
        "pending: { phase",
        "x-statuses",
        "queued",
    ),
    "an unknown phase": (
        "phase: running,",
        "phase: runnin,",
        "runnin,",
        "x-statuses",
        "did you mean running?",
    ),
    "a resource without its key": (
        "        key: account_id\n",
        "        key: acount_id\n",
        "acount_id\n        not_found",
        "x-resource",
        "did you mean account_id?",
    ),
    "a resource whose key of the parent does not exist": (
        "{ Package: package_id }",
        "{ Package: pakage_id }",
        "{ Package: pakage_id }",
        "x-resource",
        "did you mean package_id?",
    ),
    "a lookup of an unknown type": (
        OWN_ACCOUNT,
        "      x-lookup:\n        finds: Acount\n        ways: []\n",
        "Acount\n",
        "x-lookup",
        "did you mean Account?",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "at", "rule", "word"), INVALID.values(), ids=INVALID)
def test_an_invalid_spec_is_rejected_with_the_location(
    tmp_path: Path, old: str, new: str, at: str, rule: str, word: str
) -> None:
    spec = spec_with(tmp_path, (old, new))
    violations = violations_of(load, spec)
    assert {violation.rule for violation in violations} == {rule}
    assert location_of(spec, at) in [violation.location for violation in violations]
    assert word in "\n".join(map(str, violations))


@pytest.mark.parametrize("target", EXTERNAL)
def test_a_reference_to_another_file_is_rejected_with_its_location(
    tmp_path: Path, target: str
) -> None:
    spec = spec_with(tmp_path, (RELEASE_LOOKUP, f'$ref: "{target}"'))
    (violation,) = violations_of(load, spec)
    assert violation.rule == "ref"
    assert violation.location == location_of(spec, f'"{target}"')
    assert violation.fix or target == "#"


def test_a_reference_to_a_url_is_rejected_and_not_fetched(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        target = f"http://127.0.0.1:{listening.getsockname()[1]}/schema.json"
        spec = spec_with(tmp_path, (RELEASE_LOOKUP, f'$ref: "{target}"'))
        (violation,) = violations_of(load, spec)
        assert target in violation.found
        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_a_cycle_of_three_references_is_rejected(tmp_path: Path) -> None:
    cycle = {"ErrorText": "Timestamp", "Timestamp": "Log", "Log": "ErrorText"}
    types = {"ErrorText": '[string, "null"]', "Timestamp": "string", "Log": "array"}
    edits = [
        (f"    {name}:\n      type: {types[name]}\n", f'    {name}:\n      $ref: "{SCHEMAS}{to}"\n')
        for name, to in cycle.items()
    ]
    violations = violations_of(load, spec_with(tmp_path, *edits))
    assert {violation.rule for violation in violations} == {"ref"}
    assert all(violation.location for violation in violations)


def test_several_violations_are_reported_in_one_run(tmp_path: Path) -> None:
    spec = spec_with(
        tmp_path,
        ("        key: account_id\n", "        key: acount_id\n"),
        ("phase: running,", "phase: runnin,"),
        (
            "        status: display_status\n        duration",
            "        status: no\n        duration",
        ),
    )
    assert {v.rule for v in violations_of(load, spec)} == {"x-resource", "x-statuses", "x-timeline"}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "- 1\n",
        "text\n",
        "openapi: 3.1.0\n",
        "openapi: 3.1.0\ncomponents: []\n",
        "openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: {}\n",
        "openapi: 3.1.0\ninfo: {title: a, version: '1'}\ncomponents: {schemas: {A: true}}\n",
    ],
)
def test_a_file_that_is_hardly_a_spec_is_rejected_without_a_crash(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text(content)
    assert all(v.location.startswith(str(path)) for v in violations_of(load, path))


def test_a_spec_without_resources_is_served(tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text("openapi: 3.1\npaths: {/a: {get: {}}}\n")
    spec = load(path)
    assert list(spec.operations) == ["getA"]
    assert not spec.types


JUNK = ("null", "7", "text", "[[]]", "[null]", "[a]", "{a: 1}", "{a: {}}")
EXTENSIONS = {
    "x-timeline": "x-timeline:\n        status: display_status\n",
    "x-statuses": "x-statuses:\n        pending",
    "x-resource": "x-resource:\n        key: package_release_id\n",
    "x-lookup": "x-lookup:\n        finds: PackageRelease\n        ways:\n"
    "          - by: { package_id:",
    "x-invariants": "x-invariants:\n        - id: get-returns-the-requested-id",
}


@pytest.mark.parametrize("name", EXTENSIONS)
def test_an_extension_of_the_wrong_form_is_rejected_with_its_location(
    tmp_path: Path, name: str
) -> None:
    old = EXTENSIONS[name]
    for junk in JUNK:
        hidden = old.replace(name, f"{name}: {junk}\n      x-hidden", 1)
        spec = spec_with(tmp_path, (old, hidden))
        violations = violations_of(lambda path: judge_of(load(path)), spec)
        line = location_of(spec, f"{name}: {junk}").split(":")[-2]
        assert f"{spec}:{line}:" in " ".join(violation.location for violation in violations)


def test_the_shipped_spec_is_valid() -> None:
    spec = load(SPEC)
    assert spec.document.data == read(SPEC).data
    assert spec.prefixes == ("/api", "")
    (release,) = spec.with_timelines
    roles = spec.timeline(release.name)
    assert [process.name for process in roles.processes] == ["transpilation", "circuit_json_build"]
    assert set(roles.phases.values()) == {"waiting", "running", "ended-well", "ended-badly"}
    assert {e.name: e.parent for e in spec.types.values()} == {
        "PackageRelease": "Package",
        "Package": "Account",
        "Account": None,
    }
