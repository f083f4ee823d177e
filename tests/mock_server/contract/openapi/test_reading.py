"""Any OpenAPI document is read into one form."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from mock_server.contract.openapi.operations import derived_id
from mock_server.contract.openapi.reading import read_document
from mock_server.contract.source.documents import Document
from mock_server.contract.violations import ContractError
from tests.mock_server.helpers.copies import SPEC, location_of, violations_of
from tests.mock_server.helpers.guarantees import assert_guarantees

HEAD = "openapi: 3.1.0\ninfo: {title: Pets, version: '1'}\n"
PATHS = "paths: {/pets: {get: {operationId: listPets, responses: {'200': {description: ok}}}}}\n"
PETS = HEAD + PATHS


def written(folder: Path, text: str, name: str = "api.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def read(folder: Path, text: str, name: str = "api.yaml") -> Document:
    """Read a document, and assert its guarantees."""
    document = read_document(written(folder, text, name))
    assert_guarantees(document.data)
    return document


def with_schema(schema: str) -> str:
    return PETS + "components:\n  schemas:\n    Pet:\n" + schema


def responding(response: str) -> str:
    operation = "    get:\n      operationId: listPets\n      responses:\n"
    return HEAD + f"paths:\n  /pets:\n{operation}        '200': {response}\n"


def notes_of(document: Document) -> str:
    return "\n".join(map(str, document.notes))


def test_a_valid_document_keeps_its_data(tmp_path: Path) -> None:
    document = read(tmp_path, PETS)
    assert document.notes == ()
    assert document.data["paths"]["/pets"]["get"]["operationId"] == "listPets"
    assert document.data["servers"] == [{"url": "/"}]
    assert document.data["components"] == {"schemas": {}}


def test_the_shipped_document_keeps_its_data() -> None:
    document = read_document(SPEC)
    assert document.own
    assert document.notes == ()
    assert_guarantees(document.data)


@pytest.mark.parametrize(
    ("version", "read_as"),
    [
        ("3.0.3", "3.1.0"),
        ("3.1.0", "3.1.0"),
        ("3.1.1", "3.1.1"),
        ("3.2.0", "3.1.0"),
        ("3.0", "3.1.0"),
    ],
)
def test_each_version_3_is_read_as_3_1(tmp_path: Path, version: str, read_as: str) -> None:
    document = read(tmp_path, PETS.replace("3.1.0", version))
    assert document.data["openapi"] == read_as


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "an empty file"),
        ("- 1\n", "must be a mapping"),
        ("a: 1\n", "must have the field `openapi`; found a"),
        ("asyncapi: 3.0.0\n", "an AsyncAPI document"),
        ("overlay: 1.0.0\n", "--overlay"),
        ("openapi: 4.0.0\n", "write 3.1.0"),
        ("swagger: '1.2'\n", "write 2.0"),
        (HEAD, "no operations under paths: nothing to serve"),
        (HEAD + "paths: {}\n", "no operations under paths: nothing to serve"),
        (HEAD + "paths: {/a: {summary: none}}\n", "no operations under paths: nothing to serve"),
        (HEAD + "webhooks: {a: {post: {}}}\n", "only webhooks, which are not served"),
        ("openapi: [\n", "not YAML"),
        ('{"openapi": "3.1.0",', "not YAML"),
    ],
)
def test_a_file_that_cannot_be_served_is_rejected_with_the_reason(
    tmp_path: Path, text: str, word: str
) -> None:
    path = written(tmp_path, text)
    violations = violations_of(read_document, path)
    assert word in "\n".join(map(str, violations))
    assert all(each.location.startswith(str(path)) for each in violations)


def test_invalid_json_is_reported_with_its_location(tmp_path: Path) -> None:
    path = written(tmp_path, '{\n  "openapi": nil}', "api.json")
    (violation,) = violations_of(read_document, path)
    assert violation.location == f"{path}:2:14"


def test_json_with_a_comma_at_the_end_is_read(tmp_path: Path) -> None:
    text = '{"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": {"200": {}}}}},}'
    assert read(tmp_path, text, "api.json").data["paths"]["/a"]


def test_values_in_json_have_locations(tmp_path: Path) -> None:
    text = json.dumps(
        {"openapi": "3.1.0", "paths": {"/a": {"get": {"x": [1, {"y": "z"}]}}}}, indent=2
    )
    document = read(tmp_path, text, "api.json")
    path = tmp_path / "api.json"
    assert document.location("/paths/~1a/get/x/1/y") == location_of(path, '"z"')
    assert document.location("/paths/~1a") == location_of(path, '{\n      "get"')


def test_yaml_of_public_documents_is_read(tmp_path: Path) -> None:
    text = PETS + (
        "x-shared: &shared {a: 1, b: 2}\n"
        "x-merged: {<<: *shared, b: 3}\n"
        "x-list: [*shared]\n"
        "x-date: 2025-06-04\n"
        "x-true: True\n"
        "x-hex: 0x10\n"
        "x-tag: !custom text\n"
        "200: {true: x}\n"
    )
    data = read(tmp_path, text).data
    assert data["x-merged"] == {"a": 1, "b": 3}
    assert data["x-list"] == [{"a": 1, "b": 2}]
    assert (data["x-date"], data["x-true"], data["x-hex"]) == ("2025-06-04", True, 16)
    assert (data["x-tag"], data["200"]) == ("text", {"true": "x"})


def test_the_users_own_document_is_read_strictly(tmp_path: Path) -> None:
    text = PETS + "x-shared: &shared {a: 1}\nx-list: [*shared]\nx-outside: {}\n"
    rules = {each.rule for each in violations_of(read_document, written(tmp_path, text))}
    assert rules == {"anchor", "alias"}


@pytest.mark.parametrize(
    "text",
    [
        "x-a: &a [1, 1]\n" + "".join(f"x-{n}: &a [*a, *a, *a, *a, *a]\n" for n in range(20)),
        "x-a: &a [*a]\n",
        "x-a: " + "[" * 200 + "]" * 200 + "\n",
    ],
    ids=["expanding", "recursive", "deep"],
)
def test_expanding_aliases_and_deep_nesting_are_rejected(tmp_path: Path, text: str) -> None:
    assert violations_of(read_document, written(tmp_path, PETS + text))


@pytest.mark.parametrize("name", ["api.yaml", "api.json"])
def test_the_last_of_two_equal_keys_counts_with_a_note(tmp_path: Path, name: str) -> None:
    paths = {"/a": {"get": {"responses": {"200": {"description": ""}}}}}
    text = f'{{"openapi": "3.1.0", "x-a": 1, "x-a": 2, "paths": {json.dumps(paths)}}}'
    document = read(tmp_path, text, name)
    assert document.data["x-a"] == 2
    assert "a key must be unique" in notes_of(document)


def test_a_repeated_mistake_is_one_note_with_its_count(tmp_path: Path) -> None:
    text = with_schema("      properties:\n        a: {type: strin}\n        b: {type: strin}\n")
    (note,) = [each for each in read(tmp_path, text).notes if each.rule == "openapi"]
    assert "(2 times, first here)" in note.message
    assert note.location == location_of(tmp_path / "api.yaml", "strin}\n        b")


def test_operations_without_a_unique_id_get_one(tmp_path: Path) -> None:
    text = HEAD + (
        "paths:\n"
        "  /pets/{petId}:\n"
        "    get: {operationId: pet, responses: {'200': {description: ok}}}\n"
        "    put: {operationId: pet, responses: {'200': {description: ok}}}\n"
        "    delete: {responses: {'200': {description: ok}}}\n"
        "  /pets/{petId}/: {delete: {responses: {'200': {description: ok}}}}\n"
    )
    document = read(tmp_path, text)
    items = document.data["paths"].values()
    ids = [operation["operationId"] for item in items for operation in item.values()]
    assert ids == ["pet", "putPetsByPetId", "deletePetsByPetId", "deletePetsByPetId_2"]
    assert "must be unique" in notes_of(document)
    assert "the path parameter petId must be declared" in notes_of(document)


@pytest.mark.parametrize(
    ("path", "id_"),
    [("/", "getRoot"), ("/a-b/c_d", "getABCD"), ("/{id}.json", "getByIdJson"), ("/é", "getRoot")],
)
def test_a_derived_id_follows_from_method_and_path(path: str, id_: str) -> None:
    assert derived_id("get", path) == id_


def test_references_to_files_of_the_folder_are_bundled(tmp_path: Path) -> None:
    written(tmp_path, "Pet: {$ref: 'more/tags.yaml#/Tag'}\n", "schemas.yaml")
    owner = "{$ref: '../api.yaml#/components/schemas/Owner'}"
    tags = f"Tag: {{type: object, properties: {{owner: {owner}}}}}\n"
    written(tmp_path, tags, "more/tags.yaml")
    written(tmp_path, '{"pets": {"description": "ok"}}', "responses.json")
    components = "{schemas: {Owner: {type: string}, Pet: {$ref: ./schemas.yaml#/Pet}}}"
    text = responding("{$ref: 'responses.json#/pets'}") + f"components: {components}\n"
    document = read(tmp_path, text)
    assert document.notes == ()
    pet = document.data["components"]["schemas"]["Pet"]
    assert pet == {"$ref": "#/x-files/schemas.yaml/Pet"}
    tag = document.data["x-files"]["more/tags.yaml"]["Tag"]
    assert tag["properties"]["owner"] == {"$ref": "#/components/schemas/Owner"}
    at_tag = document.location("/x-files/more~1tags.yaml/Tag/type")
    assert at_tag == location_of(tmp_path / "more" / "tags.yaml", "object")


def test_a_path_item_of_another_file_is_inlined(tmp_path: Path) -> None:
    written(
        tmp_path,
        "get: {responses: {'200': {$ref: '#/ok'}}}\nok: {description: fine}\n",
        "pets.yaml",
    )
    document = read(tmp_path, HEAD + "paths: {/pets: {$ref: pets.yaml}}\n")
    response = document.data["paths"]["/pets"]["get"]["responses"]["200"]
    assert response == {"$ref": "#/x-files/pets.yaml/ok"}
    at_response = document.location("/paths/~1pets/get/responses")
    assert at_response == location_of(tmp_path / "pets.yaml", "{'200'")


@pytest.mark.parametrize(
    "target",
    ["../outside.yaml", "/etc/hosts", "linked.yaml", "%2e%2e/outside.yaml", "file:///etc/hosts"],
)
def test_a_file_outside_the_folder_is_not_read(tmp_path: Path, target: str) -> None:
    written(tmp_path, "{type: string}", "outside.yaml")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "linked.yaml").symlink_to(tmp_path / "outside.yaml")
    document = read(folder, with_schema(f"      $ref: '{target}'\n"))
    assert document.data["components"]["schemas"]["Pet"] == {}
    assert "must stay in the folder" in notes_of(document)
    own = with_schema(f"      $ref: '{target}'\n") + "x-outside: {}\n"
    assert {each.rule for each in violations_of(read_document, written(folder, own))} == {"ref"}


def test_a_reference_to_a_url_is_not_fetched(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        target = f"http://127.0.0.1:{listening.getsockname()[1]}/schema.json"
        document = read(tmp_path, with_schema(f"      $ref: {target}\n"))
        assert target in notes_of(document)
        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.accept()


@pytest.mark.parametrize(
    ("target", "fix"),
    [
        ("#/components/schemas/Pett", "did you mean #/components/schemas/Pet?"),
        ("#/componets/schemas/Pet", "did you mean #/components/schemas/Pet?"),
        ("Pet", "did you mean #/components/schemas/Pet?"),
        ("othr.yaml", "did you mean other.yaml?"),
        ("other.yaml#/Ape", 'there is no "Ape"'),
    ],
)
def test_a_broken_reference_is_an_error_with_the_nearest_target(
    tmp_path: Path, target: str, fix: str
) -> None:
    written(tmp_path, "Pet: {type: string}\n", "other.yaml")
    text = with_schema(f"      properties:\n        friend: {{$ref: '{target}'}}\n")
    path = written(tmp_path, text)
    (violation,) = violations_of(read_document, path)
    assert (violation.rule, violation.found) == ("ref", target)
    assert violation.fix == fix
    assert violation.location == location_of(path, f"'{target}'")


def test_a_broken_reference_of_an_example_is_a_note(tmp_path: Path) -> None:
    text = responding(
        "{description: ok, content: {application/json: "
        "{examples: {a: {$ref: '#/nothing'}, b: {value: 1}}}}}"
    )
    document = read(tmp_path, text)
    (response,) = document.data["paths"]["/pets"]["get"]["responses"].values()
    assert response["content"]["application/json"]["examples"] == {"b": {"value": 1}}
    assert "must point to an existing value" in notes_of(document)


def test_a_reference_as_the_value_of_an_example_is_replaced(tmp_path: Path) -> None:
    written(tmp_path, '{"name": "Rex"}', "rex.json")
    written(tmp_path, "not: [json", "rex.xml")
    media = "{example: {$ref: %s}, examples: {a: {value: {$ref: rex.xml}}}}"
    for target in ("rex.json", "'#/components/examples/Rex'"):
        text = responding(f"{{description: ok, content: {{a/b: {media % target}}}}}")
        text += "components: {examples: {Rex: {value: {name: Rex}}}}\n"
        document = read(tmp_path, text)
        (response,) = document.data["paths"]["/pets"]["get"]["responses"].values()
        assert response["content"]["a/b"]["example"] == {"name": "Rex"}
        assert response["content"]["a/b"]["examples"] == {"a": {"value": {"$ref": "rex.xml"}}}


def test_a_reference_that_leads_only_to_itself_accepts_any_value(tmp_path: Path) -> None:
    text = with_schema(
        "      $ref: '#/components/schemas/Dog'\n    Dog:\n      $ref: '#/components/schemas/Pet'\n"
    )
    document = read(tmp_path, text)
    assert "must not refer to itself" in notes_of(document)


@pytest.mark.parametrize("name", ["Pet List", "Page«Pet»", "a%b", "é", "{x}", "a~1b", 'a"b'])
def test_a_component_may_have_any_name(tmp_path: Path, name: str) -> None:
    for target in (
        name.replace("~", "~0"),
        "%7Bx%7D" if name == "{x}" else name.replace("~", "~0"),
    ):
        schemas = {name: {"type": "string"}, "Pet": {"$ref": f"#/components/schemas/{target}"}}
        text = PETS + "components: " + json.dumps({"schemas": schemas}) + "\n"
        document = read(tmp_path, text)
        assert document.notes == ()


def test_webhooks_and_callbacks_are_left_out_with_a_remark(tmp_path: Path) -> None:
    text = HEAD + (
        "webhooks: {a: {post: {}}}\n"
        "paths: {/pets: {post: {responses: {'200': {description: ok}}, "
        "callbacks: {done: {'{$request.body#/url}': {post: {}}}}}}}\n"
    )
    document = read(tmp_path, text)
    assert "webhooks" not in document.data
    assert "callbacks" not in document.data["paths"]["/pets"]["post"]
    assert "webhooks are not served" in notes_of(document)
    assert "callbacks are not sent" in notes_of(document)


def test_statuses_are_written_in_one_form(tmp_path: Path) -> None:
    text = HEAD + (
        "paths: {/a: {get: {responses: {200: {description: ok}, 4xx: {description: no}, "
        "Default: {description: all}, ok: {description: none}}}}}\n"
    )
    document = read(tmp_path, text)
    assert list(document.data["paths"]["/a"]["get"]["responses"]) == ["200", "4XX", "default"]
    where = document.location("/paths/~1a/get/responses/4XX/description")
    assert where == location_of(tmp_path / "api.yaml", "no}, Default")


def test_unusable_parameters_are_left_out(tmp_path: Path) -> None:
    text = HEAD + (
        "paths:\n"
        "  pets/{id}:\n"
        "    get:\n"
        "      parameters:\n"
        "        - {name: id, in: path}\n"
        "        - {name: other, in: path, required: true, schema: {type: string}}\n"
        "        - {name: limit, in: qery, schema: {type: string}}\n"
        "        - {name: Accept, in: header, schema: {type: string}}\n"
        "        - 7\n"
        "        - {name: page, in: query, schema: {type: integer}}\n"
        "        - {name: page, in: query, schema: {type: string}}\n"
        "      responses: {'200': {description: ok}}\n"
    )
    document = read(tmp_path, text)
    parameters = document.data["paths"]["/pets/{id}"]["get"]["parameters"]
    assert [each["name"] for each in parameters] == ["id", "page"]
    at_page = document.location("/paths/~1pets~1{id}/get/parameters/1/schema/type")
    assert at_page == location_of(tmp_path / "api.yaml", "integer")


def test_an_unknown_security_scheme_is_a_note(tmp_path: Path) -> None:
    text = PETS + "security: [{key: []}]\ncomponents: {securitySchemes: {kei: {type: basic}}}\n"
    document = read(tmp_path, text)
    assert "must name a security scheme" in notes_of(document)


def test_a_mistake_of_the_users_own_document_is_an_error(tmp_path: Path) -> None:
    text = with_schema("      type: strin\n") + "x-outside: {}\n"
    with pytest.raises(ContractError, match="did you mean string"):
        read_document(written(tmp_path, text))


def test_event_streams_of_3_2_have_a_schema(tmp_path: Path) -> None:
    text = responding(
        "{description: ok, content: {text/event-stream: {itemSchema: {type: object}}}}"
    ).replace("3.1.0", "3.2.0")
    content: Any = read(tmp_path, text).data["paths"]["/pets"]["get"]["responses"]["200"]["content"]
    schema = content["text/event-stream"]["schema"]
    assert schema["contentSchema"] == {"type": "array", "items": {"type": "object"}}
