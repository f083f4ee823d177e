"""The settings of a contract run as pytest options, each mirrored by an ini key.

pytest loads this wherever the package is installed, so it imports nothing heavy and, by itself,
does nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest


@dataclass(frozen=True)
class Settings:
    """What a contract run is told. ``build_timeout`` is in seconds."""

    target: str | None = None
    token: str | None = None
    other_token: str | None = None
    package: tuple[str, ...] = ()
    release_id: tuple[str, ...] = ()
    spec: Path | None = None
    seed: int = 0
    max_examples: int = 40
    build_timeout: float = 60.0


@dataclass(frozen=True)
class Option:
    """One setting: what reads its text, what stands for its value in the help, and its help."""

    name: str
    read: Callable[[str], Any]
    metavar: str
    help: str
    several: bool = False

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def key(self) -> str:
        return "contract_" + self.name


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


OPTIONS = (
    Option("target", str, "URL", "base URL of the implementation, as http://127.0.0.1:3100/api"),
    Option("token", str, "TOKEN", "token of an account that owns a package"),
    Option("other_token", str, "TOKEN", "token of another account, to judge ownership"),
    Option("package", str, "NAME", "a package to ask for (default: the shipped ones)", True),
    Option("release_id", str, "ID", "a release to ask for and to rebuild", True),
    Option("spec", Path, "FILE", "the contract (default: the shipped openapi.yaml)"),
    Option("seed", int, "N", "the same seed sends the same requests (default: 0)"),
    Option("max_examples", at_least_one, "N", "effort: requests an operation (default: 40)"),
    Option("build_timeout", not_negative, "SECONDS", "how long to follow a build (default: 60)"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("contract_tests", "contract run (pytest --pyargs contract_tests)")
    for option in OPTIONS:
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


def settings_of(config: pytest.Config) -> Settings:
    """The settings on the command line, else in the ini file, else their defaults.

    Raises ValueError, in words for people, for a text that is no value of its option.
    """
    told: dict[str, Any] = {}
    for option in OPTIONS:
        text = config.getoption(option.key) or config.getini(option.key)
        if not text:
            continue
        try:
            told[option.name] = (
                tuple(option.read(each) for each in text) if option.several else option.read(text)
            )
        except ValueError:
            raise ValueError(
                f"{option.flag} {text}: {option.metavar} is not such a value"
            ) from None
    return Settings(**told)
