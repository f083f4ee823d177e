"""A contract run of a document with combined schemas, and with keys that clients choose."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_server.live import live, load_sources
from tests.helpers.contract_runs import contract_tests
from tests.helpers.videos import written

OPTIONS = ("--token", "ada-key", "--other-token", "bob-key", "--known", "name=web/1080p")
FEW = ("--max-examples", "1")


@pytest.fixture
def target(tmp_path: Path) -> Iterator[str]:
    spec, overlay, fixtures = written(tmp_path)
    with live(*load_sources(spec, fixtures, [overlay])) as mock:
        yield mock.url


@pytest.mark.parametrize(
    "overlays", [("--overlay", "overlay.yaml"), pytest.param((), marks=pytest.mark.slow)]
)
def test_the_contract_holds_for_the_mock(
    target: str, tmp_path: Path, overlays: tuple[str, ...]
) -> None:
    """Every operation is verified: also that of a key with a slash, and the deletion of a channel.
    The run must choose the key of a channel itself."""
    sources = ("--spec", "openapi.yaml", *overlays)
    ran = contract_tests(*sources, "--target", target, *OPTIONS, *FEW, folder=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "13 of 13 operations" in ran.stdout
    assert "the check itself failed" not in ran.stdout


def test_a_finding_names_the_property_of_a_combined_schema(tmp_path: Path) -> None:
    """Its location is in the part of ``allOf`` that declares the property."""
    spec, overlay, fixtures = written(tmp_path)
    with live(*load_sources(spec, fixtures, [overlay])) as mock:
        stricter = spec.read_text("utf-8").replace("minLength: 1, maxLength: 80", "maxLength: 3")
        spec.write_text(stricter, "utf-8")
        options = ("--read-only", "-k", "test_examples or test_coverage or getChannel")
        sources = ("--spec", "openapi.yaml", "--overlay", "overlay.yaml")
        ran = contract_tests(
            *sources, "--target", mock.url, *OPTIONS, *FEW, *options, folder=tmp_path
        )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    line = next(n for n, text in enumerate(stricter.splitlines(), 1) if "maxLength: 3" in text)
    assert "[maxLength]" in ran.stdout
    assert f"openapi.yaml:{line}:" in ran.stdout
