"""Find and remove the values of members that are named like a credential.

A text is searched as it is, so that one which is cut or invalid is searched too: for JSON members,
fields of forms, and parameters of URLs. No part of a pattern can match what the next one does, so
that a search takes linear time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import unquote_plus

from ..document.secret_names import SecretNames

# A parameter of a URL or a form, also inside a JSON text
PARAMETER = re.compile(
    r"((?:\A|[?&;])([^=&;?\s\"<>{]{1,160})=)((?:[^&\s\"'<>\\]|\\[^\"])*+)", re.DOTALL
)
IN_USER = re.compile(r"(://[^/@:\s\"]{0,160}:)[^/@\s\"]{1,1000}(?=@)")  # the password in a URL
# A member of a JSON object, or the end of a body that is cut there. Its value is a text, or a list
# of texts.
TEXT = r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)'
BLANK = r"[ \t\r\n]{0,80}"
JSON_MEMBER = re.compile(
    rf'("((?:[^"\\]|\\.){{1,160}})"{BLANK}:{BLANK})'
    rf"({TEXT}|\[{BLANK}{TEXT}(?:{BLANK},{BLANK}{TEXT})*+{BLANK}\]?)",
    re.DOTALL,
)
JSON_TEXT = re.compile(TEXT, re.DOTALL)
# A field of a multipart form: the rest of its header, and its content
FIELD = re.compile(
    r'(; ?name="?([^"\r\n;]{1,160})[^\r\n]*+(?:\r\n[^\r\n]{1,1000}){0,8}\r\n\r\n)'
    r"((?:[^\r]|\r(?!\n--))*+)",
    re.IGNORECASE,
)
MULTIPART = "--"


def without_members(text: str, names: SecretNames, shown: str) -> str:
    """Return a text without the values of members named like a credential.

    shown: what replaces each value.
    """
    for pattern, name_of, replaced in _kinds(text, shown):

        def without(
            found: re.Match[str],
            name_of: Callable[[str], str] = name_of,
            replaced: Callable[[str], str] = replaced,
        ) -> str:
            return found[1] + replaced(found[3]) if names.is_member(name_of(found[2])) else found[0]

        text = pattern.sub(without, text)
    return IN_USER.sub(rf"\g<1>{shown}", text)


def members_in(text: str, names: SecretNames) -> Iterator[str]:
    """Yield the values of members named like a credential."""
    for found in FIELD.finditer(text) if text.startswith(MULTIPART) else ():
        if names.is_member(found[2]):
            yield found[3]
    for found in JSON_MEMBER.finditer(text):
        if names.is_member(_json_text(found[2])):
            yield from (_json_text(each[0].strip('"')) for each in JSON_TEXT.finditer(found[3]))
    for found in PARAMETER.finditer(text):
        if names.is_member(unquote_plus(found[2])):
            yield unquote_plus(found[3])


Kind = tuple[re.Pattern[str], Callable[[str], str], Callable[[str], str]]


def _kinds(text: str, shown: str) -> Iterator[Kind]:
    """Yield the pattern of each kind of member, with functions that decode the name of a member,
    and that replace its value."""

    def whole(_value: str) -> str:
        return shown

    if text.startswith(MULTIPART):
        yield FIELD, str, whole
    yield JSON_MEMBER, _json_text, partial(JSON_TEXT.sub, f'"{shown}"')
    yield PARAMETER, unquote_plus, whole


def _json_text(text: str) -> str:
    """Return the value of a JSON text; of an invalid one, the text."""
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text
