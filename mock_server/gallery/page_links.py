"""The URL of the user's own page for a resource (``--page-url``)."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from ..contract.document.resources.types import FIELD
from ..contract.document.spec import Spec
from ..contract.violations import ContractError, Violation, nearest, show
from ..state.catalog import Resource

OPTION = "--page-url"


def checked_page_url(spec: Spec, template: str) -> str:
    """Return a URL template if it is valid. Raise ContractError otherwise.

    A field such as ``{Project.name}`` stands for a property of the resource, or of a resource that
    it belongs to.
    """
    problems = []
    if urlsplit(template).scheme not in ("http", "https"):
        message = "must start with http:// or https://"
        problems.append(Violation(OPTION, message, found=show(template)))
    for type_name, name in FIELD.findall(template):
        if type_name not in spec.types:
            hint = nearest(type_name, spec.types)
            message = f"unknown resource `{type_name}`"
            problems.append(Violation(OPTION, message, "", show(template), hint))
        elif name not in spec.types[type_name].properties:
            hint = nearest(name, spec.types[type_name].properties)
            message = f"unknown property `{name}` of {type_name}"
            problems.append(Violation(OPTION, message, "", show(template), hint))
    literal_text = FIELD.sub("", template)
    if "{" in literal_text or "}" in literal_text:
        message = f"must have the form {_example(spec)} within braces"
        problems.append(Violation(OPTION, message, found=show(template)))
    if problems:
        raise ContractError(problems)
    return template


def page_url_of(template: str, resource: Resource) -> str | None:
    """Return the URL of the page for a resource; None if a property in the template is null."""
    for type_name, name in FIELD.findall(template):
        owner = resource.ancestor(type_name)
        value = owner.value.get(name) if owner else None
        if value is None:
            return None
        template = template.replace(f"{{{type_name}.{name}}}", quote(str(value), safe="/@"))
    return template


def _example(spec: Spec) -> str:
    """Return a field of a resource with a timeline, or else of any."""
    first = next(iter((*spec.with_timelines, *spec.types.values())), None)
    return f"{{{first.name}.{first.key}}}" if first else "{Resource.property}"
