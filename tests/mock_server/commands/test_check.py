"""``mock-server check`` reports each mistake in the files with its location."""

import io
import re
import shutil
import subprocess
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from mock_server.cli import main
from tests.mock_server.helpers.copies import FIXTURES, SPEC

RELEASE = "fixtures/releases/successful.yaml"
SCENARIO = "fixtures/scenarios/succeeds.yaml"
PACKAGES = "fixtures/packages.yaml"
ACCOUNTS = "fixtures/accounts.yaml"
TOKENS = "fixtures/credentials.yaml"
STATIC = "fixtures/static-responses.yaml"
SPEC_FILE = "openapi.yaml"
TYPED = '  - { method: GET, path: /t, type: "text/plain\\r\\nX: 1", text: x }\n'
RESPONSE = "\n  - {{ method: {}, path: {}, status: {}, json: {{}} }}\n"

Edit = tuple[str, str, str]  # file, old text ("" for the end of the file), new text


def check_edited(folder: Path, *edits: Edit) -> subprocess.CompletedProcess[str]:
    """Check a copy of the shipped files with these edits."""
    shutil.copytree(FIXTURES, folder / "fixtures")
    shutil.copy(SPEC, folder / SPEC_FILE)
    for name, old, new in edits:
        path = folder / name
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        assert old in text
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace(old, new, 1) if old else text + new, encoding="utf-8")
    return check(folder)


def check(folder: Path, *paths: str) -> subprocess.CompletedProcess[str]:
    """Check the files of a folder, in this process."""
    arguments = ["check", "--spec", SPEC_FILE, "--fixtures", "fixtures", *paths]
    out, err = io.StringIO(), io.StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(err):
        status = main(arguments)
    return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())


MISTAKES: dict[str, Edit] = {
    "four decimals": (SCENARIO, "at: 0.6,", "at: 0.6001,"),
    "token with a space": (TOKENS, "token: testuser-token", "token: two words"),
    "token of an unknown type": (TOKENS, "Account: account-1234", "Acount: account-1234"),
    "token of nobody": (TOKENS, "Account: account-1234", "Account: account-0"),
    "static response of the contract": (STATIC, "", RESPONSE.format("POST", "/packages/get", 200)),
    "static response of the control API": (STATIC, "", RESPONSE.format("GET", "/_mock/clock", 200)),
    "body of a 204": (STATIC, "", RESPONSE.format("GET", "/none", 204)),
    "unbalanced brace": (STATIC, "", RESPONSE.format("GET", '"/{name"', 200)),
    "duplicate static response": (STATIC, "", RESPONSE.format("GET", "/a", 200) * 2),
    "misspelt folder": ("fixtures/release/one.yaml", "", "about: lost\n"),
    "folder in a folder": ("fixtures/releases/more/one.yaml", "", "about: lost\n"),
    "duplicate operationId": (SPEC_FILE, "Id: getPackage\n      sum",
                                 "Id: getPackageRelease\n      sum"),
    "lookup by an unknown property": (SPEC_FILE, '"{Package.name}@', '"{Package.nam}@'),
    "unknown filter": (SPEC_FILE, "[is_latest, version,", "[is_latst, version,"),
    "unknown role": (SPEC_FILE, "x-omits: logs", "x-omits: log"),
    "unknown error code": (SPEC_FILE, ": package_not_found", ": package_not_fond"),
    "misspelt extension": (SPEC_FILE, "      x-timeline:", "      x-timelin:"),
    "invalid pattern": (SPEC_FILE, "pattern: no-store", 'pattern: "(no-store"'),
    "unknown security scheme": (SPEC_FILE, "        - bearer: []", "        - bearr: []"),
    "link to an unknown operation": (SPEC_FILE, "Id: rebuildPackageRelease\n              req",
                             "Id: rebuildPackageReleas\n              req"),
    "path with a line end": (STATIC, "path: /packages/list", 'path: "/a\\nb"'),
    "media type with a line end": (STATIC, "responses:\n", f"responses:\n{TYPED}"),
    "event without a name": (SPEC_FILE, "event: { const: log }", "event: { type: string }"),
    "event without a kind": (SPEC_FILE, "x-event: { kind: end, ", "x-event: { "),
    "unknown status outside": (SPEC_FILE, 'x-outside:\n  "400"', "x-outside:\n  400x"),
    "invalid example": (SPEC_FILE, "release_id: rel_successful } }", "release_id: 3 } }"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_reported_with_its_file(tmp_path: Path, mistake: str) -> None:
    result = check_edited(tmp_path, MISTAKES[mistake])
    is_document = MISTAKES[mistake][0] == SPEC_FILE
    assert result.returncode == (2 if is_document else 1), result.stdout
    assert Path(MISTAKES[mistake][0]).name.removesuffix(".yaml") in result.stderr
    assert "Traceback" not in result.stderr


def test_mistakes_in_several_files_are_reported_in_one_run(tmp_path: Path) -> None:
    """With an invalid spec, the check reports at least the form of the fixtures."""
    result = check_edited(
        tmp_path,
        (RELEASE, "license: MIT", "license: MIT\n  license: MIT"),
        (SCENARIO, "from: pending", "form: pending"),
        (SPEC_FILE, "phase: ended-well", "phase: ended-nicely"),
    )
    assert "duplicate-key" in result.stderr
    assert "rename form to from" in result.stderr
    assert "ended-nicely" in result.stderr


def test_an_error_of_a_library_is_one_line_with_a_fix(tmp_path: Path) -> None:
    edits = {"\npaths:": "\npathz:", "\n    post:": "\n    psot:", "type: string": "type: sting"}
    for number, (old, new) in enumerate(edits.items()):
        result = check_edited(tmp_path / str(number), (SPEC_FILE, old, new))
        assert len(result.stderr) < 300, result.stderr[:2000]
        assert f"did you mean {old.strip().rpartition(' ')[2].strip(':')}?" in result.stderr


def test_a_rule_that_is_not_boolean_is_reported(tmp_path: Path) -> None:
    rule = "rule: self[process.in_progress] == (self[process.status] == 'building')"
    result = check_edited(tmp_path, (SPEC_FILE, rule, "rule: self[process.status]"))
    assert result.returncode == 1
    assert "the rule must return true or false, but returns " in result.stderr


def test_a_single_file_is_checked_against_the_other_files(tmp_path: Path) -> None:
    """Duplicate keys and unknown packages are reported."""
    check_edited(tmp_path)
    folder = tmp_path / "fixtures/releases"
    duplicate, orphan = folder / "duplicate.yaml", folder / "orphan.yaml"
    shutil.copy(folder / "successful.yaml", duplicate)
    text = (folder / "pending.yaml").read_text("utf-8")
    orphan.write_text(re.sub(r"(package_id: )pkg_\d+", r"\1pkg_99", text), "utf-8")
    messages = {
        duplicate: "must be unique",
        orphan: "must be the key of an existing Package",
    }
    for path, message in messages.items():
        result = check(tmp_path, f"fixtures/releases/{path.name}")
        assert (result.returncode, result.stdout) == (1, ""), result.stdout
        assert message in result.stderr
        path.unlink()
    assert check(tmp_path, "fixtures/releases/pending.yaml").returncode == 0


@pytest.mark.parametrize(
    "edit",
    [
        (PACKAGES, "creator_account_id: account-1234", "creator_account_id: nobody"),
        (ACCOUNTS, "github_username: otheruser", "github_username: testuser"),
    ],
)
def test_a_conflict_between_files_has_a_line(tmp_path: Path, edit: Edit) -> None:
    assert f"{edit[0]}:" in check_edited(tmp_path, edit).stderr


def test_the_temporary_file_of_an_editor_is_ignored(tmp_path: Path) -> None:
    result = check_edited(tmp_path, ("fixtures/releases/.#successful.yaml", "", "me@here.1234:1\n"))
    assert result.returncode == 0, result.stderr


def test_counter_examples_are_valid_only_if_each_breaks_its_rule(tmp_path: Path) -> None:
    broken = "fixtures/broken/error-only-when-failed.yaml"
    result = check_edited(tmp_path, (broken, "rule: error-only-when-failed", "rule: error-only"))
    assert result.returncode == 1
    assert "each breaks its rule" not in result.stdout
