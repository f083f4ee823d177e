"""OpenAPI Overlays 1.0 change a document before it is read."""

from pathlib import Path

import pytest

from mock_server.contract.document.loading import load
from mock_server.contract.openapi.reading import read_document
from mock_server.contract.source.documents import Document
from tests.mock_server.helpers.copies import location_of, violations_of
from tests.mock_server.helpers.guarantees import assert_guarantees

DOCUMENT = """\
openapi: 3.0.3
info: {title: Pets, version: "1"}
tags: [{name: pets}, {name: owners}, {name: toys}]
paths:
  /pets:
    get: {operationId: listPets, tags: [pets], responses: {"200": {description: ok}}}
    post: {operationId: addPet, tags: [pets], responses: {"201": {description: ok}}}
  /toys:
    get: {operationId: listToys, tags: [toys], responses: {"200": {description: ok}}}
components: {schemas: {Pet: {type: object, properties: {name: {type: strng}}}}}
"""
HEAD = 'overlay: 1.0.0\ninfo: {title: Changes, version: "1"}\nactions:\n'


def document_in(folder: Path) -> Path:
    path = folder / "api.yaml"
    path.write_text(DOCUMENT)
    return path


def overlay(folder: Path, actions: str, name: str = "overlay.yaml") -> Path:
    path = folder / name
    path.write_text(HEAD + actions)
    return path


def applied(folder: Path, *actions: str) -> Document:
    """Apply one overlay for each text of actions, and assert the guarantees of the document."""
    overlays = [overlay(folder, text, f"{n}.yaml") for n, text in enumerate(actions, 1)]
    document = read_document(document_in(folder), overlays)
    assert_guarantees(document.data)
    return document


def test_an_update_is_merged_deeply(tmp_path: Path) -> None:
    update = "  - {target: $.info, update: {title: Animals, contact: {name: Ann}}}\n"
    document = applied(tmp_path, update)
    assert document.data["info"] == {"title": "Animals", "version": "1", "contact": {"name": "Ann"}}
    assert document.location("/info/title") == location_of(tmp_path / "1.yaml", "Animals")
    assert document.location("/info/version") == location_of(document.path, '"1"}')


def test_an_update_of_lists_appends(tmp_path: Path) -> None:
    document = applied(
        tmp_path,
        "  - {target: $.paths.*.get.tags, update: all}\n"
        "  - {target: \"$.paths['/pets'].post\", update: {tags: [new]}}\n",
    )
    paths = document.data["paths"]
    assert paths["/pets"]["get"]["tags"] == ["pets", "all"]
    assert paths["/toys"]["get"]["tags"] == ["toys", "all"]
    assert paths["/pets"]["post"]["tags"] == ["pets", "new"]
    at_tag = document.location("/paths/~1pets/post/tags/1")
    assert at_tag == location_of(tmp_path / "1.yaml", "new]")


def test_a_removed_item_moves_those_after_it(tmp_path: Path) -> None:
    document = applied(
        tmp_path,
        "  - {target: \"$.paths['/toys']\", remove: true}\n"
        "  - {target: \"$.tags[?@.name != 'toys']\", remove: true}\n",
    )
    assert list(document.data["paths"]) == ["/pets"]
    assert document.data["tags"] == [{"name": "toys"}]
    assert document.location("/tags/0/name") == location_of(document.path, "toys}]")


def test_overlays_apply_in_their_order(tmp_path: Path) -> None:
    title = "  - {{target: $.info, update: {{title: {}}}}}\n"
    document = applied(tmp_path, title.format("First"), title.format("Second"))
    assert document.data["info"]["title"] == "Second"
    assert document.location("/info/title") == location_of(tmp_path / "2.yaml", "Second")


def test_a_mistake_of_an_overlay_is_an_error_and_one_of_the_document_a_note(tmp_path: Path) -> None:
    update = "  - {target: $.components.schemas.Pet.properties, update: {age: {type: integr}}}\n"
    path = overlay(tmp_path, update)
    (violation,) = violations_of(read_document, document_in(tmp_path), [path])
    assert violation.location == location_of(path, "integr}")
    assert violation.fix == "did you mean integer?"
    path.write_text(path.read_text().replace("integr", "integer"))
    notes = read_document(document_in(tmp_path), [path]).notes
    assert "strng" in "\n".join(map(str, notes))


def test_the_extensions_of_an_overlay_are_checked(tmp_path: Path) -> None:
    update = "  - {target: \"$.paths['/pets'].get\", update: {x-lookup: {find: Pet}}}\n"
    path = overlay(tmp_path, update)
    violations = violations_of(load, document_in(tmp_path), [path])
    assert {each.rule for each in violations} == {"x-lookup"}
    assert all(each.location.startswith(f"{path}:4:") for each in violations)


@pytest.mark.parametrize(
    ("target", "fix"),
    [
        ("$.pathes", "did you mean paths?"),
        ("$.paths['/pet'].get", "did you mean /pets?"),
        ("$.paths['/pets'].delete", '''$.paths['/pets'] has no "delete"'''),
        ("$.tags[7]", '$.tags has no "7"'),
        ("$..unknown", ""),
    ],
)
def test_a_target_without_a_match_is_an_error(tmp_path: Path, target: str, fix: str) -> None:
    path = overlay(tmp_path, f'  - {{target: "{target}", update: {{}}}}\n')
    (violation,) = violations_of(read_document, document_in(tmp_path), [path])
    assert violation.message == "must match a value"
    assert violation.location == location_of(path, f'"{target}"')
    assert violation.fix == fix


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["must be a mapping"]),
        ("overlay: 2.0.0\nactions: []\n", ["must be an OpenAPI Overlay 1.0", "a list of actions"]),
        (f"{HEAD}  - 7\n  - {{}}\n", ["must be a mapping", "have a target", "update or remove"]),
        (
            f"{HEAD}  - {{target: $.info, updat: 1, remove: 1}}\n",
            ["mean update?", "true or"],
        ),
        (f"{HEAD}  - {{target: '$.a[', update: 1}}\n", ["must be a JSONPath"]),
        (f"{HEAD}  - {{target: $, remove: true}}\n", ["must not remove the document"]),
        (f"{HEAD}  - {{target: $.info, update: 1}}\n", ["as the target is; found 1"]),
        (f"{HEAD}  - {{target: $.info.title, update: 1}}\n", ["a mapping or a list"]),
        ("overlay: [\n", ["not YAML"]),
    ],
)
def test_each_problem_of_an_overlay_is_reported_with_its_location(
    tmp_path: Path, text: str, words: list[str]
) -> None:
    path = tmp_path / "overlay.yaml"
    path.write_text(text)
    violations = violations_of(read_document, document_in(tmp_path), [path])
    message = "\n".join(map(str, violations))
    assert all(word in message for word in words)
    assert all(each.location.startswith(str(path)) for each in violations)


def test_an_overlay_may_add_what_the_document_lacks(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    path.write_text("info: {title: Pets}\n")
    operation = "{get: {operationId: a, responses: {'200': {description: ok}}}}"
    update = f"{{openapi: 3.1.0, info: {{version: '1'}}, paths: {{/a: {operation}}}}}"
    document = read_document(path, [overlay(tmp_path, f"  - {{target: $, update: {update}}}\n")])
    assert document.notes == ()
    assert list(document.data["paths"]) == ["/a"]
