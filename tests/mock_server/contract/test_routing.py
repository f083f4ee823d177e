"""A path template of any document becomes a route."""

import pytest

from mock_server.contract.routing import Router


@pytest.mark.parametrize(
    ("template", "path", "parameters"),
    [
        ("/a/<name>/b", "/a/<name>/b", {}),
        ("/a/<name>/{id}", "/a/<name>/<7>", {"id": "<7>"}),
        ("/a/{first-id}.{ext}", "/a/7.json", {"first-id": "7", "ext": "json"}),
        ("/a/{name}:verb", "/a/x:verb", {"name": "x"}),
        ("/a/{<id>}", "/a/7", {"<id>": "7"}),
    ],
)
def test_a_path_matches_its_template(template: str, path: str, parameters: dict[str, str]) -> None:
    match = Router([("GET", template, template)]).match("GET", path)
    assert match is not None
    assert (match.endpoint, match.path) == (template, parameters)


def test_angle_brackets_are_fixed_text() -> None:
    assert Router([("GET", "/a/<name>", "x")]).match("GET", "/a/name") is None


@pytest.mark.parametrize("path", ["/c", "/c/", "/c/1/", "//c/1", "/c/1/2", "/"])
def test_a_path_of_no_template_has_no_match(path: str) -> None:
    assert Router([("GET", "/c/{id}", "x")]).match("GET", path) is None


def test_another_method_of_a_path_has_no_endpoint() -> None:
    router = Router([("GET", "/c/{id}", "x")])
    match = router.match("POST", "/c/1")
    assert match is not None
    assert (match.endpoint, match.allow) == (None, ("GET", "HEAD", "OPTIONS"))
    assert router.match("get", "/c/1") == match
