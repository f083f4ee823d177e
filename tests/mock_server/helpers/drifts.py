"""Copies of the shipped document and fixtures, changed as real APIs changed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.mock_server.helpers.copies import FIXTURES, SPEC, edit

Change = Callable[["Copy"], None]
REBUILD_RULES = re.compile(
    r"      x-invariants:\n        - id: rebuild-returns(?:.|\n)*?(?=      requestBody)"
)
REBUILD_SUCCESS = re.compile(
    r'(?<=operationId: rebuildPackageRelease\n      summary)((?:.|\n)*?)        "200":(?:.|\n)*?'
    r'(?=        "400")'
)
OK_SCHEMA = """
          description: The builds will start
          content:
            application/json:
              schema:
                type: object
                required: [ok]
                properties:
                  ok: { type: boolean, const: true }
"""
THIRD_PROCESS = """\
        image_generation_display_status: { $ref: "#/components/schemas/BuildStatus" }
        image_generation_in_progress: { type: [boolean, "null"] }
        image_generation_started_at: { type: [string, "null"], format: date-time }
        image_generation_completed_at: { type: [string, "null"], format: date-time }
        image_generation_logs: { $ref: "#/components/schemas/Log" }
        image_generation_is_stale: { type: [boolean, "null"] }
"""
BY_PATH = """\
  /package_releases/{package_release_id}:
    get:
      operationId: showPackageRelease
      x-lookup:
        finds: PackageRelease
        ways:
          - by: { package_release_id: "{PackageRelease.package_release_id}" }
      parameters:
        - name: package_release_id
          in: path
          required: true
          schema: { type: string, minLength: 1 }
      responses:
        "200":
          description: The release
          content:
            application/json:
              schema: { $ref: "#/components/schemas/ReleaseResponse" }
        "404": { $ref: "#/components/responses/ReleaseNotFound" }
"""
PACKAGE_PARENT = "        key: package_id\n        parent: { Account: creator_account_id }\n"
LISTING = '          - by: { package_id: "{PackageRelease.package_id}" }\n          - by: {'
LISTED = "        commit_sha: { type: string, minLength: 1 }\n      oneOf:\n"
STATUS = '        display_status: { $ref: "#/components/schemas/BuildStatus" }\n      oneOf:\n'


@dataclass(frozen=True)
class Copy:
    """A copy of the shipped document and fixtures."""

    spec: Path
    fixtures: Path

    def edit(self, old: str, new: str, file: str | None = None) -> None:
        """Replace a text that occurs once in the document, or in a file of the fixtures."""
        edit(self.fixtures / file if file else self.spec, old, new)

    def replace(self, pattern: str, new: str, files: str = "*") -> None:
        """Replace every match of a pattern, in the document and the fixtures or in some files."""
        for path in [self.spec, *sorted(self.fixtures.rglob("*.yaml"))]:
            if path.match(files):
                path.write_text(re.sub(pattern, new, path.read_text("utf-8")), "utf-8")

    def remove_counterexamples(self, *prefixes: str) -> None:
        for path in (self.fixtures / "broken").iterdir():
            if path.stem.startswith(prefixes):
                path.unlink()


def copy_with(folder: Path, change: Change) -> Copy:
    """Return a changed copy."""
    copy = Copy(folder / "openapi.yaml", folder / "fixtures")
    shutil.copy(SPEC, copy.spec)
    shutil.copytree(FIXTURES, copy.fixtures)
    change(copy)
    return copy


def renamed_key(copy: Copy) -> None:
    copy.replace(r"\bpackage_release_id\b", "build_id")


def renamed_words(copy: Copy) -> None:
    copy.replace(r"\bsuccessful\b", "complete", "openapi.yaml")
    copy.replace(r"\bfailed\b", "error", "openapi.yaml")
    copy.replace(r"status: successful\b", "status: complete", "*/*.yaml")
    copy.replace(r"status: failed\b", "status: error", "*/*.yaml")
    copy.replace(r"rule: error-only-when-failed", "rule: error-only-when-error", "broken/*")


def created_status(copy: Copy) -> None:
    """Each success is 201."""
    copy.replace(r'"200":', '"201":', "openapi.yaml")
    copy.replace(r"response\.status != 200", "response.status != 201", "openapi.yaml")
    copy.replace(r"status: 200", "status: 201", "broken/*")


def rebuild_success(status: int, body: str = OK_SCHEMA) -> Change:
    """Return a change of the success of a rebuild, which loses its rules."""

    def change(copy: Copy) -> None:
        text = REBUILD_RULES.sub("", copy.spec.read_text("utf-8"))
        text, count = REBUILD_SUCCESS.subn(rf'\1        "{status}":{body}', text)
        assert count == 1
        copy.spec.write_text(text, "utf-8")
        copy.remove_counterexamples("rebuild-")

    return change


def third_process(copy: Copy) -> None:
    processes = "processes: [transpilation, circuit_json_build"
    copy.edit(f"{processes}]", f"{processes}, image_generation]")
    copy.edit("    ReleaseLogEntry:\n", f"{THIRD_PROCESS}    ReleaseLogEntry:\n")


def owner_by_organization(copy: Copy) -> None:
    copy.edit(PACKAGE_PARENT, PACKAGE_PARENT + "        owner: { owner_org_id: org_id }\n")
    email = '        email: { type: [string, "null"] }\n'
    copy.edit(email, f"        org_id: {{ type: string }}\n{email}")
    account = "  - account_id: account-1234\n"
    copy.edit(account, f"{account}    org_id: org_testuser\n", "accounts.yaml")


def no_owner(copy: Copy) -> None:
    copy.edit(PACKAGE_PARENT, "        key: package_id\n")


def path_parameter(copy: Copy) -> None:
    copy.edit("  /package_releases/get:\n", f"{BY_PATH}  /package_releases/get:\n")


def numeric_ids(copy: Copy) -> None:
    """Ids are numbers, and so are the ids in requests of a route with a path parameter."""
    path_parameter(copy)
    copy.edit(
        "        package_release_id:\n          type: string\n          minLength: 1\n",
        "        package_release_id:\n          type: integer\n",
    )
    text = copy.spec.read_text("utf-8")
    text = text.replace(
        "response.body.package_release.package_release_id == request.body.package_release_id",
        "string(response.body.package_release.package_release_id) == "
        "request.body.package_release_id",
    )
    copy.spec.write_text(text, "utf-8")
    copy.replace(r"package_release_id: rel_\w+ \}", 'package_release_id: "1" }', "openapi.yaml")
    copy.replace(r"value: rel_\w+ \}", 'value: "1" }', "openapi.yaml")
    shutil.rmtree(copy.fixtures / "broken")
    for number, path in enumerate(sorted((copy.fixtures / "releases").iterdir()), 1):
        text = re.sub(
            r"(?m)^  package_release_id: .*$",
            f"  package_release_id: {number}",
            path.read_text("utf-8"),
        )
        path.write_text(text, "utf-8")


def bare_bodies(copy: Copy) -> None:
    """A release and a list are returned without an envelope."""
    text = copy.spec.read_text("utf-8")
    marks = ("operationId: getPackageRelease\n", "releases/list:", "releases/rebuild:")
    get, listing, rebuild = map(text.index, marks)
    one = text[get:listing].replace('schemas/ReleaseResponse"', 'schemas/PackageRelease"')
    one = one.replace("response.body.package_release", "response.body")
    one = one.replace("$response.body#/package_release/", "$response.body#/")
    many = text[listing:rebuild].replace(
        '                $ref: "#/components/schemas/ReleaseListResponse"',
        "                type: array\n"
        '                items: { $ref: "#/components/schemas/PackageRelease" }',
    )
    many = many.replace("response.body.package_releases", "response.body")
    many = many.replace("$response.body#/package_releases/0", "$response.body#/0")
    copy.spec.write_text(text[:get] + one + many + text[rebuild:], "utf-8")
    copy.remove_counterexamples("get-", "list-", "schema-const")


def combined_body(copy: Copy) -> None:
    """The body of a release is combined from two schemas."""
    copy.edit(
        "    ReleaseResponse:\n      type: object\n      required: [ok, package_release]\n"
        "      properties:\n        ok: { type: boolean, const: true }\n"
        '        package_release: { $ref: "#/components/schemas/PackageRelease" }\n',
        "    Success:\n      type: object\n      required: [ok]\n      properties:\n"
        "        ok: { type: boolean, const: true }\n"
        "    ReleaseResponse:\n      allOf:\n"
        '        - $ref: "#/components/schemas/Success"\n'
        "        - type: object\n          required: [package_release]\n          properties:\n"
        "            package_release:\n"
        '              allOf: [{ $ref: "#/components/schemas/PackageRelease" }]\n',
    )


def logs_with_timestamps(copy: Copy) -> None:
    copy.edit(
        "      items: {}\n      default: []",
        "      items:\n        type: object\n        properties:\n"
        "          timestamp: { type: string, format: date-time }\n      default: []",
    )
    for folder, kept in (("releases", ("pending", "successful")), ("scenarios", ("succeeds",))):
        for path in (copy.fixtures / folder).iterdir():
            if path.stem not in kept:
                path.unlink()
    copy.replace(r"\{ msg:", '{ timestamp: "2025-06-04T11:59:30.000Z", msg:', "releases/*")
    copy.replace(r"\{ msg:", '{ timestamp: "2025-06-04T12:00:02.000Z", msg:', "scenarios/*")


def filter_by_status(copy: Copy) -> None:
    filters = "filters: [is_latest, version, commit_sha"
    copy.edit(f"{filters}]", f"{filters}, display_status]")
    copy.edit(LISTED, LISTED.replace("      oneOf:\n", STATUS))


def lookup_by_status(copy: Copy) -> None:
    """A list can be requested by the status that the releases of a package show."""
    way = (
        '          - by: { status_of: "{PackageRelease.package_id}", '
        'display_status: "{PackageRelease.display_status}" }\n'
    )
    copy.edit(f"{LISTING} package_name", f"{way}{LISTING} package_name")
    copy.edit(
        LISTED,
        LISTED.replace(
            "      oneOf:\n",
            "        status_of: { type: string }\n"
            + STATUS
            + "        - required: [status_of, display_status]\n",
        ),
    )


def nullable_status(copy: Copy) -> None:
    copy.edit(
        "      type: string\n      enum: [pending, building, successful, failed]",
        "      type: [string, 'null']\n      enum: [pending, building, successful, failed, null]",
    )


def no_duration(copy: Copy) -> None:
    copy.edit("        duration: total_build_duration_ms\n", "")
    copy.replace(r"        total_build_duration_ms:\n.*\n.*\n", "", "openapi.yaml")
    rules = r"        - id: duration-(?:.|\n)*?(?=        - id: [^d])"
    copy.replace(rules, "", "openapi.yaml")
    copy.replace(r" +total_build_duration_ms: .*\n", "", "*/*.yaml")
    copy.remove_counterexamples("duration-")
