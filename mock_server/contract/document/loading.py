"""Loads a spec from its file into frozen values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..openapi.reading import read_document
from ..source.problems import Problems
from ..source.yaml_documents import Document
from . import soundness
from .extensions import remove_foreign
from .operation_loading import operation_of, server_paths
from .requirements import requirements_of
from .resources.behaviour_agreement import check_behaviour
from .resources.inference import with_behaviour
from .resources.loading import types_of
from .resources.moving import with_moving
from .response_loading import resource_schemas, response_of
from .spec import METHODS, Api, Spec


def load(path: Path, overlays: Sequence[Path] = ()) -> Spec:
    """Load the contract. Raises ContractError with all violations of the file and its overlays."""
    document = read_document(path, overlays)
    remove_foreign(document)
    soundness.check_contract(document)
    return spec_of(document)


def spec_of(document: Document) -> Spec:
    """Return the contract of a document whose extensions have the right form.

    Raises ContractError if an operation cannot do what it describes.
    """
    api, types = api_of(document), types_of(document.data)
    operations = {each.id: each for each in with_behaviour(types, api.operations)}
    problems = Problems(document)
    check_behaviour(document.data, api.operations.values(), operations, types, problems)
    problems.stop_if_any()
    types = with_moving(types, operations.values())
    return Spec(**{**vars(api), "operations": operations}, types=types)


def api_of(source: Document) -> Api:
    """Return the API of a document that was read, without checking it."""
    data = source.data
    with_resources = resource_schemas(data)
    operations = [
        operation_of(data, path, method, with_resources)
        for path, item in data["paths"].items()
        for method in METHODS
        if method in item
    ]
    outside = {
        int(s): response_of(data, int(s), f"/x-outside/{s}", with_resources)
        for s in data.get("x-outside", {})
    }
    return Api(
        document=source,
        operations={operation.id: operation for operation in operations},
        outside=outside,
        requirements=requirements_of(data),
        prefixes=server_paths(data.get("servers") or [{"url": "/"}]),
    )
