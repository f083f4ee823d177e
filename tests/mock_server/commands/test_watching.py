"""Watched files: each edit of a file that was read is served, and nothing ends the watcher."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from mock_server.app.mock import Mock
from mock_server.commands.reload import Reloader, reloader_of
from tests.mock_server.helpers.watched import (
    ITEM,
    body,
    eventually,
    reloader_for,
    watching,
    write_document,
    write_item,
    write_yaml,
)


@pytest.mark.parametrize("name", ["node_modules", ".venv", ".git", ".tox", "__pycache__", "a b"])
def test_an_edit_is_served_below_a_folder_of_any_name(tmp_path: Path, name: str) -> None:
    spec, fixtures = tmp_path / name / "api" / "openapi.yaml", tmp_path / name / "fixtures"
    write_yaml(spec, ITEM)
    write_item(fixtures, "old")
    reloader = reloader_for(spec, fixtures)
    with watching(reloader):
        write_item(fixtures, "new")
        eventually(lambda: "new" in body(reloader, "/items/1"))
        write_yaml(spec, with_item_path("/v2/items/{id}"))
        eventually(lambda: "new" in body(reloader, "/v2/items/1"))


def with_item_path(path: str) -> dict[str, Any]:
    return {**ITEM, "paths": {path: ITEM["paths"]["/items/{id}"]}}


def test_an_edit_behind_a_link_is_served(tmp_path: Path) -> None:
    """The folder of a type is a link to a folder outside, as is the document to a file."""
    write_yaml(tmp_path / "real" / "openapi.yaml", ITEM)
    write_item(tmp_path / "real" / "fixtures", "old")
    spec, fixtures = tmp_path / "openapi.yaml", tmp_path / "fixtures"
    spec.symlink_to(tmp_path / "real" / "openapi.yaml")
    fixtures.mkdir()
    (fixtures / "items").symlink_to(tmp_path / "real" / "fixtures" / "items")
    reloader = reloader_for(spec, fixtures)
    with watching(reloader):
        write_item(tmp_path / "real" / "fixtures", "new")
        eventually(lambda: "new" in body(reloader, "/items/1"))
        write_yaml(tmp_path / "real" / "openapi.yaml", with_item_path("/v2/items/{id}"))
        eventually(lambda: "new" in body(reloader, "/v2/items/1"))


def test_the_files_of_a_kubernetes_config_map_are_served_and_their_swap_noticed(
    tmp_path: Path,
) -> None:
    """Kubernetes mounts links to a hidden folder, and replaces the link ``..data`` at once."""
    mount = tmp_path / "mount"
    for number, name in enumerate(("old", "new"), 1):
        items = {"items": [{"id": "1", "name": name}]}
        write_yaml(mount / f"..2026_11_30_{number}" / "items.yaml", items)
    data = mount / "..data"
    data.symlink_to("..2026_11_30_1")
    (mount / "items.yaml").symlink_to("..data/items.yaml")
    write_yaml(tmp_path / "openapi.yaml", ITEM)
    reloader = reloader_for(tmp_path / "openapi.yaml", mount)
    assert "old" in body(reloader, "/items/1")
    with watching(reloader):
        later = mount / "..data_tmp"
        later.symlink_to("..2026_11_30_2")
        later.rename(data)
        eventually(lambda: "new" in body(reloader, "/items/1"))


def test_an_edit_of_a_referenced_file_or_an_overlay_is_served(tmp_path: Path) -> None:
    spec, other, overlay = (tmp_path / n for n in ("openapi.yaml", "parts/a.yaml", "overlay.yaml"))
    write_document(spec, "old", **{"$ref": "parts/a.yaml"})
    schema = yaml.safe_load(spec.read_text("utf-8"))
    media_type = schema["paths"]["/value"]["get"]["responses"]["200"]["content"]["application/json"]
    media_type["schema"] = {"$ref": "parts/a.yaml"}
    write_yaml(spec, schema)
    write_yaml(other, {"type": "string", "enum": ["first"]})
    actions: list[dict[str, Any]] = [{"target": "$.info", "update": {"title": "One"}}]
    write_overlay(overlay, actions)
    reloader = reloader_for(spec, overlays=[overlay])
    assert "first" in body(reloader, "/value")
    with watching(reloader):
        write_yaml(other, {"type": "string", "enum": ["second"]})
        eventually(lambda: "second" in body(reloader, "/value"))
        write_overlay(overlay, [{"target": "$.info", "update": {"title": "Two"}}])
        eventually(lambda: reloader.mock.spec.data["info"]["title"] == "Two")


def write_overlay(path: Path, actions: list[dict[str, Any]]) -> None:
    info = {"title": "An overlay", "version": "1"}
    write_yaml(path, {"overlay": "1.0.0", "info": info, "actions": actions})


def test_a_file_that_was_missing_is_noticed_when_it_appears(tmp_path: Path) -> None:
    """A file that the document refers to, and the folder of fixtures beside it."""
    spec = tmp_path / "openapi.yaml"
    write_yaml(spec, ITEM)
    reloader = reloader_for(spec)
    with watching(reloader):
        write_item(tmp_path / "fixtures", "found")
        eventually(lambda: "found" in body(reloader, "/items/1"))
        members = {"type": "object", "properties": {"more": {"$ref": "more.yaml"}}}
        schemas = {**ITEM["components"]["schemas"], "More": members}
        write_yaml(spec, {**ITEM, "components": {"schemas": schemas}})
        eventually(lambda: "more.yaml" in problems(reloader))
        write_yaml(tmp_path / "more.yaml", {"type": "string"})
        eventually(lambda: problems(reloader) == "")


def problems(reloader: Reloader) -> str:
    return " ".join(map(str, reloader.mock.health.problems))


def test_only_what_was_read_is_watched(tmp_path: Path) -> None:
    """Neither the other files of the folder of the document, nor the folders beside it."""
    spec = tmp_path / "openapi.yaml"
    write_yaml(spec, ITEM)
    write_item(tmp_path / "fixtures", "an item")
    for name in ("node_modules/a/b.yaml", "other.yaml", "fixtures/.history/items/first.yaml"):
        write_yaml(tmp_path / name, {})
    reloader = reloader_for(spec)
    fixtures = tmp_path / "fixtures"
    names = {str(path.relative_to(tmp_path)) for path in reloader.files}
    assert names == {"openapi.yaml", "fixtures", "fixtures/items", "fixtures/items/first.yaml"}
    assert reloader.files[fixtures] == (fixtures / "items" / "first.yaml",)


BROKEN_RULES = {
    # title: a rule, part of the message
    "a syntax error far along a line": (f"{' ' * 70_000}+++", "must be CEL"),
    "a panic of the engine": ("self.name ==== 'é'", "must be CEL"),
    "too many operators": (f"self.id == 'a'{' + self.id' * 20_000}", "at most"),
    "a division by zero": ("1 / 0 == 1", "division by zero"),
    "an overflow": ("9223372036854775807 + size(self.id) == 1", "overflow"),
    "an index out of range": ("[1][size(self.id)] == 1", "out of bounds"),
}


@pytest.mark.parametrize(("rule", "message"), BROKEN_RULES.values(), ids=BROKEN_RULES)
def test_a_rule_that_cannot_be_evaluated_is_a_message_and_the_watcher_goes_on(
    tmp_path: Path, rule: str, message: str
) -> None:
    spec = tmp_path / "openapi.yaml"
    write_yaml(spec, ITEM)
    write_item(tmp_path / "fixtures", "served")
    reloader = reloader_for(spec)
    item = ITEM["components"]["schemas"]["Item"]
    rules = [{"id": "broken", "rule": rule, "message": "must hold"}]
    with watching(reloader):
        schemas = {"Item": {**item, "x-invariants": rules}}
        write_yaml(spec, {**ITEM, "components": {"schemas": schemas}})
        eventually(lambda: message in problems(reloader))
        assert "served" in body(reloader, "/items/1")
        write_yaml(spec, ITEM)
        eventually(lambda: problems(reloader) == "")


class PanicException(BaseException):
    """A panic of a library in Rust, as PyO3 raises it."""


@pytest.mark.parametrize("error", [PanicException("a panic"), RecursionError(), KeyError("a")])
def test_any_error_of_a_reload_is_a_message_and_the_watcher_goes_on(
    tmp_path: Path, error: BaseException
) -> None:
    path = tmp_path / "openapi.yaml"
    write_document(path, "value")
    errors = [error]
    build = reloader_for(path).build

    def failing(earlier: Mock | None) -> Mock:
        mock = build(earlier)
        if earlier is not None and errors:
            raise errors.pop()
        return mock

    reloader = reloader_of(failing)
    with watching(reloader):
        write_document(path, "edited")
        eventually(lambda: type(error).__name__ in problems(reloader))
        assert body(reloader, "/value") == '"value"'
        write_document(path, "edited again")
        eventually(lambda: body(reloader, "/value") == '"edited again"')
    assert reloader.mock.health.problems == ()
