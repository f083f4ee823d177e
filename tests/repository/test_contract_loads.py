"""Python tools for OpenAPI load openapi.yaml without a warning."""

import warnings
from pathlib import Path

import schemathesis
from openapi_core import OpenAPI
from schemathesis.core.result import Ok

CONTRACT = Path(__file__).parents[2] / "openapi.yaml"


def test_openapi_core_loads_the_contract_without_a_warning() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        OpenAPI.from_path(CONTRACT)
    assert [str(warning.message) for warning in caught] == []


def test_schemathesis_loads_every_operation_without_a_warning() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        schema = schemathesis.openapi.from_path(CONTRACT)
        loaded = [
            operation.ok().label
            for operation in schema.get_all_operations()
            if isinstance(operation, Ok)
        ]
    assert [str(warning.message) for warning in caught] == []
    assert loaded == [
        "POST /package_releases/get",
        "POST /package_releases/list",
        "POST /package_releases/rebuild",
        "GET /package_releases/events",
        "GET /packages/get",
        "POST /packages/get",
        "GET /accounts/get",
        "POST /accounts/get",
    ]
