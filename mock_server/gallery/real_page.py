"""The address of the real page in the state of a fixture (``--page-url``)."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from ..contract.document.spec import Spec
from ..contract.violations import ContractError, Violation, nearest, show
from ..state.catalog import FIELD, Resource

OPTION = "--page-url"


def checked(spec: Spec, template: str) -> str:
    """The template of an address, in which ``{Package.name}`` stands for a property of what a
    release belongs to. Raises ContractError for what is none."""
    problems = []
    if urlsplit(template).scheme not in ("http", "https"):
        problems.append(Violation(OPTION, "begins with http:// or https://", found=show(template)))
    for entity, name in FIELD.findall(template):
        if entity not in spec.entities:
            fix, found = nearest(entity, spec.entities), show(entity)
            problems.append(Violation(OPTION, "names a thing of the contract", "", found, fix))
        elif name not in spec.schema(entity)["properties"]:
            fix = nearest(name, spec.schema(entity)["properties"])
            problems.append(Violation(OPTION, f"names a property of {entity}", "", name, fix))
    left = FIELD.sub("", template)
    if "{" in left or "}" in left:
        example = f"{{{spec.release}.{spec.entities[spec.release].key}}}"
        message = f"stands for a property as {example} does"
        problems.append(Violation(OPTION, message, found=show(template)))
    if problems:
        raise ContractError(problems)
    return template


def address(template: str, resource: Resource) -> str | None:
    """Where the real page shows a release; None when the release lacks what the address needs."""
    for entity, name in FIELD.findall(template):
        holder = resource.ancestor(entity)
        value = holder.value.get(name) if holder else None
        if value is None:
            return None
        template = template.replace(f"{{{entity}.{name}}}", quote(str(value), safe="/@"))
    return template
