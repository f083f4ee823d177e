"""A router finds the endpoint of each path template, with the texts of its parameters."""

import pytest

from mock_server.http.routing import Router

TEMPLATES = ["/a/<local>/b", "/c/{id}", "/d/{x-y}/{z}", "/e/{name}:verb", "/f/{id}.json"]
ROUTER = Router(("GET", template, template) for template in TEMPLATES)


@pytest.mark.parametrize(
    ("path", "template", "in_path"),
    [
        ("/a/<local>/b", "/a/<local>/b", {}),
        ("/c/<1>", "/c/{id}", {"id": "<1>"}),
        ("/c/%2F", "/c/{id}", {"id": "%2F"}),
        ("/d/1/2", "/d/{x-y}/{z}", {"x-y": "1", "z": "2"}),
        ("/e/n:verb", "/e/{name}:verb", {"name": "n"}),
        ("/f/1.json", "/f/{id}.json", {"id": "1"}),
    ],
)
def test_a_path_has_the_endpoint_of_its_template(
    path: str, template: str, in_path: dict[str, str]
) -> None:
    match = ROUTER.match("GET", path)
    assert match is not None
    assert (match.endpoint, match.path) == (template, in_path)
    assert match.allow == ("GET", "HEAD", "OPTIONS")


@pytest.mark.parametrize("path", ["/a/local/b", "/c/", "/c/1/", "//c/1", "/c/1/2", "/e/n", "/"])
def test_a_path_of_no_template_has_no_match(path: str) -> None:
    assert ROUTER.match("GET", path) is None


def test_another_method_of_a_path_has_no_endpoint() -> None:
    match = ROUTER.match("POST", "/c/1")
    assert match is not None
    assert (match.endpoint, match.allow) == (None, ("GET", "HEAD", "OPTIONS"))
    assert ROUTER.match("get", "/c/1") == match
