"""Combines flags, environment variables, pytest's ini file and ``contract-tests.toml``."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_server.contract.document import loading
from mock_server.contract.violations import ContractError, Violation, show
from mock_server.foundation.shipped_files import shipped

from ..target.roles import timeline_of
from .options import HIDDEN, OPTIONS, Option, Settings
from .settings_file import SettingsFile, StatusesOf
from .sharding import SINGLE_SHARD

if TYPE_CHECKING:
    import pytest

FILE = "contract-tests.toml"


def resolve(
    flags: Mapping[str, Any],
    environ: Mapping[str, str],
    folder: Path,
    statuses: StatusesOf,
    ini: Mapping[str, Any] | None = None,
) -> Settings:
    """Return the settings: flags override variables, which override ini file and settings file.

    flags, ini: by the name of the option. folder: contains the settings file, unless a flag names
    another. statuses: returns the statuses of a contract.

    Raises ContractError with all problems of all sources.
    """
    problems: list[Violation] = []
    values: dict[str, Any] = {}
    for option in reversed(OPTIONS):
        for location, source, name in (
            (option.flag, flags, option.name),
            (option.variable, environ, option.variable),
            (option.key, ini or {}, option.name),
        ):
            value = source.get(name)
            if value not in (None, "", []):
                values[option.name] = _parsed(option, value, location, problems)
                break
    file = values.get("config") or folder / FILE
    if file.exists() or "config" in values:
        values = {**SettingsFile(file, environ, problems).settings(values, statuses), **values}
    if values.get("write_baseline") and not values.get("shard", SINGLE_SHARD).is_single:
        fix = "use contract-tests merge --write-baseline after all shards"
        message = "must not be used with --shard: one shard does not have all findings"
        problems.append(Violation("settings", message, "", "", fix, "--write-baseline"))
    if problems:
        raise ContractError(problems)
    return Settings(**values)


def of_pytest(config: pytest.Config) -> Settings:
    """Return the settings of a run in pytest. Raises ContractError with all problems."""
    flags = {option.name: config.getoption(option.key) for option in OPTIONS}
    ini = {option.name: config.getini(option.key) for option in OPTIONS}
    return resolve(flags, os.environ, config.invocation_params.dir, statuses_of, ini)


def statuses_of(spec: Path | None, overlays: Sequence[Path] = ()) -> Collection[str]:
    """Return the statuses that a run follows by a contract, by default the shipped one.

    Raises ContractError.
    """
    return timeline_of(loading.load(spec or shipped("openapi.yaml"), overlays)).phases


def _parsed(option: Option, value: Any, location: str, problems: list[Violation]) -> Any:
    """Return the parsed value of an option; None, with a problem added, if it is invalid."""
    try:
        if option.repeatable:
            texts = re.split(option.separator, value.strip()) if isinstance(value, str) else value
            return tuple(option.parse(text) for text in texts)
        return option.parse(value)
    except ValueError:
        message = f"must be {option.valid_value}"
        found = "" if option.name in HIDDEN else show(value)
        problems.append(Violation("settings", message, "", found, "", location))
        return None
