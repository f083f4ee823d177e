"""From flags, variables, pytest's ini file and ``contract-tests.toml`` to the settings of a run."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_server.contract.document import loading
from mock_server.contract.violations import ContractError, Violation, show
from mock_server.foundation.shipped_files import shipped

from .options import OPTIONS, Option, Settings
from .settings_file import SettingsFile
from .sharding import WHOLE

if TYPE_CHECKING:
    import pytest

FILE = "contract-tests.toml"


def resolve(
    told: Mapping[str, Any],
    environ: Mapping[str, str],
    folder: Path,
    statuses: Callable[[Path | None], Collection[str]],
    ini: Mapping[str, Any] | None = None,
) -> Settings:
    """The settings: flags (``told``) before variables, ini file and file, by option name.

    folder: where the file of settings is looked for. statuses: the status words of a contract.

    Raises ContractError with every problem of all of these.
    """
    problems: list[Violation] = []
    values: dict[str, Any] = {}
    for option in reversed(OPTIONS):
        for place, source, name in (
            (option.flag, told, option.name),
            (option.variable, environ, option.variable),
            (option.key, ini or {}, option.name),
        ):
            given = source.get(name)
            if given not in (None, "", []):
                values[option.name] = _from_text(option, given, place, problems)
                break
    file = values.get("config") or folder / FILE
    if file.exists() or "config" in values:
        values = {**SettingsFile(file, environ, problems).settings(values, statuses), **values}
    if values.get("write_baseline") and not values.get("shard", WHOLE).whole:
        fix = "give --write-baseline to contract-tests merge"
        problems.append(Violation("settings", "a shard does not know all findings", fix=fix))
    if problems:
        raise ContractError(problems)
    return Settings(**values)


def of_pytest(config: pytest.Config) -> Settings:
    """The settings of a run in pytest. Raises ContractError with every problem."""
    told = {option.name: config.getoption(option.key) for option in OPTIONS}
    ini = {option.name: config.getini(option.key) for option in OPTIONS}
    return resolve(told, os.environ, config.invocation_params.dir, statuses_of, ini)


def statuses_of(spec: Path | None) -> Collection[str]:
    """The status words of a contract, by default the shipped one. Raises ContractError."""
    return loading.load(spec or shipped("openapi.yaml")).phases


def _from_text(option: Option, given: Any, place: str, problems: list[Violation]) -> Any:
    try:
        if option.several:
            texts = re.split(r"[\s,]+", given.strip()) if isinstance(given, str) else given
            return tuple(option.read(text) for text in texts)
        return option.read(given)
    except ValueError:
        fix = "it is true or false" if option.switch else f"give {option.form or option.metavar}"
        problems.append(Violation("settings", "is no such value", "", show(given), fix, place))
        return None
