"""The server written from the document alone works, and each of its defects breaks a sentence."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import yaml

from benchmarks.detection.catalogue import independent_servers
from benchmarks.detection.independent.defects import DEFECTS
from benchmarks.detection.independent.variants import VARIANTS
from benchmarks.detection.serving import serving

ROOT = Path(__file__).parents[2]
DOCUMENT = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))
SERVERS = {subject.id: subject for subject in independent_servers()}


def texts_at(pointer: str) -> str:
    """Return the text of the document at a JSON pointer, with single spaces."""
    value: Any = DOCUMENT
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        value = value[int(name) if isinstance(value, list) else name]
    return " ".join(yaml.safe_dump(value, width=10_000).replace("\\n", " ").split())


def status(url: str, body: Any = None, **headers: str) -> int:
    """Return the status of a request; a body makes it a POST."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"Content-Type": "application/json"} | headers)
    try:
        with urlopen(request, timeout=10) as response:
            return int(response.status)
    except HTTPError as error:
        return error.code


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with serving(SERVERS["independent-unchanged"]) as url:
        yield url


def test_there_are_sixty_defects_and_ten_unusual_variants() -> None:
    assert len(DEFECTS) == 60
    assert len(VARIANTS.keys() - {"unchanged"}) == 10


@pytest.mark.parametrize("name", DEFECTS)
def test_the_sentence_of_each_defect_is_in_the_document(name: str) -> None:
    defect = DEFECTS[name]
    assert defect.sentence.lower() in texts_at(defect.pointer).lower()


def test_the_unchanged_server_finds_lists_and_rebuilds(base_url: str) -> None:
    release = {"package_release_id": "rel_successful"}
    assert status(f"{base_url}/package_releases/get", release) == 200
    assert status(f"{base_url}/package_releases/list", {"package_id": "pkg_3"}) == 200
    rebuild = f"{base_url}/package_releases/rebuild"
    assert status(rebuild, release, Authorization="Bearer testuser-token") == 200
    assert status(rebuild, release, Authorization="Bearer otheruser-token") == 403
    assert status(rebuild, release) == 401


def test_the_unchanged_server_rejects_invalid_requests(base_url: str) -> None:
    assert status(f"{base_url}/package_releases/get", {}) == 400
    assert status(f"{base_url}/package_releases/get", {"package_release_id": "none"}) == 404
    assert status(f"{base_url}/unknown") == 404


def test_a_defect_changes_only_its_own_responses() -> None:
    with serving(SERVERS["independent-list-unknown-404"]) as url:
        assert status(f"{url}/package_releases/list", {"package_id": "none"}) == 404
        assert status(f"{url}/package_releases/list", {"package_id": "pkg_3"}) == 200
