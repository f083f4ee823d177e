"""``mock-server check`` refuses files that could not be served as they say."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mock_server.helpers.copies import FIXTURES, ROOT, SPEC

CHECK = [sys.executable, "-c", "import sys; from mock_server.cli import main; sys.exit(main())"]
RELEASE = "fixtures/releases/successful.yaml"
SCENARIO = "fixtures/scenarios/succeeds.yaml"
PACKAGES = "fixtures/packages.yaml"
ACCOUNTS = "fixtures/accounts.yaml"
ELSEWHERE = "fixtures/static-responses.yaml"
SPEC_FILE = "openapi.yaml"
TYPED = '  - { method: GET, path: /t, type: "text/plain\\r\\nX: 1", text: x }\n'
ANSWER = "\n  - {{ method: {}, path: {}, status: {}, json: {{}} }}\n"

Edit = tuple[str, str, str]  # the file; the text that is replaced, "" for its end; what comes there


def checked(folder: Path, *edits: Edit) -> subprocess.CompletedProcess[str]:
    """How the check of a copy of the shipped files ends after these edits."""
    shutil.copytree(FIXTURES, folder / "fixtures")
    shutil.copy(SPEC, folder / SPEC_FILE)
    for name, old, new in edits:
        path = folder / name
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        assert old in text
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace(old, new, 1) if old else text + new, encoding="utf-8")
    return again(folder)


def again(folder: Path, *paths: str) -> subprocess.CompletedProcess[str]:
    """How the check of what is in a folder ends."""
    command = [*CHECK, "check", "--spec", SPEC_FILE, "--fixtures", "fixtures", *paths]
    return subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip


MISTAKES: dict[str, Edit] = {
    "four decimals": (SCENARIO, "at: 0.6,", "at: 0.6001,"),
    "token no header can hold": (ACCOUNTS, "token: testuser-token", "token: two words"),
    "answer of the contract": (ELSEWHERE, "", ANSWER.format("POST", "/packages/get", 200)),
    "answer of steering": (ELSEWHERE, "", ANSWER.format("GET", "/_mock/clock", 200)),
    "body of a 204": (ELSEWHERE, "", ANSWER.format("GET", "/none", 204)),
    "brace without its other": (ELSEWHERE, "", ANSWER.format("GET", '"/{name"', 200)),
    "the same answer twice": (ELSEWHERE, "", ANSWER.format("GET", "/a", 200) * 2),
    "a folder misspelt": ("fixtures/release/one.yaml", "", "about: lost\n"),
    "a folder in a folder": ("fixtures/releases/more/one.yaml", "", "about: lost\n"),
    "two operations of one id": (SPEC_FILE, "Id: getPackage\n      sum",
                                 "Id: getPackageRelease\n      sum"),
    "lookup by what is not there": (SPEC_FILE, '"{Package.name}@', '"{Package.nam}@'),
    "filter that is not there": (SPEC_FILE, "[is_latest, version,", "[is_latst, version,"),
    "role that is not there": (SPEC_FILE, "x-omits: logs", "x-omits: log"),
    "error that is not there": (SPEC_FILE, ": package_not_found", ": package_not_fond"),
    "extension misspelt": (SPEC_FILE, "          x-identity: true", "          x-identiti: true"),
    "pattern that is none": (SPEC_FILE, "pattern: no-store", 'pattern: "(no-store"'),
    "scheme that is not there": (SPEC_FILE, "        - bearer: []", "        - bearr: []"),
    "link to no operation": (SPEC_FILE, "Id: rebuildPackageRelease\n              req",
                             "Id: rebuildPackageReleas\n              req"),
    "text in the way of a header": (ELSEWHERE, "path: /packages/list", 'path: "/a\\nb"'),
    "a type that ends its line": (ELSEWHERE, "responses:\n", f"responses:\n{TYPED}"),
    "example that is invalid": (SPEC_FILE, "release_id: rel_successful } }", "release_id: 3 } }"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_with_its_file(tmp_path: Path, mistake: str) -> None:
    ended = checked(tmp_path, MISTAKES[mistake])
    assert ended.returncode == 1, ended.stdout
    assert Path(MISTAKES[mistake][0]).name.removesuffix(".yaml") in ended.stderr
    assert "Traceback" not in ended.stderr


def test_mistakes_in_several_files_are_told_in_one_run(tmp_path: Path) -> None:
    """Also when the spec itself is broken: of the fixtures then at least their form is told."""
    ended = checked(
        tmp_path,
        (RELEASE, "license: MIT", "license: MIT\n  license: MIT"),
        (SCENARIO, "from: pending", "form: pending"),
        (SPEC_FILE, "phase: ended-well", "phase: ended-nicely"),
    )
    assert "duplicate-key" in ended.stderr
    assert "is it form?" in ended.stderr
    assert "ended-nicely" in ended.stderr


def test_what_a_library_says_of_the_spec_is_told_in_one_line_with_a_cure(tmp_path: Path) -> None:
    edits = {"\npaths:": "\npathz:", "\n    post:": "\n    psot:", "type: string": "type: sting"}
    for number, (old, new) in enumerate(edits.items()):
        ended = checked(tmp_path / str(number), (SPEC_FILE, old, new))
        assert len(ended.stderr) < 300, ended.stderr[:2000]
        assert f"did you mean {old.strip().rpartition(' ')[2].strip(':')}?" in ended.stderr


def test_a_rule_that_says_neither_yes_nor_no_is_told_to_be_wrong_itself(tmp_path: Path) -> None:
    rule = "rule: self[process.in_progress] == (self[process.status] == 'building')"
    ended = checked(tmp_path, (SPEC_FILE, rule, "rule: self[process.status]"))
    assert ended.returncode == 1
    assert "the rule itself is wrong: it gives " in ended.stderr


def test_a_file_of_the_folder_is_judged_beside_the_others(tmp_path: Path) -> None:
    """A name that another has, and a package that is not there, are told also of one file."""
    checked(tmp_path)
    folder = tmp_path / "fixtures/releases"
    twin, lost = folder / "twin.yaml", folder / "lost.yaml"
    shutil.copy(folder / "successful.yaml", twin)
    text = (folder / "pending.yaml").read_text("utf-8")
    lost.write_text(re.sub(r"(package_id: )pkg_\d+", r"\1pkg_99", text), "utf-8")
    for path, said in ((twin, "must be unique"), (lost, "must be the key of an existing Package")):
        ended = again(tmp_path, f"fixtures/releases/{path.name}")
        assert (ended.returncode, ended.stdout) == (1, ""), ended.stdout
        assert said in ended.stderr
        path.unlink()
    assert again(tmp_path, "fixtures/releases/pending.yaml").returncode == 0


@pytest.mark.parametrize(
    "edit",
    [
        (PACKAGES, "creator_account_id: account-1234", "creator_account_id: nobody"),
        (ACCOUNTS, "github_username: otheruser", "github_username: testuser"),
    ],
)
def test_a_mistake_between_files_has_a_line(tmp_path: Path, edit: Edit) -> None:
    assert f"{edit[0]}:" in checked(tmp_path, edit).stderr


def test_what_an_editor_leaves_beside_a_file_is_no_fixture(tmp_path: Path) -> None:
    ended = checked(tmp_path, ("fixtures/releases/.#successful.yaml", "", "me@here.1234:1\n"))
    assert ended.returncode == 0, ended.stderr


def test_a_line_that_says_each_breaks_its_rule_stands_only_where_each_does(tmp_path: Path) -> None:
    broken = "fixtures/broken/error-only-when-failed.yaml"
    ended = checked(tmp_path, (broken, "rule: error-only-when-failed", "rule: error-only"))
    assert ended.returncode == 1
    assert "each breaks its rule" not in ended.stdout
