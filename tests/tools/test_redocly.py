import json

from tests.helpers.programs import run


def test_redocly_reports_no_problem() -> None:
    """The contract follows the recommended rules of Redocly, without an error or a warning."""
    lint = run("redocly", "lint", "--format=json", "openapi.yaml")
    report, _ = json.JSONDecoder().raw_decode(lint.stdout[lint.stdout.index("{") :])
    assert report["problems"] == [], lint.stdout
    assert lint.returncode == 0, lint.stdout
