"""The workflow and the pre-commit hook that docs/ci.md describes work."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers.contract_runs import ROOT, free_port

WORKFLOW = ROOT / "examples/github/contract.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
INSTALLED_ALREADY = "python -m pip install ."


def job() -> dict[str, Any]:
    contract_job: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]["contract"]
    return contract_job


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment of a runner, with the programs of this Python first."""
    programs = folder.parent / "bin"
    programs.mkdir(exist_ok=True)
    python = programs / "python"
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    python.chmod(0o755)
    path = [str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]
    return {"PATH": os.pathsep.join(path), "PYTHONPATH": str(folder), "HOME": str(folder), **more}


@pytest.mark.slow
def test_the_steps_of_the_workflow_run_in_a_checkout_and_write_their_reports(
    tmp_path: Path,
) -> None:
    checkout, summary = tmp_path / "checkout", tmp_path / "summary.md"
    copied = ("openapi.yaml", "fixtures", "mock_server", "contract_tests", "examples")
    for name in copied:
        source, into = ROOT / name, checkout / name
        into.parent.mkdir(exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, into)
    port = str(free_port())
    variables = {name: text.replace("3200", port) for name, text in job()["env"].items()}
    variables |= {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    runs = [step["run"] for step in job()["steps"] if "run" in step]
    assert INSTALLED_ALREADY in runs
    script = "\n".join(each for each in runs if each != INSTALLED_ALREADY).replace("3200", port)
    script = script.replace("contract-tests ", "python -m contract_tests.cli ")
    ran = subprocess.Popen(
        ["bash", "-e", "-c", script],
        cwd=checkout,
        env=environment(checkout, **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        printed, _ = ran.communicate(timeout=240)
    finally:
        os.killpg(ran.pid, signal.SIGKILL)  # the server of the script, which still runs
    assert ran.returncode == 0, printed
    assert "holds: 7 of 8 operations (1 optional and not offered), " in printed
    assert summary.read_text().startswith("## The contract holds\n")
    reports = {file.name for file in (checkout / "reports").iterdir()}
    assert reports == {
        "verdict.json",
        *(f"contract.{end}" for end in ("xml", "html", "sarif", "har")),
    }
    assert json.loads((checkout / "reports/verdict.json").read_text())["exit_code"] == 0


def test_every_step_of_the_workflow_has_a_name_or_uses_a_versioned_action() -> None:
    for step in job()["steps"]:
        assert "uses" in step or ("name" in step and "run" in step)
        assert "@v" in step.get("uses", "@v")


def test_the_pre_commit_hook_checks_spec_and_fixtures(tmp_path: Path) -> None:
    (hook,) = yaml.safe_load(HOOKS.read_text("utf-8"))
    assert (hook["id"], hook["pass_filenames"]) == ("mock-server-check", False)
    program, *words = shlex.split(hook["entry"])
    entry = [str(Path(sys.executable).with_name(program)), *words]
    ran = subprocess.run(entry, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    broken = tmp_path / "fixtures"
    shutil.copytree(ROOT / "fixtures", broken)
    release = next((broken / "releases").glob("*.yaml"))
    release.write_text(release.read_text("utf-8") + "\nnot_a_key: 1\n")
    entry += ["--fixtures", str(broken)]
    ran = subprocess.run(entry, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "not_a_key" in ran.stderr


def test_the_pre_commit_hook_runs_for_the_files_that_it_checks() -> None:
    (hook,) = yaml.safe_load(HOOKS.read_text("utf-8"))
    pattern = re.compile(hook["files"])
    assert pattern.search("openapi.yaml")
    assert pattern.search("fixtures/releases/successful.yaml")
    assert not pattern.search("README.md")
