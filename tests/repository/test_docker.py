"""The Dockerfile and the example for Compose, as far as they can be tested without a container."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.helpers.requests import call

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "docker"
SERVICE = yaml.safe_load((EXAMPLE / "compose.yaml").read_text("utf-8"))["services"]["mock"]


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile with their arguments."""
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    split = (line.partition(" ") for line in lines if line and not line.startswith("#"))
    return [(name, arguments) for name, _, arguments in split]


def last(name: str) -> str:
    return [arguments for each, arguments in instructions() if each == name][-1]


def test_the_image_runs_as_a_user_without_rights_and_reports_its_health() -> None:
    final = [name for name, _ in instructions()]
    final = final[len(final) - final[::-1].index("FROM") :]
    assert final == ["COPY", "ENV", "USER", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"]
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", last("USER"))


def test_the_context_of_the_image_has_what_it_copies_and_nothing_else() -> None:
    allowed = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)
    copied = [a.split()[:-1] for name, a in instructions() if name == "COPY" and "--from" not in a]
    assert sorted(allowed) == sorted(name for names in copied for name in names)
    assert all((ROOT / name).exists() for name in allowed)


def test_the_service_can_write_nothing_and_is_reachable_from_this_machine_only() -> None:
    assert SERVICE["read_only"] is True
    assert SERVICE["cap_drop"] == ["ALL"]
    assert SERVICE["ports"] == ["127.0.0.1:3100:3100"]
    for volume in SERVICE["volumes"]:
        source, _, mode = volume.split(":")
        assert (EXAMPLE / source).exists()
        assert mode == "ro"


@pytest.mark.slow
def test_the_steps_of_the_image_result_in_a_mock_that_serves(tmp_path: Path) -> None:
    """The steps run in an empty folder, with an empty environment."""
    root, build = tmp_path / "root", tmp_path / "build"
    build.mkdir()
    environment = {"PATH": os.defpath, "HOME": str(tmp_path)}
    environment |= {n: os.environ[n] for n in os.environ if n.startswith("PIP_")}
    for name, arguments in instructions():
        if name == "COPY" and "--from" not in arguments:
            for each in arguments.split()[:-1]:
                copy = shutil.copytree if (ROOT / each).is_dir() else shutil.copy
                copy(ROOT / each, build / each)
        if name == "RUN":
            command = arguments.replace("/app", str(root))
            command = re.sub(r"^python\b", sys.executable, command)
            ended = subprocess.run(
                command.split(), cwd=build, env=environment, capture_output=True, text=True,
                timeout=600, check=False,
            )  # fmt: skip
            assert ended.returncode == 0, ended.stdout + ended.stderr
    shutil.rmtree(build)
    paths = {"/api/openapi.yaml": "openapi.yaml", "/api/fixtures": "fixtures"}
    command = " ".join(SERVICE["command"]).replace("0.0.0.0", "127.0.0.1")  # noqa: S104
    command = re.sub(r"\$\{\w+:\?[^}]*\}", "secret", command) + " --port=0"
    for path, own in paths.items():
        command = command.replace(path, str(ROOT / own))
    (entry,) = json.loads(last("ENTRYPOINT"))
    program = [root / "bin" / entry, *command.split()]
    with subprocess.Popen(program, cwd=tmp_path, env=environment, stdout=subprocess.PIPE,
                          text=True) as server:  # fmt: skip
        try:
            assert server.stdout is not None
            found = (re.search(r"Ready on (http://[^/]+)", line) for line in server.stdout)
            address = next(each[1] for each in found if each)
            assert call(address, "GET", "/_mock/health").status == 401
            token = {"Authorization": "Bearer secret"}
            assert call(address, "GET", "/_mock/health", headers=token).json["ok"] is True
            _, _, health = last("HEALTHCHECK").partition("CMD ")
            name, *rest = json.loads(health.replace("3100", address.rpartition(":")[2]))
            probe = [root / "bin" / name, *rest]
            assert subprocess.run(probe, env=environment, timeout=60, check=False).returncode == 0
        finally:
            server.terminate()
