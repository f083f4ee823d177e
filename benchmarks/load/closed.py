"""As much load as a server takes: wrk, a number of connections, each asking again when answered."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .requests import HEADERS, Asked, WrongAnswerError

SCRIPT = Path(__file__).with_name("wrk.lua")


@dataclass(frozen=True)
class Pressed:
    """What a server did under load, in so many seconds."""

    requests: int
    seconds: float


def press(address: str, asked: Asked, seconds: float, connections: int = 32) -> Pressed:
    """Loads a server. seconds: at least 1. Raises WrongAnswerError for an answer of another status
    than the correct one and for connections that broke."""
    command = ["wrk", "-t2", f"-c{connections}", f"-d{max(1, round(seconds))}s"]
    ended = subprocess.run(
        [*command, "-s", str(SCRIPT), f"http://{address}{asked.path}"],
        env={
            **os.environ,
            **({"BENCH_OTHER": "1"} if asked.other else {}),
            "BENCH_BODY": asked.body,
            "BENCH_HEADERS": "\n".join(f"{name}: {text}" for name, text in HEADERS.items()),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise WrongAnswerError(f"wrk: {ended.stderr or ended.stdout}")
    told = json.loads(ended.stdout.strip().rsplit("\n", 1)[1])
    wrong = told["refused"] if asked.status == 200 else told["requests"] - told["refused"]
    if wrong or told["lost"] or not told["requests"]:
        raise WrongAnswerError(f"{asked.name}: {wrong} wrong answers, {told['lost']} lost")
    return Pressed(told["requests"], told["microseconds"] / 1e6)
