"""The settings of a contract run, each a pytest option with an ini key, a variable and a file key.

pytest loads this wherever the package is installed, so it imports nothing heavy and, by itself,
does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .sharding import WHOLE, Shard

if TYPE_CHECKING:
    import pytest


@dataclass(frozen=True)
class BaselineEntry:
    """A violation that is known, from the file of settings; ``place`` is its ``file:line``.

    about: what the finding is about, when more than one of a rule and operation is to be told
    apart. expires: the last day on which it is accepted.
    """

    rule: str
    operation: str
    reason: str
    place: str
    about: str | None = None
    expires: date | None = None

    def __str__(self) -> str:
        about = f" about {self.about}" if self.about else ""
        return f"{self.rule} of {self.operation}{about}"


@dataclass(frozen=True)
class Settings:
    """What a contract run is told. Timeouts are in seconds.

    known: by status word, releases that show it. off: checks that are not run. accept: violations
    that are known.
    """

    target: str | None = None
    token: str | None = None
    other_token: str | None = None
    package: tuple[str, ...] = ()
    release_id: tuple[str, ...] = ()
    spec: Path | None = None
    config: Path | None = None
    seed: int = 0
    max_examples: int = 30
    build_timeout: float = 60.0
    request_timeout: float = 10.0
    max_response_time: float = 1.0
    read_only: bool = False
    findings: Path = Path(".contract-findings")
    write_baseline: bool = False
    shard: Shard = WHOLE
    example_database: str | None = None
    report_json: Path | None = None
    report_junit: Path | None = None
    report_html: Path | None = None
    report_sarif: Path | None = None
    report_har: Path | None = None
    report_github: bool = False
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    disabled_checks: tuple[str, ...] = ()
    accept: tuple[BaselineEntry, ...] = ()

    @property
    def release_ids(self) -> tuple[str, ...]:
        """All releases that are named, with a status or without."""
        named = (*self.release_id, *(each for ids in self.known.values() for each in ids))
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True)
class Option:
    """One setting: what reads its text, what stands for its value in the help, and its help.

    A setting without a metavar is a switch. kept: whether it may stand in the file of settings.
    form: what its value looks like, where the metavar does not say it.
    """

    name: str
    read: Callable[[str], Any]
    metavar: str
    help: str
    several: bool = False
    kept: bool = True
    form: str = ""

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def key(self) -> str:
        """Its key in pytest's ini file."""
        return "contract_" + self.name

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return self.key.upper()

    @property
    def switch(self) -> bool:
        return not self.metavar

    @property
    def in_file(self) -> str:
        """Its key in the file of settings, where a secret is named by its variable."""
        if self.several:
            return self.name + "s"
        return self.name + "_env" if self.name in SECRETS else self.name


SECRETS = ("token", "other_token")
REDIS = ("redis", "rediss", "unix")  # schemes of its URLs


def at_least_one(text: str) -> int:
    """A whole number of at least 1. Raises ValueError."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def not_negative(text: str) -> float:
    """A finite number of seconds. Raises ValueError."""
    seconds = float(text)
    if not 0 <= seconds < float("inf"):
        raise ValueError(text)
    return seconds


def positive(text: str) -> float:
    """A finite number of seconds above 0. Raises ValueError."""
    seconds = not_negative(text)
    if not seconds:
        raise ValueError(text)
    return seconds


def database(text: str) -> str:
    """A folder, or the URL of a Redis. Raises ValueError for another URL."""
    scheme, colon, _ = text.partition("://")
    if colon and scheme not in REDIS:
        raise ValueError(text)
    return text


def truth(text: str) -> bool:
    """``true`` or ``false``, also as 1 and 0. Raises ValueError."""
    words = {"true": True, "1": True, "false": False, "0": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


OPTIONS = (
    Option("target", str, "URL", "base URL of the implementation, as http://127.0.0.1:3100/api"),
    Option("token", str, "TOKEN", "token of an account that owns a package"),
    Option("other_token", str, "TOKEN", "token of another account, to judge ownership"),
    Option("package", str, "NAME", "a package to ask for (default: the shipped ones)", True),
    Option("release_id", str, "ID", "a release to ask for and to rebuild", True),
    Option("spec", Path, "FILE", "the contract (default: the shipped openapi.yaml)"),
    Option("config", Path, "FILE", "settings (default: contract-tests.toml, if any)", kept=False),
    Option("seed", int, "N", "the same seed sends the same requests (default: 0)"),
    Option("max_examples", at_least_one, "N", "effort: requests an operation (default: 30)"),
    Option("build_timeout", not_negative, "SECONDS", "how long to follow a build (default: 60)"),
    Option("request_timeout", positive, "SECONDS", "how long to wait for bytes (default: 10)"),
    Option("max_response_time", positive, "SECONDS", "slower answers are a finding (default: 1)"),
    Option("read_only", truth, "", "send nothing that a right server would change by"),
    Option("findings", Path, "DIR", "where findings are kept (default: .contract-findings)"),
    Option("write_baseline", truth, "", "accept what is found from now on", kept=False),
    Option(
        "shard",
        Shard.read,
        "K/N",
        "do the K-th of N shares; merge makes one verdict of all",
        kept=False,
        form="K/N with K from 1 to N, as 3/8",
    ),
    Option(
        "example_database",
        database,
        "URL",
        "try first what gave findings before: a folder, or redis://…",
        kept=False,
        form="a folder or a URL, as redis://127.0.0.1:6379/0",
    ),
    Option("report_json", Path, "FILE", "write the verdict as JSON"),
    Option("report_junit", Path, "FILE", "write the verdict as JUnit: operations, rules, states"),
    Option("report_html", Path, "FILE", "write the verdict as one page"),
    Option("report_sarif", Path, "FILE", "write the findings as SARIF, at lines of the contract"),
    Option("report_har", Path, "FILE", "write the exchanges of the findings as HAR"),
    Option("report_github", truth, "", "annotate, and sum up (by itself under GitHub Actions)"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("contract_tests", "contract run (pytest --pyargs contract_tests)")
    for option in OPTIONS:
        if option.switch:
            group.addoption(
                option.flag, dest=option.key, help=option.help, action="store_const", const="true"
            )
        else:
            group.addoption(
                option.flag,
                dest=option.key,
                metavar=option.metavar,
                help=option.help,
                action="append" if option.several else "store",
            )
        if option.several:
            parser.addini(option.key, option.help, type="linelist")
        else:
            parser.addini(option.key, option.help)
