"""The installed wheel is complete: it needs no file of the repository."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def finished(*command: str | Path, cwd: Path, site: Path | None = None) -> str:
    """Run a command and return its output; `site` comes first on its import path."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    if site is not None:
        environment["PYTHONPATH"] = str(site)
    ended = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the wheel, built from the source distribution and installed."""
    built, installed = tmp_path_factory.mktemp("dist"), tmp_path_factory.mktemp("site")
    python = sys.executable
    finished(python, "-m", "build", "--no-isolation", "--outdir", built, ROOT, cwd=ROOT)
    (wheel,) = built.glob("*.whl")
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index")
    finished(*pip, "--no-deps", "--target", installed, wheel, cwd=built)
    return installed


def test_the_wheel_ships_the_contract_and_every_fixture(site: Path) -> None:
    shipped = site / "mock_server" / "shipped"
    names = ["openapi.yaml", *(str(path.relative_to(ROOT)) for path in tracked("fixtures"))]
    assert names[1:]
    for name in names:
        assert (shipped / name).read_bytes() == (ROOT / name).read_bytes()


def test_the_wheel_ships_the_data_files_of_its_packages(site: Path) -> None:
    """Templates, styles, scripts, SQL tables and the start of exports are unchanged."""
    names = [path.relative_to(ROOT) for path in tracked("mock_server", "contract_tests")]
    data_files = [name for name in names if name.suffix != ".py"]
    assert {".html", ".css", ".js", ".sql", ".lua", ".ts"} <= {name.suffix for name in data_files}
    for name in data_files:
        assert (site / name).read_bytes() == (ROOT / name).read_bytes()


def test_the_wheel_is_marked_as_typed(site: Path) -> None:
    assert (site / "mock_server" / "py.typed").exists()
    assert (site / "contract_tests" / "py.typed").exists()


def test_the_wheel_checks_what_it_ships_from_an_empty_folder(site: Path, tmp_path: Path) -> None:
    where = "import mock_server; print(mock_server.__file__)"
    assert finished(sys.executable, "-c", where, cwd=tmp_path, site=site).startswith(str(site))
    assert finished(site / "bin" / "mock-server", "check", cwd=tmp_path, site=site).strip()


def tracked(*folders: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", *folders], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]
