"""The document says which accounts own a release, and so may rebuild it."""

from pathlib import Path

import pytest
from werkzeug.test import Client

from contract_tests.run.timelines import owner_of
from mock_server.app.sources import load_sources
from mock_server.app.wsgi import create_app
from tests.mock_server.helpers.copies import edit, small_fixtures, spec_with, violations_of

KEY = "        parent: { Account: creator_account_id }\n        not_found: package_not_found\n"
OWNER = KEY + "        owner: { owner_github_username: github_username }\n"
REBUILD, BY_ID = "/api/package_releases/rebuild", {"package_release_id": "rel_successful"}


def status_of_rebuild(client: Client, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return client.post(REBUILD, json=BY_ID, headers=headers).status_code


def transferred(folder: Path) -> Path:
    """Return fixtures in which another account than the creator owns the package of BY_ID."""
    fixtures = small_fixtures(folder)
    package = "  - package_id: pkg_3\n    creator_account_id: account-1234\n"
    package += "    owner_org_id: org_testuser\n    owner_github_username: "
    edit(fixtures / "packages.yaml", package + "testuser\n", package + "otheruser\n")
    return fixtures


@pytest.mark.parametrize(
    ("edits", "owner", "stranger"),
    [
        ([], "testuser-token", "otheruser-token"),
        ([(KEY, OWNER)], "otheruser-token", "testuser-token"),
    ],
    ids=["the account of the parent key", "the accounts with an equal property"],
)
def test_the_owners_by_the_document_can_rebuild_and_others_cannot(
    tmp_path: Path, edits: list[tuple[str, str]], owner: str, stranger: str
) -> None:
    client = Client(create_app(spec_with(tmp_path, *edits), transferred(tmp_path)))
    assert status_of_rebuild(client, stranger) == 403
    assert status_of_rebuild(client, owner) == 200


def test_a_contract_run_identifies_the_owner_by_the_same_property(tmp_path: Path) -> None:
    package = {"creator_account_id": "account-1234", "owner_github_username": "otheruser"}
    for edits, expected in (([], "account-1234"), ([(KEY, OWNER)], "otheruser")):
        judge, _ = load_sources(spec_with(tmp_path, *edits), small_fixtures(tmp_path))
        assert owner_of(judge.spec, {"Package": package}) == expected


@pytest.mark.parametrize(
    ("owner", "found", "fix"),
    [
        ("{ owner_github_usernam: github_username }", "owner_github_usernam", "owner_github"),
        ("{ owner_github_username: github_user }", "github_user", "github_username"),
    ],
)
def test_an_owner_must_name_properties_of_both_schemas(
    tmp_path: Path, owner: str, found: str, fix: str
) -> None:
    spec = spec_with(tmp_path, (KEY, f"{KEY}        owner: {owner}\n"))
    (violation,) = violations_of(load_sources, spec, small_fixtures(tmp_path))
    assert (violation.rule, violation.found) == ("x-resource", found)
    assert fix in violation.fix
