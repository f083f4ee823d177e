"""Numbers for a schema: within its bounds, a multiple of its step, usual for the property."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from ..schemas.combining import ContradictionError
from .property_names import Meaning
from .randomness import Random

INTEGERS = {  # format → its least and its greatest value
    "int8": (-(2**7), 2**7 - 1),
    "uint8": (0, 2**8 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "uint16": (0, 2**16 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}
USUAL = (1, 100)  # without any hint
LEAST, GREATEST = 4, 5
TRIES = 8
CENT = Fraction(1, 100)


def number(
    keywords: Mapping[str, Any], integer: bool, meaning: Meaning, random: Random, shape: int = 0
) -> int | float:
    """Return a number for a schema. Raises ContradictionError if its bounds exclude all.

    shape: LEAST or GREATEST for one of the limits, else a usual number.
    """
    step = _step(keywords, integer)
    low, high = _bounds(keywords, step)
    usual_low, usual_high = meaning.number or USUAL
    if low is not None and (low > usual_high or (high is None and low > usual_low)):
        usual_low, usual_high = math.ceil(low), math.ceil(low) + (usual_high - usual_low)
    elif high is not None and high < usual_low:
        usual_low, usual_high = math.floor(high) - (usual_high - usual_low), math.floor(high)
    least = Fraction(usual_low) if low is None else max(low, Fraction(usual_low))
    most = Fraction(usual_high) if high is None else min(high, Fraction(usual_high))
    if shape in (LEAST, GREATEST):
        limit = low if shape == LEAST else high
        least = most = limit if limit is not None else (least if shape == LEAST else most)
    if least > most:
        least, most = low if low is not None else most, high if high is not None else least
    return _multiple(least, most, low, high, step, random)


def _multiple(
    least: Fraction,
    most: Fraction,
    low: Fraction | None,
    high: Fraction | None,
    step: Fraction,
    random: Random,
) -> int | float:
    """Return a multiple of the step between ``least`` and ``most``, or else within the bounds."""
    first, last = math.ceil(least / step), math.floor(most / step)
    if first > last:
        first = last if high is not None and low is None else first
        last = first
        value = first * step
        if (low is not None and value < low) or (high is not None and value > high):
            raise ContradictionError
    for _ in range(TRIES):
        chosen = random.randint(first, last) * step
        if chosen.denominator == 1 or (float(chosen) / float(step)).is_integer():
            break  # a multiple for validators that divide, too
    return chosen.numerator if chosen.denominator == 1 else float(chosen)


def _step(keywords: Mapping[str, Any], integer: bool) -> Fraction:
    step = Fraction(str(keywords.get("multipleOf", 0)))
    if step <= 0:
        low, high = _limits(keywords)
        room = None if low is None or high is None else high - low
        # A narrow range needs a step that has several multiples in it.
        small = room is not None and 0 < room < 1
        return Fraction(1) if integer else Fraction(room) / 8 if small and room else CENT
    return Fraction(step.numerator) if integer and step.denominator != 1 else step


def _limits(keywords: Mapping[str, Any]) -> tuple[Fraction | None, Fraction | None]:
    lows = [keywords[key] for key in ("minimum", "exclusiveMinimum") if key in keywords]
    highs = [keywords[key] for key in ("maximum", "exclusiveMaximum") if key in keywords]
    least, most = INTEGERS.get(keywords.get("format", ""), (None, None))
    lows += [] if least is None or lows else [least]
    highs += [] if most is None or highs else [most]
    return (
        Fraction(str(max(lows))) if lows else None,
        Fraction(str(min(highs))) if highs else None,
    )


def _bounds(keywords: Mapping[str, Any], step: Fraction) -> tuple[Fraction | None, Fraction | None]:
    """Return the least and the greatest multiple of the step that the schema accepts."""
    low, high = _limits(keywords)
    if low is not None:
        low = math.ceil(low / step) * step
        if "exclusiveMinimum" in keywords and low <= Fraction(str(keywords["exclusiveMinimum"])):
            low += step
    if high is not None:
        high = math.floor(high / step) * step
        if "exclusiveMaximum" in keywords and high >= Fraction(str(keywords["exclusiveMaximum"])):
            high -= step
    if low is not None and high is not None and low > high:
        raise ContradictionError
    return low, high
