"""Checks of requests: credentials, media type, size, body and query."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .behaviour import Behaviour
from .data import Json
from .messages import Issue, Rejected, Request, invalid

# The keys that a lookup needs; each alternative is a tuple of keys.
Alternatives = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Body:
    """The keys of a request body; `exclusive` allows exactly one of the alternatives."""

    texts: tuple[str, ...]
    alternatives: Alternatives
    flags: tuple[str, ...] = ()
    exclusive: bool = False


def text_issue(pointer: str, value: Json, behaviour: Behaviour) -> Issue | None:
    """Return the error of a text, or None."""
    if not isinstance(value, str):
        return Issue(pointer, "must be a string")
    if not value:
        return Issue(pointer, "must not be empty")
    return Issue(pointer, "is too long") if len(value) > behaviour.longest_text else None


def _present(value: dict[str, Json], keys: tuple[str, ...], *, may_be_false: bool) -> bool:
    """Return whether all keys of an alternative are present; `is_latest` must be true in one."""
    flag = "is_latest" not in keys or may_be_false or value.get("is_latest") is True
    return flag and all(key in value for key in keys)


def body_issues(value: Json, body: Body, behaviour: Behaviour) -> list[Issue]:
    """Return the errors of a parsed body."""
    if not isinstance(value, dict):
        return [Issue("", "must be an object")]
    issues = [text_issue(f"/{key}", value[key], behaviour) for key in body.texts if key in value]
    issues += [
        Issue(f"/{key}", "must be true or false")
        for key in body.flags
        if key in value and not isinstance(value[key], bool)
    ]
    complete = [
        keys
        for keys in body.alternatives
        if _present(value, keys, may_be_false=behaviour.latest_may_be_false)
    ]
    needed = " or ".join("+".join(keys) for keys in body.alternatives)
    if not complete:
        issues.append(Issue("", f"must contain {needed}"))
    if body.exclusive and len(complete) > 1 and not behaviour.both_list_keys:
        issues.append(Issue("", f"must contain only one of {needed}"))
    if not behaviour.unknown_keys:
        issues += [
            Issue(f"/{key}", "is unknown") for key in value if key not in body.texts + body.flags
        ]
    return [issue for issue in issues if issue is not None]


def check_media(request: Request, behaviour: Behaviour) -> None:
    """Reject a body with another media type."""
    if not behaviour.is_json(request.headers.get("content-type", "")):
        raise Rejected(415, "unsupported_media_type", "Send the body as application/json")


def check_size(request: Request, behaviour: Behaviour) -> None:
    """Reject a body that is too large."""
    if request.size > behaviour.limit:
        raise Rejected(413, "content_too_large", "The body is too large")


def parsed_body(request: Request, body: Body, behaviour: Behaviour) -> dict[str, Json]:
    """Return the checked body, or reject it."""
    try:
        value = behaviour.parse(request.body)
    except ValueError as failure:
        raise invalid(
            [Issue("", f"The body is not valid JSON: {type(failure).__name__}")]
        ) from None
    issues = behaviour.edit_issues(body_issues(value, body, behaviour))
    if issues:
        raise invalid(issues)
    return dict(value)


def check_body(
    request: Request, body: Body, behaviour: Behaviour, check_credentials: Callable[[], None]
) -> dict[str, Json]:
    """Run the checks of a request with a body in order, and return the body."""
    value: dict[str, Json] = {}
    for name in behaviour.checks:
        if name == "credentials":
            check_credentials()
        elif name == "media":
            check_media(request, behaviour)
        elif name == "size":
            check_size(request, behaviour)
        else:
            value = parsed_body(request, body, behaviour)
    return value


def query_texts(request: Request, names: Iterable[str], behaviour: Behaviour) -> dict[str, str]:
    """Return the text parameters of a query, or reject it."""
    try:
        pairs = request.query()
    except ValueError:
        raise invalid([Issue(name, "must be UTF-8") for name in names]) from None
    values: dict[str, str] = {}
    issues = []
    for name in names:
        present = [value for key, value in pairs if key == name]
        if len(present) > 1:
            issues.append(Issue(name, "must be sent once"))
        elif present:
            values[name] = present[0]
            issues += [i for i in [text_issue(name, present[0], behaviour)] if i is not None]
    issues = behaviour.edit_issues(issues)
    if issues:
        raise invalid(issues)
    return values


def query_flag(request: Request, name: str, behaviour: Behaviour) -> bool | None:
    """Return a boolean parameter of a query, None without it, or reject the query."""
    value = query_texts(request, [name], behaviour).get(name)
    if value not in (None, "true", "false"):
        raise invalid(behaviour.edit_issues([Issue(name, "must be true or false")]))
    return None if value is None else value == "true"
