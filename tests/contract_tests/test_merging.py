"""One verdict of those of several shards: the same as of one process, or a refusal."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from contract_tests import reports
from contract_tests.cli import main
from contract_tests.conclusion.merging import merged
from contract_tests.config.options import BaselineEntry
from contract_tests.config.sharding import Shard
from contract_tests.findings.verdict import Checked, Verdict
from contract_tests.reports import as_json, from_json
from tests.contract_tests.test_reports import ENTRY, FINDING, KNOWN, SECRET, VERDICT
from tests.helpers.contract_runs import TOKENS, contract_run, shards_of_a_run
from tests.helpers.example_server import start

DAY = date(2030, 6, 1)
TERMS = {"max_examples": 40, "contract": "0123"}
ONE = replace(
    VERDICT,
    findings=(),
    accepted=(),
    outdated=(),
    operations=Checked(("a", "b", "c"), frozenset({"a"}), {}, frozenset({"b", "c"})),
    shard=Shard(1, 2),
    run_settings=TERMS,
    seconds=4.0,
    exchanges=10,
)
TWO = replace(
    ONE,
    operations=Checked(("a", "b", "c"), frozenset({"b"}), {}, frozenset({"a", "c"})),
    coverage={**ONE.coverage, "statuses": {"seen": ["<y>"], "not_seen": ["x"]}},
    shard=Shard(2, 2),
    exchanges=5,
)


def both(one: Verdict, two: Verdict) -> Verdict:
    return merged([("b.json", two), ("a.json", one)], DAY)


def written(folder: Path, *verdicts: Verdict) -> list[str]:
    """The verdicts as files."""
    files = [folder / f"{number}.json" for number in range(len(verdicts))]
    for file, verdict in zip(files, verdicts, strict=True):
        file.write_text(as_json.text(verdict), "utf-8")
    return [str(file) for file in files]


def test_a_verdict_read_from_its_json_gives_every_report_as_it_was(tmp_path: Path) -> None:
    whole = replace(
        VERDICT,
        run_settings=TERMS,
        accept_entries=(ENTRY,),
        shard_by_finding={FINDING.id: Shard(3, 4)},
    )
    (file,) = written(tmp_path, whole)
    assert SECRET not in Path(file).read_text("utf-8")
    again = from_json.read(Path(file))
    for name, report in reports.REPORTS.items():
        assert report(again) == report(whole), name
    assert again.headline == whole.headline


def test_bytes_that_are_no_text_come_back_and_hold_no_credential(tmp_path: Path) -> None:
    (step,) = FINDING.steps
    odd = replace(step, response=replace(step.response, body=b"\xff\x00" + SECRET.encode()))
    (file,) = written(tmp_path, replace(VERDICT, findings=(replace(FINDING, steps=(odd,)),)))
    (finding,) = from_json.read(Path(file)).findings
    assert finding.steps[0].response.body == b"\xff\x00$TOKEN"


def test_what_any_shard_has_verified_or_seen_is_and_requests_are_counted_together() -> None:
    verdict = both(ONE, TWO)
    assert verdict.operations.verified == {"a", "b"}
    assert verdict.operations.unverified == {"c": "no request had a successful response"}
    assert verdict.coverage["statuses"] == {"seen": ["x", "<y>"], "not_seen": []}
    assert verdict.coverage["transitions"] == {"p: a → b": 4}
    assert (verdict.exchanges, verdict.seconds, verdict.shard.whole) == (15, 4.0, True)
    assert verdict.exit_code == 2


def test_a_finding_of_two_shards_is_one_and_breaks_what_another_has_verified() -> None:
    broken = replace(FINDING, operations={"a": 2})
    longer = replace(broken, curl=(*broken.curl, "another"))
    verdict = both(replace(ONE, findings=(longer,)), replace(TWO, findings=(broken,)))
    (finding,) = verdict.findings
    assert (finding.count, finding.curl) == (4, broken.curl)
    assert verdict.shard_by_finding == {finding.id: Shard(2, 2)}
    assert "a" not in verdict.operations.verified | verdict.operations.unverified.keys()
    assert verdict.exit_code == 1


def test_an_entry_accepts_what_only_another_shard_saw_of_its_operation() -> None:
    seen = replace(KNOWN, operations={"findPackage": 1})
    named = replace(KNOWN, operations={"getPackage": 1})
    one = replace(ONE, findings=(seen,), accept_entries=(ENTRY,))
    verdict = both(one, replace(TWO, accepted=((named, ENTRY),), accept_entries=(ENTRY,)))
    assert verdict.findings == ()
    ((finding, entry),) = verdict.accepted
    assert (finding.count, entry) == (2, ENTRY)


def test_an_entry_that_no_shard_found_anything_for_is_out_of_date() -> None:
    old = BaselineEntry("gone", "getPackage", "once", "f.toml:3")
    verdict = both(replace(ONE, accept_entries=(old,)), replace(TWO, accept_entries=(old,)))
    assert verdict.outdated == (
        "f.toml:3: the entry for gone of getPackage matches no finding; remove the entry",
    )
    part = both(
        replace(ONE, accept_entries=(old,), all_checks_ran=False),
        replace(TWO, accept_entries=(old,)),
    )
    assert part.outdated == ()


def test_a_shard_that_could_not_judge_leaves_the_whole_unjudged_and_findings_standing() -> None:
    silent = replace(TWO, error="it does not answer")
    verdict = both(ONE, silent)
    assert verdict.unverified == {"shard 2/2": "it does not answer"}
    assert (verdict.exit_code, verdict.all_checks_ran, verdict.error) == (2, False, "")
    assert both(replace(ONE, findings=(FINDING,)), silent).exit_code == 1
    assert both(replace(ONE, error="it does not answer"), silent).error == "it does not answer"


def test_a_shard_of_which_only_a_part_was_run_leaves_the_whole_unjudged() -> None:
    three = replace(ONE, operations=replace(ONE.operations, verified=frozenset("abc")))
    assert both(three, TWO).exit_code == 0
    merged_part = both(three, replace(TWO, all_checks_ran=False))
    assert merged_part.exit_code == 2
    assert merged_part.unverified == {"shard 2/2": "not all of its checks ran"}


OF_FOUR = [replace(ONE, shard=Shard(number, 4)) for number in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        ([OF_FOUR[0], OF_FOUR[1], OF_FOUR[3]], ["missing shard 3 of 4; "]),
        ([OF_FOUR[1]], ["missing shards 1, 3, 4 of 4; "]),
        ([ONE, TWO, TWO], ["duplicate shard 2/2: "]),
        (
            [ONE, replace(TWO, shard=Shard(2, 3))],
            ["0.json is shard 1/2 and ", "1.json is shard 2/3: "],
        ),
        ([ONE, replace(TWO, target="http://other")], ["target is http://127.0.0.1:3100/api in "]),
        ([ONE, replace(TWO, seed=7)], ["seed is 0 in ", "0.json and 7 in "]),
        (
            [ONE, replace(TWO, run_settings={"max_examples": 9, "contract": "45"}, seed=1)],
            ["max_examples is 40 in ", "contract is 0123 in ", "seed is 0 in "],
        ),
        ([ONE, replace(TWO, accept_entries=(ENTRY,))], ["accept is [] in "]),
        (
            [ONE, replace(TWO, started_at=ONE.started_at + timedelta(days=30))],
            ["0.json started ", "and ", ": they belong to different runs"],
        ),
    ],
)
def test_verdicts_that_are_not_all_shards_of_one_run_are_refused_with_all_that_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verdicts: list[Verdict], told: list[str]
) -> None:
    assert main(["merge", *written(tmp_path, *verdicts)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    for each in told:
        assert each in err


WRITTEN = as_json.data(ONE)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "must be a verdict of --report-json"),
        ("[]", "must be a verdict of --report-json"),
        ("{}", "must be a verdict of --report-json; found no member 'format_version'"),
        (json.dumps({**WRITTEN, "shard": "3/2"}), "must be a verdict of --report-json"),
        (json.dumps({**WRITTEN, "findings": [{}]}), "must be a verdict of --report-json"),
        (json.dumps({**WRITTEN, "started_at": "2030-01-01"}), "must have a time zone"),
        (json.dumps({**WRITTEN, "seconds": float("inf")}), "must be a verdict of --report-json"),
        (json.dumps({**WRITTEN, "requests": float("inf")}), "must be a verdict of --report-json"),
        (json.dumps({**WRITTEN, "format_version": 2}), "was written by a later version"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_is_no_verdict_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, told: str
) -> None:
    file = tmp_path / "verdict.json"
    if text is not None:
        file.write_text(text)
    assert main(["merge", str(file)]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"{file}: ")
    assert told in err
    assert len(err.splitlines()) == 1


EFFORT = ("--max-examples", "4")


def ids(file: Path) -> set[str]:
    told: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return {each["id"] for each in told["findings"]}


@pytest.mark.slow
@pytest.mark.parametrize("bug", ["unauthorized-rebuild-begins", "include-logs-takes-numbers"])
def test_four_processes_find_what_one_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], bug: str | None
) -> None:
    alone, of_all = tmp_path / "alone.json", tmp_path / "of-all.json"
    kept = ("--findings", str(tmp_path / "kept"))
    with start(bug) as url:
        ran = contract_run(url, *TOKENS, *EFFORT, *kept, "--report-json", str(alone))
        files = shards_of_a_run(url, tmp_path, 4, *EFFORT, *kept)
    status = main(["merge", *files, *kept, "--report-json", str(of_all)])
    printed = capsys.readouterr().out
    assert ids(of_all) == ids(alone)
    assert ids(alone) != set()
    assert status == ran.returncode == 1
    for finding in ids(alone):
        assert f"replay:   contract-tests replay {tmp_path / 'kept' / finding}.json" in printed
    one, all_ = (json.loads(file.read_text("utf-8")) for file in (alone, of_all))
    assert one["operations"] == all_["operations"]
    assert one["rules"]["expected"] == all_["rules"]["expected"]
