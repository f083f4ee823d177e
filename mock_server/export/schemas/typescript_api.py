"""The types of an API: its schemas, and each operation with its parameters and bodies.

The interfaces ``paths``, ``components`` and ``operations`` have the members that the generator
openapi-typescript gives them, because clients such as openapi-fetch take them as type arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...contract.document.operation import Content, DocumentedResponse, Operation, Parameter
from ...contract.document.references import at, resolve
from ...contract.document.spec import METHODS, Spec
from ..typescript_literals import line, type_key
from .typescript_types import Types, annotation, braces, comment


def api_types(spec: Spec) -> str:
    """Return the text of the module with the types of an API."""
    api = _Api(spec)
    interfaces = {
        "paths": api.paths(),
        "components": [f"schemas: {braces(api.schemas())};"],
        "operations": api.operations(),
    }
    return "\n".join(f"export interface {name} {braces(of)}\n" for name, of in interfaces.items())


@dataclass(frozen=True)
class _Api:
    """Makes the members of the interfaces."""

    spec: Spec

    @cached_property
    def types(self) -> Types:
        return Types(self.spec.data, lambda name: f'components["schemas"][{line(name)}]')

    def paths(self) -> Iterator[str]:
        by_path: dict[str, dict[str, str]] = {}
        for each in self.spec.operations.values():
            by_path.setdefault(each.path, {})[each.method.lower()] = each.id
        for path, ids in by_path.items():
            members = (
                f"{each}: operations[{line(ids[each])}];" if each in ids else f"{each}?: never;"
                for each in METHODS
            )
            yield f"{line(path)}: {braces(members)};"

    def schemas(self) -> Iterator[str]:
        declared = self.spec.data.get("components", {}).get("schemas", {})
        for name, schema in declared.items():
            yield self._documented(schema, f"{type_key(name)}{annotation(self.types.of(schema))};")

    def operations(self) -> Iterator[str]:
        for each in self.spec.operations.values():
            text = f"{type_key(each.id)}: {braces(self._operation(each))};"
            yield self._documented(self._at(each.pointer), text)

    def _operation(self, operation: Operation) -> Iterator[str]:
        locations = {
            "query": operation.parameters,
            "header": operation.header_parameters,
            "path": operation.path_parameters,
            "cookie": operation.cookie_parameters,
        }
        parameters = (self._parameters(name, group) for name, group in locations.items())
        yield f"parameters: {braces(parameters)};"
        body = self._content(operation.bodies)
        optional = "" if operation.body_required and operation.bodies else "?"
        yield f"requestBody{optional}: {braces([body]) if operation.bodies else 'never'};"
        statuses = {str(status): each for status, each in operation.responses.items()}
        yield f"responses: {braces(self._responses({**statuses, **operation.ranges}))};"

    def _parameters(self, location: str, group: Sequence[Parameter]) -> str:
        optional = "" if any(each.required for each in group) else "?"
        return f"{location}{optional}: {braces(map(self._parameter, group)) if group else 'never'};"

    def _parameter(self, parameter: Parameter) -> str:
        optional = "" if parameter.required else "?"
        schema = annotation(self.types.of(self._at(parameter.schema_pointer)))
        text = f"{type_key(parameter.name)}{optional}{schema};"
        return self._documented(self._at(parameter.pointer), text)

    def _responses(self, responses: dict[str, DocumentedResponse]) -> Iterator[str]:
        for name, response in responses.items():
            headers = (self._header(*each) for each in response.headers.items())
            members = [
                f"headers: {braces([*headers, '[name: string]: unknown;'])};",
                self._content(response.contents),
            ]
            key = name if name.isdigit() else line(name)
            yield self._documented(self._at(response.pointer), f"{key}: {braces(members)};")

    def _header(self, name: str, header: Any) -> str:
        optional = "" if header.get("required") is True else "?"
        schema = annotation(self.types.of(header.get("schema", True)))
        return self._documented(header, f"{line(name)}{optional}{schema};")

    def _content(self, contents: Sequence[Content]) -> str:
        """Return the member with the bodies by their media types."""
        bodies = (
            line(each.media_type)
            + annotation(self.types.of(True if each.schema is None else self._at(each.schema)))
            + ";"
            for each in contents
        )
        return f"content: {braces(bodies)};" if contents else "content?: never;"

    def _documented(self, about: Any, text: str) -> str:
        """Return a member after its documentation comment."""
        return f"{comment(resolve(self.spec.data, about) if isinstance(about, dict) else {})}{text}"

    def _at(self, where: str) -> Any:
        return at(self.spec.data, where)
