"""Reads ``contract-tests.toml``, and reports each problem with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from mock_server.contract.source.files import text_of
from mock_server.contract.violations import ContractError, Violation, nearest, show

from .options import HIDDEN, OPTIONS, SECRETS, BaselineEntry, Option
from .parsers import boolean

# Returns the statuses of a contract: its document and the overlays.
StatusesOf = Callable[[Path | None, Sequence[Path]], Collection[str]]

CHECKS = Path(__file__).parents[1] / "checks"
TABLES = ("known", "checks", "accept")
ENTRY_KEYS = ("rule", "about", "operation", "reason", "expires")
REQUIRED_KEYS = ("rule", "reason")


def check_names() -> list[str]:
    """Return the names of all checks, as the table ``[checks]`` has them: without ``test_``."""
    definition = re.compile(r"^def test_(\w+)\(", re.MULTILINE)
    files = sorted(CHECKS.rglob("test_*.py"))
    return [name for file in files for name in definition.findall(file.read_text("utf-8"))]


@dataclass
class SettingsFile:
    """Reads a settings file, adds each problem to ``problems``, and continues after it."""

    path: Path
    environ: Mapping[str, str]
    problems: list[Violation]
    lines: list[str] = field(default_factory=list)

    def settings(self, overrides: Mapping[str, Any], statuses: StatusesOf) -> dict[str, Any]:
        """Return the values in the file, by the names of settings.

        overrides: values from sources that override the file. statuses: returns the statuses of a
        contract.
        """
        data = self._load()
        if data is None:
            return {}
        values = self._options(data)
        values["disabled_checks"] = tuple(self._disabled_checks(data.get("checks", {})))
        values |= self._known(data.get("known", {}), overrides, values, statuses)
        values["accept"] = tuple(self._baseline(data.get("accept", [])))
        return values

    def _load(self) -> dict[str, Any] | None:
        try:
            text = text_of(self.path)
            self.lines = text.splitlines()
            return tomllib.loads(text)
        except ContractError as error:
            self.problems += error.violations
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"line (\d+)", str(error))
            self._problem("must be TOML", str(error), line=int(line[1]) if line else None)
        return None

    def _problem(
        self, message: str, found: str = "", fix: str = "", line: int | None = None
    ) -> None:
        location = f"{self.path}:{line}" if line else str(self.path)
        self.problems.append(Violation("settings", message, "", found, fix, location))

    def _beside(self, value: Any) -> Any:
        """Return a path relative to the folder of this file; other values as they are."""
        return self.path.parent / value if isinstance(value, Path) else value

    def _line(self, name: str, after: int = 0) -> int | None:
        """Return the number of the line with a key or the header of a table, from 1."""
        definition = re.compile(rf"\s*(\[+\s*)?[\"']?{re.escape(name)}[\"']?\s*[\]=.]")
        numbered = enumerate(self.lines[after:], after + 1)
        return next((number for number, line in numbered if definition.match(line)), None)

    def _unknown(self, kind: str, name: str, valid: Iterable[str], after: int = 0) -> None:
        message = f"unknown {kind} `{name}`"
        self._problem(message, fix=nearest(name, valid), line=self._line(name, after))

    def _options(self, data: Mapping[str, Any]) -> dict[str, Any]:
        by_key = {option.file_key: option for option in OPTIONS if option.in_settings_file}
        values = {}
        for key, value in data.items():
            option = by_key.get(key)
            if option is not None:
                parsed = self._value(option, key, value)
                if parsed is not None:
                    values[option.name] = parsed
            elif key not in TABLES:
                self._unknown("key", key, [*by_key, *TABLES])
        return values

    def _value(self, option: Option, key: str, value: Any) -> Any:
        """Return the parsed value of an option; None, with a problem added, if it is invalid."""
        try:
            if option.repeatable and isinstance(value, list):
                return tuple(self._beside(option.parse(_text(item))) for item in value)
            if option.repeatable or isinstance(value, bool) != (option.parse is boolean):
                raise ValueError(key)
            if option.name in SECRETS:
                return self._secret(_text(value), key)
            parsed = option.parse(_text(value))
            return self._beside(parsed)
        except ValueError:
            valid = "a list of texts" if option.repeatable else option.valid_value
            if option.repeatable and option.expected and isinstance(value, list):
                valid = f"a list; each item must be {option.expected}"
            found = "" if option.name in HIDDEN else show(value)
            self._problem(f"`{key}` must be {valid}", found, line=self._line(key))
        return None

    def _secret(self, variable: str, key: str) -> str | None:
        token = self.environ.get(variable)
        if not token:
            message = f"`{key}` must name an environment variable that is set"
            fix = f"set {variable}, or remove `{key}`"
            self._problem(message, variable, fix, self._line(key))
        return token

    def _disabled_checks(self, checks: Any) -> Iterable[str]:
        names = check_names()
        if not isinstance(checks, dict):
            self._problem("`checks` must be a table", show(checks), line=self._line("checks"))
            return
        start = self._line("checks") or 0
        for name, enabled in checks.items():
            if name not in names:
                self._unknown("check", name, names, start)
            elif not isinstance(enabled, bool):
                line = self._line(name, start)
                self._problem(f"`{name}` must be true or false", show(enabled), line=line)
            elif not enabled:
                yield name

    def _known(
        self,
        known: Any,
        overrides: Mapping[str, Any],
        values: Mapping[str, Any],
        statuses: StatusesOf,
    ) -> dict[str, Any]:
        """Return the known resources by status, or else the known values by their names."""
        if known in ({}, None):
            return {}
        if not isinstance(known, dict):
            self._problem("`known` must be a table", show(known), line=self._line("known"))
            return {}
        spec = overrides.get("spec") or values.get("spec")
        valid = statuses(spec, overrides.get("overlay") or values.get("overlay") or ())
        start, by_status = self._line("known") or 0, {}
        for status, ids in known.items():
            if valid and status not in valid:
                self._unknown("status", status, valid, start)
            elif not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
                line = self._line(status, start)
                kind = "release ids" if valid else "texts"
                self._problem(f"`{status}` must be a list of {kind}", show(ids), line=line)
            else:
                by_status[status] = tuple(ids)
        if valid:
            return {"known_releases": by_status}
        return {"known": tuple(f"{name}={id_}" for name, ids in by_status.items() for id_ in ids)}

    def _baseline(self, entries: Any) -> Iterable[BaselineEntry]:
        if not isinstance(entries, list):
            fix = "start each entry with [[accept]]"
            message = "`accept` must be a list of tables"
            self._problem(message, show(entries), fix, self._line("accept"))
            return
        start = 0
        for entry in entries:
            line = self._line("accept", start)
            start = line or start
            problems_before = len(self.problems)
            if not isinstance(entry, dict):
                self._problem("an entry must be a table", show(entry), line=line)
                continue
            for key, value in entry.items():
                self._check_entry_value(key, value, start)
            missing = [key for key in REQUIRED_KEYS if key not in entry]
            if missing:
                message = f"an entry must have {', '.join(REQUIRED_KEYS)}"
                self._problem(message, "no " + ", no ".join(missing), line=line)
            if len(self.problems) == problems_before:
                yield BaselineEntry(**entry, location=f"{self.path}:{line or 1}")

    def _check_entry_value(self, key: str, value: Any, start: int) -> None:
        line = self._line(key, start)
        if key not in ENTRY_KEYS:
            self._unknown("key", key, ENTRY_KEYS, start)
        elif key == "expires" and type(value) is not date:  # not a datetime, which is a date
            self._problem("`expires` must be a date such as 2030-12-31", show(value), line=line)
        elif key != "expires" and not (isinstance(value, str) and value.strip()):
            self._problem(f"`{key}` must be a text", show(value), line=line)


def _text(value: Any) -> str:
    """Return a TOML scalar as the text of an option. Raises ValueError for other values."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise ValueError(value)
    return str(value)
