"""The maximum throughput of a server: in a closed loop, each connection waits for its response."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .requests import Request, WrongResponseError

SCRIPT = Path(__file__).with_name("wrk.lua")


@dataclass(frozen=True)
class Throughput:
    """The number of responses, and the seconds of the load."""

    responses: int
    seconds: float


def measure_throughput(
    address: str, request: Request, seconds: float, connections: int = 32
) -> Throughput:
    """Load a server with wrk.

    seconds: at least 1.
    Raise WrongResponseError for a response with a wrong status and for a lost connection.
    """
    command = ["wrk", "-t2", f"-c{connections}", f"-d{max(1, round(seconds))}s"]
    done = subprocess.run(
        [*command, "-s", str(SCRIPT), f"http://{address}{request.path}"],
        env={
            **os.environ,
            **({"BENCH_UNIQUE": "1"} if request.unique else {}),
            "BENCH_METHOD": request.method,
            "BENCH_BODY": request.body,
            "BENCH_HEADERS": "\n".join(f"{name}: {text}" for name, text in request.headers.items()),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise WrongResponseError(f"wrk: {done.stderr or done.stdout}")
    summary = json.loads(done.stdout.strip().rsplit("\n", 1)[1])
    total, errors, lost = (summary[name] for name in ("responses", "errors", "lost"))
    wrong = errors if request.status == 200 else total - errors
    if wrong or lost or not total:
        raise WrongResponseError(
            f"{request.name}: {wrong} wrong responses, {lost} lost, of {total} responses"
        )
    return Throughput(total, summary["microseconds"] / 1e6)
