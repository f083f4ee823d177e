"""The merged verdict of all shards equals the verdict of one process, or is an error."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.detection.catalogue import Subject
from benchmarks.detection.serving import serving
from contract_tests import reports
from contract_tests.cli import main
from contract_tests.conclusion.merging import merged
from contract_tests.config.options import BaselineEntry
from contract_tests.config.sharding import Shard
from contract_tests.findings.verdict import Checked, Verdict
from contract_tests.reports import as_json, from_json
from tests.contract_tests.sample_verdict import ACCEPTED_FINDING, ENTRY, FINDING, SECRET, VERDICT
from tests.helpers.contract_runs import TOKENS, contract_run, shards_of_a_run
from tests.helpers.example_server import BUGS

DAY = date(2030, 6, 1)
RUN_SETTINGS = {"max_examples": 40, "contract": "0123"}
FIRST_SHARD = replace(
    VERDICT,
    findings=(),
    accepted=(),
    outdated=(),
    operations=Checked(("a", "b", "c"), frozenset({"a"}), {}, frozenset({"b", "c"})),
    shard=Shard(1, 2),
    run_settings=RUN_SETTINGS,
    seconds=4.0,
    exchanges=10,
)
SECOND_SHARD = replace(
    FIRST_SHARD,
    operations=Checked(("a", "b", "c"), frozenset({"b"}), {}, frozenset({"a", "c"})),
    coverage={**FIRST_SHARD.coverage, "statuses": {"seen": ["<y>"], "not_seen": ["x"]}},
    shard=Shard(2, 2),
    exchanges=5,
)


def merge(first: Verdict, second: Verdict) -> Verdict:
    return merged([("b.json", second), ("a.json", first)], DAY)


def written(folder: Path, *verdicts: Verdict) -> list[str]:
    """Write each verdict to a file; return the names of the files."""
    files = [folder / f"{number}.json" for number in range(len(verdicts))]
    for file, verdict in zip(files, verdicts, strict=True):
        file.write_text(as_json.text(verdict), "utf-8")
    return [str(file) for file in files]


def test_a_verdict_read_from_its_json_gives_the_same_reports(tmp_path: Path) -> None:
    verdict = replace(
        VERDICT,
        run_settings=RUN_SETTINGS,
        accept_entries=(ENTRY,),
        shard_by_finding={FINDING.id: Shard(3, 4)},
    )
    (file,) = written(tmp_path, verdict)
    assert SECRET not in Path(file).read_text("utf-8")
    copy = from_json.read(Path(file))
    for name, report in reports.REPORTS.items():
        assert report(copy) == report(verdict), name
    assert copy.headline == verdict.headline


def test_a_body_that_is_not_text_is_read_back_without_credentials(tmp_path: Path) -> None:
    (step,) = FINDING.steps
    body = b"\xff\x00" + SECRET.encode()
    binary = replace(step, response=replace(step.response, body=body))
    (file,) = written(tmp_path, replace(VERDICT, findings=(replace(FINDING, steps=(binary,)),)))
    (finding,) = from_json.read(Path(file)).findings
    assert finding.steps[0].response.body == b"\xff\x00$TOKEN"


def test_an_operation_that_one_shard_verified_is_verified_and_requests_are_added() -> None:
    verdict = merge(FIRST_SHARD, SECOND_SHARD)
    assert verdict.operations.verified == {"a", "b"}
    assert verdict.operations.unverified == {"c": "no request had a successful response"}
    assert verdict.coverage["statuses"] == {"seen": ["x", "<y>"], "not_seen": []}
    assert verdict.coverage["transitions"] == {"p: a → b": 4}
    assert (verdict.exchanges, verdict.seconds, verdict.shard.is_single) == (15, 4.0, True)
    assert verdict.exit_code == 2


def test_a_finding_of_two_shards_is_one_finding_and_its_operation_is_not_verified() -> None:
    finding = replace(FINDING, operations={"a": 2})
    longer = replace(finding, curl=(*finding.curl, "another"))
    verdict = merge(
        replace(FIRST_SHARD, findings=(longer,)), replace(SECOND_SHARD, findings=(finding,))
    )
    (both,) = verdict.findings
    assert (both.count, both.curl) == (4, finding.curl)
    assert verdict.shard_by_finding == {both.id: Shard(2, 2)}
    assert "a" not in verdict.operations.verified | verdict.operations.unverified.keys()
    assert verdict.exit_code == 1


def test_a_baseline_entry_accepts_the_finding_of_another_shard() -> None:
    at_other_operation = replace(ACCEPTED_FINDING, operations={"findPackage": 1})
    at_operation_of_entry = replace(ACCEPTED_FINDING, operations={"getPackage": 1})
    verdict = merge(
        replace(FIRST_SHARD, findings=(at_other_operation,), accept_entries=(ENTRY,)),
        replace(SECOND_SHARD, accepted=((at_operation_of_entry, ENTRY),), accept_entries=(ENTRY,)),
    )
    assert verdict.findings == ()
    ((finding, entry),) = verdict.accepted
    assert (finding.count, entry) == (2, ENTRY)


def test_a_baseline_entry_without_a_finding_in_any_shard_is_outdated() -> None:
    entry = BaselineEntry("gone", "once", "f.toml:3")
    first = replace(FIRST_SHARD, accept_entries=(entry,))
    second = replace(SECOND_SHARD, accept_entries=(entry,))
    assert merge(first, second).outdated == (
        "f.toml:3: the entry for gone matches no finding; remove the entry",
    )
    assert merge(replace(first, all_checks_ran=False), second).outdated == ()


def test_with_a_shard_that_could_not_judge_the_result_is_2_unless_there_are_findings() -> None:
    unjudged = replace(SECOND_SHARD, error="no response")
    verdict = merge(FIRST_SHARD, unjudged)
    assert verdict.unverified == {"shard 2/2": "no response"}
    assert (verdict.exit_code, verdict.all_checks_ran, verdict.error) == (2, False, "")
    assert merge(replace(FIRST_SHARD, findings=(FINDING,)), unjudged).exit_code == 1
    assert merge(replace(FIRST_SHARD, error="no response"), unjudged).error == "no response"


def test_with_a_shard_that_ran_only_some_checks_the_result_is_2() -> None:
    operations = replace(FIRST_SHARD.operations, verified=frozenset("abc"))
    first = replace(FIRST_SHARD, operations=operations)
    assert merge(first, SECOND_SHARD).exit_code == 0
    verdict = merge(first, replace(SECOND_SHARD, all_checks_ran=False))
    assert verdict.exit_code == 2
    assert verdict.unverified == {"shard 2/2": "not all of its checks ran"}


OF_FOUR = [replace(FIRST_SHARD, shard=Shard(number, 4)) for number in (1, 2, 3, 4)]
OTHER_SETTINGS = {"max_examples": 9, "contract": "45"}


@pytest.mark.parametrize(
    ("verdicts", "messages"),
    [
        ([OF_FOUR[0], OF_FOUR[1], OF_FOUR[3]], ["missing shard 3 of 4; "]),
        ([OF_FOUR[1]], ["missing shards 1, 3, 4 of 4; "]),
        ([FIRST_SHARD, SECOND_SHARD, SECOND_SHARD], ["duplicate shard 2/2: "]),
        (
            [FIRST_SHARD, replace(SECOND_SHARD, shard=Shard(2, 3))],
            ["0.json is shard 1/2 and ", "1.json is shard 2/3: "],
        ),
        (
            [FIRST_SHARD, replace(SECOND_SHARD, target="http://other")],
            ["target is http://127.0.0.1:3100/api in "],
        ),
        ([FIRST_SHARD, replace(SECOND_SHARD, seed=7)], ["seed is 0 in ", "0.json and 7 in "]),
        (
            [FIRST_SHARD, replace(SECOND_SHARD, run_settings=OTHER_SETTINGS, seed=1)],
            ["max_examples is 40 in ", "contract is 0123 in ", "seed is 0 in "],
        ),
        ([FIRST_SHARD, replace(SECOND_SHARD, accept_entries=(ENTRY,))], ["accept is [] in "]),
        (
            [
                FIRST_SHARD,
                replace(SECOND_SHARD, started_at=FIRST_SHARD.started_at + timedelta(days=30)),
            ],
            ["0.json started ", "and ", ": they belong to different runs"],
        ),
    ],
)
def test_verdicts_that_are_not_the_shards_of_one_run_are_rejected_with_every_reason(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    verdicts: list[Verdict],
    messages: list[str],
) -> None:
    assert main(["merge", *written(tmp_path, *verdicts)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    for message in messages:
        assert message in err


DATA = as_json.data(FIRST_SHARD)
EXPECTED = "must be a verdict of --report-json"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", EXPECTED),
        ("[]", EXPECTED),
        ("{}", f"{EXPECTED}; found no member 'format_version'"),
        (json.dumps({**DATA, "shard": "3/2"}), EXPECTED),
        (json.dumps({**DATA, "findings": [{}]}), EXPECTED),
        (json.dumps({**DATA, "started_at": "2030-01-01"}), "must have a time zone"),
        (json.dumps({**DATA, "seconds": float("inf")}), EXPECTED),
        (json.dumps({**DATA, "requests": float("inf")}), EXPECTED),
        (json.dumps({**DATA, "format_version": 2}), "was written by a later version"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_is_not_a_verdict_is_reported_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, message: str
) -> None:
    file = tmp_path / "verdict.json"
    if text is not None:
        file.write_text(text)
    assert main(["merge", str(file)]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"{file}: ")
    assert message in err
    assert len(err.splitlines()) == 1


# Only the first shard can find the first bug, and only another shard the second.
PLANTED = [BUGS["rebuild-without-credentials"], BUGS["include-logs-takes-numbers"]]
TWO_BUGS = Subject(
    "two-bugs", "planted", "Two planted bugs.", edits=tuple(e for bug in PLANTED for e in bug.edits)
)


def finding_ids(data: dict[str, Any]) -> set[str]:
    return {finding["id"] for finding in data["findings"]}


def test_three_shards_find_the_same_as_one_process(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one_file, merged_file = tmp_path / "one.json", tmp_path / "merged.json"
    findings = ("--findings", str(tmp_path / "findings"))
    options = ("-k", "authentication or protocol or fuzzing", "--max-examples", "2", *findings)
    with serving(TWO_BUGS, "--build-seconds", "0.2") as url:
        ran = contract_run(url, *TOKENS, *options, "--report-json", str(one_file))
        files = shards_of_a_run(url, tmp_path, 3, *options)
    exit_code = main(["merge", *files, *findings, "--report-json", str(merged_file)])
    printed = capsys.readouterr().out
    complete, merged = (json.loads(file.read_text("utf-8")) for file in (one_file, merged_file))
    assert exit_code == ran.returncode == 1
    operations = {name for finding in complete["findings"] for name in finding["operations"]}
    assert operations == {"rebuildPackageRelease", "getPackageRelease"}
    assert finding_ids(merged) == finding_ids(complete)
    for finding in finding_ids(complete):
        assert f"replay:   contract-tests replay {tmp_path / 'findings' / finding}.json" in printed
    assert merged["operations"] == complete["operations"]
    assert merged["rules"]["expected"] == complete["rules"]["expected"]
