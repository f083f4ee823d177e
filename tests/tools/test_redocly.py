import json

from tests.helpers.programs import run


def test_redocly_finds_nothing_to_say_about_the_contract() -> None:
    """redocly's recommended rules give neither an error nor a warning."""
    lint = run("redocly", "lint", "--format=json", "openapi.yaml")
    report, _ = json.JSONDecoder().raw_decode(lint.stdout[lint.stdout.index("{") :])
    assert report["problems"] == [], lint.stdout
    assert lint.returncode == 0, lint.stdout
