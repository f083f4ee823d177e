"""``contract-tests compare`` sends the credentials of each scheme, and notices who needs none."""

import shutil
from pathlib import Path

import pytest

from contract_tests.cli import main
from mock_server.live import live, load_sources

EXAMPLE = Path(__file__).parents[2] / "examples" / "deployments"
SCHEME = "      type: apiKey\n      in: header\n      name: X-Api-Key\n"
PASSWORD = "aurora-password"
TOKEN, SECURITY = f"aurora:{PASSWORD}", "security:\n  - key: []\n"
SCHEMES = {
    "apiKey-header": "      type: apiKey\n      in: header\n      name: X-Other-Key\n",
    "apiKey-query": "      type: apiKey\n      in: query\n      name: key\n",
    "apiKey-cookie": "      type: apiKey\n      in: cookie\n      name: key\n",
    "basic": "      type: http\n      scheme: basic\n",
}


@pytest.fixture(params=SCHEMES)
def spec(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a copy of an example whose operations need other credentials."""
    folder = tmp_path / "example"
    shutil.copytree(EXAMPLE, folder)
    spec, credentials = folder / "openapi.yaml", folder / "fixtures" / "credentials.yaml"
    text = spec.read_text("utf-8")
    token = PASSWORD if request.param == "basic" else TOKEN  # the mock knows no user names
    assert SCHEME in text
    spec.write_text(text.replace(SCHEME, SCHEMES[request.param]), "utf-8")
    credentials.write_text(credentials.read_text("utf-8").replace("aurora-key", token), "utf-8")
    return spec


def test_a_target_that_needs_no_credentials_stands_alone(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fixtures = spec.parent / "fixtures"
    open_to_all = spec.with_name("open.yaml")
    open_to_all.write_text(
        spec.read_text("utf-8").replace(SECURITY, SECURITY + "  - {}\n"), "utf-8"
    )
    options = ("--spec", str(spec), "--token", TOKEN)
    with live(*load_sources(spec, fixtures)) as one:
        assert main(["compare", "--target", one.url, "--target", one.url, *options]) == 0
        alike = capsys.readouterr().out
        with live(*load_sources(open_to_all, fixtures)) as other:
            code = main(["compare", "--target", one.url, "--target", other.url, *options])
    output = capsys.readouterr().out
    assert alike.startswith("no differences: ")
    assert "not compared" not in alike
    assert code == 1, output
    assert "B stands alone" in output
    assert "a request without credentials must be refused" in output
    assert PASSWORD not in output
