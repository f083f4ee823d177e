"""The page about generated values shows a response that the mock really makes."""

import json
import re
from pathlib import Path

import yaml

from mock_server.contract.document.schemas import Schemas
from mock_server.foundation import timestamps
from mock_server.generation.generate import generated

PAGE = Path(__file__).parents[2] / "docs" / "generated-values.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_the_response_of_the_page_is_the_one_of_its_schema() -> None:
    schemas = Schemas({"components": {"schemas": yaml.safe_load(blocks("yaml")[0])}})
    value = generated(
        schemas,
        "/components/schemas/Pet",
        now=timestamps.parse("2026-03-10T12:00:00Z"),
        hints={"petId": "7"},
    )
    assert json.loads(blocks("json")[0]) == value
