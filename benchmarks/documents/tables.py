"""The tables of the benchmark, and the list of what failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median

from ..report import MIB, Must, megabytes, must_table, table
from .judging import OUTCOMES, SERVER_ERROR, SUCCESS
from .measuring import Case, Reading
from .servers import OURS, PRISM, TOOLS

Results = Sequence[tuple[Case, Mapping[str, Reading]]]

SERVED_LIMIT, SUCCESS_LIMIT = 0.99, 0.97
START_RATIO_LIMIT = 0.5  # of Prism's
MEMORY_LIMIT = 150 * MIB
LARGE_START_LIMIT = 10.0  # seconds


def readings_of(results: Results, tool: str) -> list[Reading]:
    return [readings[tool] for _, readings in results if tool in readings]


def is_served(reading: Reading) -> bool:
    return reading.served.start is not None


def count(results: Results, tool: str, kind: str) -> int:
    """Return the number of operations with an outcome of this kind."""
    outcomes = (each for reading in readings_of(results, tool) for each in reading.outcomes)
    return sum(outcome.kind == kind for outcome in outcomes)


def operation_count(results: Results) -> int:
    """Return the number of requests, those to documents that a tool does not serve included."""
    return sum(len(case.calls) for case, _ in results)


def starts(results: Results, tool: str) -> list[float]:
    """Return the seconds to the first response, in order."""
    seconds = (reading.served.start for reading in readings_of(results, tool))
    return sorted(start for start in seconds if start is not None)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of the sorted values does not exceed; 0 without values."""
    return values[max(0, -int(-share * len(values) // 1) - 1)] if values else 0.0


def memory(results: Results, tool: str) -> list[float]:
    """Return the bytes of memory after the requests, in order."""
    return sorted(each.served.memory for each in readings_of(results, tool) if is_served(each))


def musts(results: Results, large: Results) -> Iterator[Must]:
    """Yield the requirements for the mock. results: of the valid documents."""
    ours = readings_of(results, OURS)
    served = _share(sum(map(is_served, ours)), len(ours))
    success = _share(count(results, OURS, SUCCESS), operation_count(results))
    errors = count(results, OURS, SERVER_ERROR)
    tracebacks = sum(reading.served.traceback for reading in ours)
    yield _at_least("documents served", served, SERVED_LIMIT)
    yield _at_least("operations with a valid documented success", success, SUCCESS_LIMIT)
    yield Must("responses 5xx", "0", str(errors), errors == 0)
    yield Must("tracebacks", "0", str(tracebacks), tracebacks == 0)
    mine, theirs = starts(results, OURS), starts(results, PRISM)
    for name, share in {"median": 0.5, "p95": 0.95}.items():
        ratio = percentile(mine, share) / percentile(theirs, share) if mine and theirs else None
        yield Must(
            f"start, {name}: multiple of Prism",
            f"at most {START_RATIO_LIMIT:g}",
            "" if ratio is None else f"{ratio:.2f}",
            None if ratio is None else ratio <= START_RATIO_LIMIT,
        )
    sizes = memory(results, OURS)
    middle = median(sizes) if sizes else 0
    yield Must(
        "memory, median",
        f"at most {megabytes(MEMORY_LIMIT)}",
        megabytes(middle),
        middle <= MEMORY_LIMIT if sizes else None,
    )
    for case, readings in large:
        start = readings[OURS].served.start if OURS in readings else None
        yield Must(
            f"first response of a document of {case.document.size / 1e6:.1f} MB",
            f"within {LARGE_START_LIMIT:g} s",
            "" if start is None else f"{start:.1f} s",
            None if OURS not in readings else start is not None and start <= LARGE_START_LIMIT,
        )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _at_least(name: str, share: float, limit: float) -> Must:
    return Must(name, f"at least {limit:.0%}", f"{share:.1%}", share >= limit)


def comparison(results: Results, tools: Sequence[str]) -> Iterator[str]:
    """Yield the table that compares the tools."""
    operations = operation_count(results)

    def served(tool: str) -> str:
        readings = readings_of(results, tool)
        return f"{sum(map(is_served, readings))} of {len(readings)}"

    def share_of(kind: str) -> Callable[[str], str]:
        def cell(tool: str) -> str:
            number = count(results, tool, kind)
            return f"{number} ({_share(number, operations):.1%})"

        return cell

    def tracebacks(tool: str) -> str:
        return str(sum(reading.served.traceback for reading in readings_of(results, tool)))

    def start(share: float) -> Callable[[str], str]:
        return lambda tool: f"{percentile(starts(results, tool), share):.2f}"

    def cpu(tool: str) -> str:
        used = sorted(each.served.cpu for each in readings_of(results, tool) if is_served(each))
        return f"{percentile(used, 0.5):.2f}"

    def size(share: float) -> Callable[[str], str]:
        return lambda tool: megabytes(percentile(memory(results, tool), share))

    rows: dict[str, Callable[[str], str]] = {
        "documents served": served,
        **{f"operations: {kind}": share_of(kind) for kind in OUTCOMES},
        "tracebacks": tracebacks,
        "start, seconds, median": start(0.5),
        "start, seconds, p95": start(0.95),
        "CPU seconds until the first response, median": cpu,
        "memory, median": size(0.5),
        "memory, p95": size(0.95),
    }
    head = (f"{len(results)} documents, {operations} operations", *(TOOLS[t].name for t in tools))
    yield from table(head, ((name, *map(cell, tools)) for name, cell in rows.items()))


def large_table(large: Results, tools: Sequence[str]) -> Iterator[str]:
    """Yield the table of large documents: seconds to the first response, and memory."""

    def cell(reading: Reading | None) -> str:
        if reading is None or reading.served.start is None:
            return "not served"
        return f"{reading.served.start:.1f} s, {megabytes(reading.served.memory)}"

    yield from table(
        ("first response, memory", *(TOOLS[tool].name for tool in tools)),
        (
            (
                f"{case.document.name}, {case.document.size / 1e6:.1f} MB",
                *(cell(readings.get(tool)) for tool in tools),
            )
            for case, readings in large
        ),
    )


def report_lines(results: Results, large: Results, tools: Sequence[str]) -> Iterator[str]:
    """Yield all tables. The musts and the comparison are about the valid documents."""
    valid = [(case, readings) for case, readings in results if case.valid]
    yield from must_table(musts(valid, large))
    yield ""
    yield from comparison(valid, tools)
    others = [(case, readings) for case, readings in results if not case.valid]
    if others:
        yield ""
        yield "Documents that openapi-spec-validator rejects, or does not judge in time:"
        yield ""
        yield from comparison(others, tools)
    if large:
        yield ""
        yield from large_table(large, tools)


def failures(results: Results, tools: Sequence[str]) -> Iterator[str]:
    """Yield a line for each document that is not served, and for each operation that failed."""
    for case, readings in results:
        name = case.document.name + ("" if case.valid else " (not valid OpenAPI)")
        for line in case.unbuilt:
            yield f"{name}: no request: {line}"
        for tool in tools:
            if tool not in readings:
                continue
            reading, label = readings[tool], TOOLS[tool].name
            if not is_served(reading):
                yield f"{label}: {name}: not served: {reading.served.log}"
            elif reading.served.traceback:
                yield f"{label}: {name}: traceback"
            for (operation, request), outcome in zip(case.calls, reading.outcomes, strict=False):
                if outcome.kind != SUCCESS:
                    place = f"{operation.method} {request.prefix}{request.target[:120]}"
                    yield f"{label}: {name}: {place}: {outcome.kind}: {outcome.reason}"
