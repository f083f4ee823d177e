"""What must be true of the speed of the mock, as ratios of values that one run measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .contenders import OURS, PRISM, WIREMOCK, WIREMOCK_JOURNAL
from .load.requests import GET, REBUILD, REJECTED, UNIQUE_GET, UNIQUE_REJECTED
from .report import Must, format_spread
from .rounds import Readings, Spread

STREAMS = 50  # open during the measurement of the mock's response times

Subject = tuple[str, str]  # the names of a contender and of a request


@dataclass(frozen=True)
class RatioMust:
    """A minimum for the requests per second of a subject, as a multiple of those of a reference.

    Both are measured in the same rounds, so that the speed of the machine does not matter.
    """

    requirement: str
    subject: Subject
    reference: Subject
    minimum: float


RATE_MUSTS = (
    # The same request again, as from a page that polls.
    *(
        RatioMust(f"{name}: multiple of {peer}", (OURS, name), (peer, name), minimum)
        for name in (GET.name, REJECTED.name)
        for peer, minimum in ((PRISM, 8), (WIREMOCK, 1), (WIREMOCK_JOURNAL, 1))
    ),
    # Each request different, so that no cached response helps.
    *(
        RatioMust(f"{name}: multiple of {peer}", (OURS, name), (peer, name), minimum)
        for name in (UNIQUE_GET.name, UNIQUE_REJECTED.name)
        for peer, minimum in ((PRISM, 5), (WIREMOCK, 1.3))
    ),
    RatioMust("rebuild: multiple of Prism's get", (OURS, REBUILD.name), (PRISM, "get"), 1),
)


def check_musts(throughput: Readings[Subject], response_times: Readings[str]) -> Iterator[Must]:
    """Yield each must with its measured ratio."""
    for must in RATE_MUSTS:
        ratio = throughput.ratio(must.subject, must.reference, "rate")
        yield _at_least(must.requirement, ratio, must.minimum)
    for name in (GET.name, REJECTED.name):
        for peer in (PRISM, WIREMOCK, WIREMOCK_JOURNAL):
            ratio = throughput.ratio((OURS, name), (peer, name), "cpu")
            yield _under(f"{name}: CPU per request, multiple of {peer}", ratio, 1)
    ratio = response_times.ratio(OURS, PRISM, "p99")
    yield _under(f"p99 with {STREAMS} open streams: multiple of Prism without streams", ratio, 0.25)


def _at_least(requirement: str, ratio: Spread | None, minimum: float) -> Must:
    met = ratio.median >= minimum if ratio else None
    return Must(requirement, f"at least {minimum:g}", format_spread(ratio, "{:.2f}"), met)


def _under(requirement: str, ratio: Spread | None, limit: float) -> Must:
    met = ratio.median < limit if ratio else None
    return Must(requirement, f"under {limit:g}", format_spread(ratio, "{:.2f}"), met)
