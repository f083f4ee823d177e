"""``contract-tests.toml``: the settings of a run as a file, each problem in it with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from mock_server.contract.violations import Violation, nearest, show

from .options import OPTIONS, SECRETS, BaselineEntry, Option, truth

CHECKS = Path(__file__).parents[1] / "checks"
TABLES = ("known", "checks", "accept")
ENTRY = ("rule", "operation", "reason", "about", "expires")
NEEDED = ("rule", "operation", "reason")


def check_names() -> list[str]:
    """The names of all checks, as they stand under ``[checks]``."""
    defined = re.compile(r"^def test_(\w+)\(", re.MULTILINE)
    files = sorted(CHECKS.glob("test_*.py"))
    return [name for file in files for name in defined.findall(file.read_text("utf-8"))]


@dataclass
class SettingsFile:
    """A file of settings that is being read; each problem is kept and reading goes on."""

    path: Path
    environ: Mapping[str, str]
    problems: list[Violation]
    lines: list[str] = field(default_factory=list)

    def settings(
        self, told: Mapping[str, Any], statuses: Callable[[Path | None], Collection[str]]
    ) -> dict[str, Any]:
        """What it says, by the names of settings. told: those that come before it.

        statuses: the status words of a contract.
        """
        try:
            text = self.path.read_text("utf-8")
            self.lines = text.splitlines()
            data = tomllib.loads(text)
        except OSError as error:
            self._problem("cannot be read", error.strerror or str(error))
            return {}
        except UnicodeDecodeError:
            self._problem("is UTF-8 text", "other bytes")
            return {}
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"line (\d+)", str(error))
            self._problem("is TOML", str(error), line=int(line[1]) if line else None)
            return {}
        values = self._options(data)
        values["disabled_checks"] = tuple(self._off(data.get("checks", {})))
        values["known"] = self._known(data.get("known", {}), told, values, statuses)
        values["accept"] = tuple(self._accepted(data.get("accept", [])))
        return values

    def _problem(
        self, message: str, found: str = "", fix: str = "", line: int | None = None
    ) -> None:
        place = f"{self.path}:{line}" if line else str(self.path)
        self.problems.append(Violation("settings", message, "", found, fix, place))

    def _line(self, word: str, after: int = 0) -> int | None:
        """The line on which a key or the head of a table stands, from 1."""
        named = re.compile(rf"\s*(\[+\s*)?[\"']?{re.escape(word)}[\"']?\s*[\]=.]")
        numbered = enumerate(self.lines[after:], after + 1)
        return next((number for number, line in numbered if named.match(line)), None)

    def _unknown(self, key: str, valid: Iterable[str], after: int = 0) -> None:
        self._problem("is a known key", key, nearest(key, valid), self._line(key, after))

    def _options(self, data: Mapping[str, Any]) -> dict[str, Any]:
        by_key = {option.in_file: option for option in OPTIONS if option.kept}
        values = {}
        for key, value in data.items():
            option = by_key.get(key)
            if option is not None:
                read = self._value(option, key, value)
                if read is not None:
                    values[option.name] = read
            elif key not in TABLES:
                self._unknown(key, [*by_key, *TABLES])
        return values

    def _value(self, option: Option, key: str, value: Any) -> Any:
        form = "true or false" if option.switch else option.metavar
        try:
            if option.several and isinstance(value, list):
                return tuple(option.read(_text(each)) for each in value)
            if option.several or isinstance(value, bool) != (option.read is truth):
                raise ValueError(key)
            if option.name in SECRETS:
                return self._secret(_text(value), key)
            read = option.read(_text(value))
            return self.path.parent / read if isinstance(read, Path) else read
        except ValueError:
            several = "a list of " if option.several else ""
            self._problem(f"{key} is {several}{form}", show(value), line=self._line(key))
        return None

    def _secret(self, variable: str, key: str) -> str | None:
        token = self.environ.get(variable)
        if not token:
            fix = f"set {variable}, or take {key} out"
            self._problem(f"{key} names a variable that is set", variable, fix, self._line(key))
        return token

    def _off(self, checks: Any) -> Iterable[str]:
        names = check_names()
        if not isinstance(checks, dict):
            self._problem("checks is a table", show(checks), line=self._line("checks"))
            return
        start = self._line("checks") or 0
        for name, on in checks.items():
            if name not in names:
                self._unknown(name, names, start)
            elif not isinstance(on, bool):
                where = self._line(name, start)
                self._problem(f"{name} is true or false", show(on), line=where)
            elif not on:
                yield name

    def _known(
        self,
        known: Any,
        told: Mapping[str, Any],
        values: Mapping[str, Any],
        statuses: Callable[[Path | None], Collection[str]],
    ) -> dict[str, tuple[str, ...]]:
        if known in ({}, None):
            return {}
        if not isinstance(known, dict):
            self._problem("known is a table", show(known), line=self._line("known"))
            return {}
        words = statuses(told.get("spec") or values.get("spec"))
        start, found = self._line("known") or 0, {}
        for word, ids in known.items():
            if word not in words:
                self._unknown(word, words, start)
            elif not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
                where = self._line(word, start)
                self._problem(f"{word} is a list of ids", show(ids), line=where)
            else:
                found[word] = tuple(ids)
        return found

    def _accepted(self, entries: Any) -> Iterable[BaselineEntry]:
        if not isinstance(entries, list):
            fix = "begin each entry with [[accept]]"
            self._problem("accept is a list of entries", show(entries), fix, self._line("accept"))
            return
        start = 0
        for entry in entries:
            line = self._line("accept", start)
            start = line or start
            wrong = len(self.problems)
            if not isinstance(entry, dict):
                self._problem("an entry is a table", show(entry), line=line)
                continue
            for key, value in entry.items():
                if key not in ENTRY:
                    self._unknown(key, ENTRY, start)
                elif key == "expires" and type(value) is not date:
                    where = self._line(key, start)
                    self._problem("expires is a day, as 2030-12-31", show(value), line=where)
                elif key != "expires" and not (isinstance(value, str) and value.strip()):
                    where = self._line(key, start)
                    self._problem(f"{key} is a text", show(value), line=where)
            missing = [key for key in NEEDED if key not in entry]
            if missing:
                needed = "an entry has rule, operation and reason"
                self._problem(needed, "no " + " and no ".join(missing), line=line)
            if len(self.problems) == wrong:
                yield BaselineEntry(**entry, place=f"{self.path}:{line or 1}")


def _text(value: Any) -> str:
    """A scalar as text. Raises ValueError for what is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise ValueError(value)
    return str(value)
