"""The URL templates of the user's own pages (``--page-url``)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from ...contract.document.spec import Spec
from ...contract.violations import ContractError, Violation, nearest, show
from ...state.catalog import Resource

OPTION = "--page-url"
SESSION = "session"  # the placeholder for the name of the session
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
HOST = re.compile(r"[A-Za-z0-9._-]+(?::[0-9]{1,5})?\Z")  # a Content-Security-Policy can name it
SAFE = "/@"  # characters that stay as they are in a value


@dataclass(frozen=True)
class PageTemplate:
    """The URL of the user's own page for the resources of a type.

    type: the name of the type. fields: the type and the property of each placeholder.
    """

    text: str
    type: str
    fields: Mapping[str, tuple[str, str]]

    @property
    def origin(self) -> str:
        """Return the scheme, host and port of the page."""
        parts = urlsplit(self.text)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def takes_session(self) -> bool:
        """Whether the URL contains the name of the session."""
        return f"{{{SESSION}}}" in self.text

    def url(self, resource: Resource, session: str) -> str | None:
        """Return the URL of the page for a resource in a session; None if a property is null."""
        values = {SESSION: session}
        for placeholder, (type_name, name) in self.fields.items():
            owner = resource.ancestor(type_name)
            value = owner.value.get(name) if owner else None
            if value is None:
                return None
            values[placeholder] = str(value)
        return PLACEHOLDER.sub(lambda found: quote(values[found[1]], safe=SAFE), self.text)


def page_url_of(templates: Sequence[PageTemplate], resource: Resource, session: str) -> str | None:
    """Return the URL of the user's page for a resource; None if no template applies to it."""
    found = next((each for each in templates if each.type == resource.type.name), None)
    return found.url(resource, session) if found else None


def checked_page_urls(spec: Spec, texts: Sequence[str]) -> tuple[PageTemplate, ...]:
    """Return valid URL templates. Raise ContractError with the problems of all of them.

    A placeholder is ``{session}``, a property of the resource such as ``{id}``, or a property of a
    type such as ``{Project.name}``: of the resource, or of one that it belongs to.
    """
    problems: list[Violation] = []
    templates: dict[str, PageTemplate] = {}
    for text in texts:
        found = [*_of_address(text), *_of_placeholders(spec, text)]
        resource_type = "" if found else _applies_to(spec, text, found)
        if resource_type in templates:
            message = f"two URLs are for a {resource_type}"
            found.append(_problem(message, text, "remove one, or name a property of another type"))
        elif not found:
            templates[resource_type] = _template(text, resource_type)
        problems += found
    if problems:
        raise ContractError(problems)
    return tuple(templates.values())


def example(spec: Spec) -> str:
    """Return a placeholder for the key of a resource with a timeline, or else of any."""
    first = next(iter((*spec.with_timelines, *spec.types.values())), None)
    return f"{{{first.name}.{first.key}}}" if first else "{Resource.property}"


def _template(text: str, type_name: str) -> PageTemplate:
    names = [name for name in PLACEHOLDER.findall(text) if name != SESSION]
    fields = {name: _split(name, type_name) for name in names}
    return PageTemplate(text, type_name, fields)


def _split(placeholder: str, default: str) -> tuple[str, str]:
    """Return the type and the property of a placeholder."""
    type_name, _, name = placeholder.rpartition(".")
    return type_name or default, name


def _of_address(text: str) -> Iterator[Violation]:
    """Yield the problems of the scheme and the host."""
    parts = urlsplit(text.replace("[", "(").replace("]", ")"))  # it rejects other brackets
    if parts.scheme not in ("http", "https"):
        yield _problem("must start with http:// or https://", text, f"write http://{text}")
    elif not HOST.match(parts.netloc):
        fix = "write a host name or an IPv4 address, without a placeholder or a password"
        yield _problem("must have a host that a page can frame", text, fix)


def _of_placeholders(spec: Spec, text: str) -> Iterator[Violation]:
    """Yield the problems of the placeholders."""
    rest = PLACEHOLDER.sub("", text)
    if "{" in rest or "}" in rest:
        yield _problem(f"must have placeholders of the form {example(spec)}", text)
    names = [name for name in PLACEHOLDER.findall(text) if name != SESSION]
    if not names:
        fix = f"add a placeholder such as {example(spec)}"
        yield _problem("names no property, so every resource has the same page", text, fix)
    for type_name, name in (_split(each, "") for each in names):
        if type_name and type_name not in spec.types:
            hint = nearest(type_name, spec.types)
            yield _problem(f"unknown resource `{type_name}`", text, hint)
        elif type_name and name not in spec.types[type_name].properties:
            hint = nearest(name, spec.types[type_name].properties)
            yield _problem(f"unknown property `{name}` of {type_name}", text, hint)
        elif not any(name in each.properties for each in spec.types.values()):
            known = dict.fromkeys(n for each in spec.types.values() for n in each.properties)
            yield _problem(f"unknown property `{name}`", text, nearest(name, known))


def _applies_to(spec: Spec, text: str, problems: list[Violation]) -> str:
    """Return the type whose resources have all properties, or add a problem.

    A property without a type is one of the resource itself.
    """
    pairs = [_split(each, "") for each in PLACEHOLDER.findall(text) if each != SESSION]
    named, own = {t for t, _ in pairs if t}, {name for t, name in pairs if not t}
    fitting = [
        each.name
        for each in spec.types.values()
        if own <= each.properties.keys() and named <= set(_lineage(spec, each.name))
        if own or each.name in named
    ]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        name = min(own)
        message = f"several types have the property `{name}`: {', '.join(fitting)}"
        fix = f"write the type too, such as {{{fitting[0]}.{name}}}"
    else:
        message = "no resource has all of these properties, itself or in one that it belongs to"
        fix = "use the properties of one type and its parents; repeat the option for other types"
    problems.append(_problem(message, text, fix))
    return ""


def _lineage(spec: Spec, name: str) -> Iterator[str]:
    """Yield a type, its parent, the parent's parent, and so on."""
    seen: set[str] = set()
    current: str | None = name
    while current is not None and current not in seen:
        yield current
        seen.add(current)
        current = spec.types[current].parent


def _problem(message: str, text: str, fix: str = "") -> Violation:
    return Violation(OPTION, message, found=show(text), fix=fix)
