"""Texts for a schema: by its pattern, its format, or the name of the property."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import jsonschema_rs

from ..schemas.combining import ContradictionError
from . import patterns
from .property_names import Meaning, last_word, meaning, title
from .randomness import Random
from .text_formats import DAY, FORMATS

LONGEST = 100_000  # characters; a schema that requires more is not served
TRIES = 25  # texts made for one pattern
# A pattern that needs more steps for a text, such as "(a|aa)+", does not match it: below 1 ms.
BOUNDED = jsonschema_rs.FancyRegexOptions(backtrack_limit=5_000)
FILLER = "Lorem ipsum dolor sit amet, consectetur adipiscing elit. "
RECENT = (-3, -1)  # days
UNIX_TIMES = {"unix-time": 1000, "unixtime": 1000, "timestamp": 1000}


def text(
    keywords: Mapping[str, Any],
    extra_patterns: Sequence[str],
    name: str,
    random: Random,
    now: int,
) -> str:
    """Return a text for a schema. Raises ContradictionError if none is found.

    extra_patterns: the patterns beside the one of the keywords.
    now: ms since 1970.
    """
    shortest = max(0, int(keywords.get("minLength", 0)))
    longest = int(keywords.get("maxLength", max(LONGEST, shortest)))
    if shortest > longest or shortest > LONGEST:
        raise ContradictionError
    required = [keywords["pattern"], *extra_patterns] if "pattern" in keywords else []
    format_name = str(keywords.get("format", ""))
    if not required and format_name not in FORMATS:
        return _fitted(next(_by_name(name, random, now)), shortest, longest, random)
    checks: dict[str, Any] = {"minLength": shortest, "maxLength": longest, "format": format_name}
    if required:
        checks["allOf"] = [{"pattern": pattern} for pattern in required]
    candidates = _candidates(required, format_name, name, random, now, shortest, longest)
    is_valid = checker(json.dumps(checks))
    for candidate in candidates:
        if is_valid(candidate):
            return candidate
    raise ContradictionError


@lru_cache(maxsize=1024)
def checker(schema: str) -> Callable[[str], bool]:
    """Return the function that validates a text by a schema, which is given as JSON text.

    Raises ContradictionError if the schema contains an invalid pattern.
    """
    try:
        return jsonschema_rs.Draft202012Validator(
            json.loads(schema), validate_formats=True, pattern_options=BOUNDED
        ).is_valid
    except (ValueError, jsonschema_rs.ValidationError):
        raise ContradictionError from None


def _candidates(
    required: Sequence[str],
    format_name: str,
    name: str,
    random: Random,
    now: int,
    shortest: int,
    longest: int,
) -> Iterator[str]:
    """Yield texts, the most realistic first."""
    if format_name in FORMATS:
        when = _when(meaning(name), random, now)
        for size in (0, 0, max(0, shortest - 20), shortest):
            yield FORMATS[format_name](random, when, size)
    if format_name == "email":
        yield "a@b.co"
    for _, candidate in zip(range(3), _by_name(name, random, now), strict=False):
        yield candidate
    for pattern in required:
        try:
            texts = patterns.texts(pattern, shortest, longest, random)
            for _, candidate in zip(range(TRIES), texts, strict=False):
                yield candidate
        except patterns.UnsupportedPatternError:
            continue


def _by_name(name: str, random: Random, now: int) -> Iterator[str]:
    """Yield texts that are usual for a property of this name."""
    known = meaning(name)
    while True:
        if known.format:
            yield FORMATS[known.format](random, now, 0)
        elif known.text:
            yield random.choice(known.text)
        elif known.number:
            yield str(random.randint(*known.number))
        elif known.when:
            yield FORMATS["date-time"](random, _when(known, random, now), 0)
        else:
            yield f"{title(name) or 'Text'} {random.randint(1, 99)}"


def _fitted(candidate: str, shortest: int, longest: int, random: Random) -> str:
    """Return a text with the required length: cut, or with words at its end."""
    if len(candidate) < shortest:
        filler = f"{candidate} " + FILLER * (shortest // len(FILLER) + 1)
        candidate = filler[:shortest]
    if len(candidate) > longest:
        candidate = candidate[:longest]
    if candidate != candidate.strip():
        candidate = candidate[:-1] + random.choice("aeiou")
    return candidate


def timestamp(name: str, random: Random, now: int) -> int:
    """Return the ms since 1970 that are usual for a property of this name."""
    return _when(meaning(name), random, now)


def _when(known: Meaning, random: Random, now: int) -> int:
    first, last = known.when or RECENT
    minutes = random.randint(first * 24 * 60, last * 24 * 60)
    return max(now + minutes * 60_000, -DAY * 365 * 60)


def unix_time(keywords: Mapping[str, Any], name: str) -> int:
    """Return how many ms one unit of a number is if it is a time since 1970; 0 if it is not."""
    known = meaning(name)
    if keywords.get("format") in UNIX_TIMES:
        return UNIX_TIMES[keywords["format"]]
    # A number of days is small, and a schema usually limits it.
    is_limited = keywords.keys() & {"maximum", "exclusiveMaximum", "multipleOf"}
    if not known.when or known.number or is_limited:
        return 0
    return 1 if keywords.get("format") == "int64" and last_word(name) == "ms" else 1000
