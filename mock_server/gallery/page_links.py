"""The URL of the user's own page for a release (``--page-url``)."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from ..contract.document.spec import Spec
from ..contract.violations import ContractError, Violation, nearest, show
from ..state.catalog import FIELD, Resource

OPTION = "--page-url"


def checked_page_url(spec: Spec, template: str) -> str:
    """Return a URL template if it is valid. Raise ContractError otherwise.

    A field such as ``{Package.name}`` stands for a property of the release, or of a resource that
    the release belongs to.
    """
    problems = []
    if urlsplit(template).scheme not in ("http", "https"):
        message = "must start with http:// or https://"
        problems.append(Violation(OPTION, message, found=show(template)))
    for entity, name in FIELD.findall(template):
        if entity not in spec.types:
            hint = nearest(entity, spec.types)
            message = f"unknown resource `{entity}`"
            problems.append(Violation(OPTION, message, "", show(template), hint))
        elif name not in spec.schema(entity)["properties"]:
            hint = nearest(name, spec.schema(entity)["properties"])
            message = f"unknown property `{name}` of {entity}"
            problems.append(Violation(OPTION, message, "", show(template), hint))
    literal_text = FIELD.sub("", template)
    if "{" in literal_text or "}" in literal_text:
        example = f"{{{spec.release}.{spec.key}}}" if spec.release else "{Resource.property}"
        message = f"must have the form {example} within braces"
        problems.append(Violation(OPTION, message, found=show(template)))
    if problems:
        raise ContractError(problems)
    return template


def page_url_of(template: str, resource: Resource) -> str | None:
    """Return the URL of the page for a release; None if a property in the template is null."""
    for entity, name in FIELD.findall(template):
        owner = resource.ancestor(entity)
        value = owner.value.get(name) if owner else None
        if value is None:
            return None
        template = template.replace(f"{{{entity}.{name}}}", quote(str(value), safe="/@"))
    return template
