"""``contract-tests diff --migrate`` rewrites fixtures so that they follow the next document."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from contract_tests.cli import main
from tests.helpers.disks import full_disk
from tests.mock_server.helpers.command_line import run_command
from tests.mock_server.helpers.copies import SPEC

FIXTURES = SPEC.parent / "fixtures"
PROCESS = """\
        image_generation_display_status: { $ref: "#/components/schemas/BuildStatus" }
        image_generation_in_progress: { type: boolean }
        image_generation_started_at: { type: [string, "null"], format: date-time }
        image_generation_completed_at: { type: [string, "null"], format: date-time }
        image_generation_logs: { $ref: "#/components/schemas/Log" }
        image_generation_is_stale: { type: boolean }
"""


def replaced(*pairs: tuple[str, str]) -> Callable[[str], str]:
    def edit(text: str) -> str:
        for right, wrong in pairs:
            assert right in text
            text = text.replace(right, wrong)
        return text

    return edit


def third_process(text: str) -> str:
    """Return the document with a third process, whose status is required."""
    text = replaced(
        (
            "[transpilation, circuit_json_build]",
            "[transpilation, circuit_json_build, image_generation]",
        )
    )(text)
    at = text.index("    ReleaseLogEntry:\n")
    return (text[:at] + PROCESS + text[at:]).replace(
        "        - circuit_json_build_display_status\n",
        "        - circuit_json_build_display_status\n        - image_generation_display_status\n",
        1,
    )


def migrated(folder: Path, edit: Callable[[str], str]) -> Path:
    """Migrate a copy of the fixtures to an edited copy of the document; return its folder."""
    shutil.copytree(FIXTURES, folder / "fixtures")
    (folder / "openapi.yaml").write_text(edit(SPEC.read_text("utf-8")), "utf-8")
    main(["diff", str(SPEC), str(folder / "openapi.yaml"), "--migrate"])
    return folder / "fixtures"


def problems(fixtures: Path) -> list[str]:
    """Return what `mock-server check` says about migrated fixtures."""
    checked = run_command(
        "check", "--spec", fixtures.parent / "openapi.yaml", "--fixtures", fixtures
    )
    return checked.stderr.splitlines()


@pytest.mark.parametrize(
    ("edit", "left"),
    [
        (replaced(("successful", "complete"), ("failed", "error")), 0),
        (replaced(("commit_sha", "commit_hash")), 0),
        (replaced(("creator_account_id", "owner_id")), 0),
        (replaced(("_is_stale", "_stale")), 0),
        (replaced(("circuit_json_build", "user_code_job")), 0),
        (replaced(('        license: { type: [string, "null"] }\n', "")), 0),
        # These counter-examples break a rule that compares all processes.
        (third_process, 2),
    ],
    ids=["words", "property", "parent", "suffix", "process", "removed", "third-process"],
)
def test_migrated_fixtures_keep_the_next_contract(
    tmp_path: Path, edit: Callable[[str], str], left: int
) -> None:
    found = [line for line in problems(migrated(tmp_path, edit)) if ": " in line]
    assert len(found) == left, found
    assert all("/broken/" in line for line in found)


def test_comments_and_layout_stay(tmp_path: Path) -> None:
    name = "releases/successful.yaml"
    before = (FIXTURES / name).read_text("utf-8")
    after = (migrated(tmp_path, replaced(("commit_sha", "commit_hash"))) / name).read_text("utf-8")
    assert after == before.replace("commit_sha:", "commit_hash:")


def test_without_changes_no_file_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fixtures = migrated(tmp_path, lambda text: text)
    assert "no file needs a change" in capsys.readouterr().out
    assert not subprocess.run(["diff", "-r", FIXTURES, fixtures], check=False).returncode


def test_a_full_disk_leaves_all_files_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(FIXTURES, tmp_path / "fixtures")
    changed = SPEC.read_text("utf-8").replace("successful", "complete")
    (tmp_path / "openapi.yaml").write_text(changed, "utf-8")
    with full_disk(1000):
        code = main(["diff", str(SPEC), str(tmp_path / "openapi.yaml"), "--migrate"])
    assert code == 2
    assert capsys.readouterr().err.endswith(": File too large\n")
    for path in sorted(FIXTURES.rglob("*.yaml")):
        copied = tmp_path / "fixtures" / path.relative_to(FIXTURES)
        assert copied.read_bytes() == path.read_bytes()


def test_an_earlier_revision_of_the_repository_can_be_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(SPEC, "openapi.yaml")
    who = ("-c", "user.name=test", "-c", "user.email=test@example.com")
    for words in (("init", "-q"), ("add", "."), (*who, "commit", "-qm", "first")):
        subprocess.run(["git", *words], check=True)
    text = SPEC.read_text("utf-8").replace("successful", "complete")
    Path("openapi.yaml").write_text(text, "utf-8")
    assert main(["diff", "HEAD:openapi.yaml", "openapi.yaml"]) == 1
    assert ": HEAD:openapi.yaml → openapi.yaml" in capsys.readouterr().out
    assert main(["diff", "no-such-revision:openapi.yaml", "openapi.yaml"]) == 2
    assert "git archive: " in capsys.readouterr().err
