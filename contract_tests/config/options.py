"""The settings of a contract run: each is a pytest option, an ini key, a variable and a file key.

pytest imports this plugin in every project that has the package installed. Therefore it imports
little, and adds only options.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..exit_codes import UNJUDGED
from .parsers import (
    at_least_one,
    boolean,
    folder_or_redis_url,
    header,
    name_and_value,
    not_negative,
    positive,
    proxy_url,
)
from .sharding import SINGLE_SHARD, Shard

if TYPE_CHECKING:
    import pytest


@dataclass(frozen=True)
class BaselineEntry:
    """An ``[[accept]]`` entry of the settings file, which accepts a known finding.

    location: the ``file:line`` of the entry. about: the text that identifies the finding, if the
    rule has several. operation: the only one in which the finding is accepted; by default all.
    expires: the last day on which the finding is accepted.
    """

    rule: str
    reason: str
    location: str
    about: str | None = None
    operation: str | None = None
    expires: date | None = None

    def __str__(self) -> str:
        operation = f" of {self.operation}" if self.operation else ""
        about = f" about {self.about}" if self.about else ""
        return f"{self.rule}{operation}{about}"


@dataclass(frozen=True)
class Settings:
    """The settings of a contract run. Times are in seconds.

    known: by status, ids of releases that have it. disabled_checks: names of checks without
    ``test_``. accept: the baseline. The other settings have the names of the options.
    """

    target: str | None = None
    token: str | None = None
    other_token: str | None = None
    header: tuple[str, ...] = ()
    package: tuple[str, ...] = ()
    release_id: tuple[str, ...] = ()
    spec: Path | None = None
    overlay: tuple[Path, ...] = ()
    config: Path | None = None
    seed: int = 0
    max_examples: int = 30
    build_timeout: float = 60.0
    request_timeout: float = 10.0
    max_response_time: float = 1.0
    rate: float | None = None
    wait: float = 0.0
    proxy: str | None = None
    read_only: bool = False
    strict: bool = False
    verbose: bool = False
    findings: Path = Path(".contract-findings")
    write_baseline: bool = False
    shard: Shard = SINGLE_SHARD
    example_database: str | None = None
    report_json: Path | None = None
    report_junit: Path | None = None
    report_html: Path | None = None
    report_sarif: Path | None = None
    report_har: Path | None = None
    report_github: bool = False
    known: tuple[str, ...] = ()
    known_releases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    disabled_checks: tuple[str, ...] = ()
    accept: tuple[BaselineEntry, ...] = ()

    @property
    def release_ids(self) -> tuple[str, ...]:
        """All ids of releases, with and without a known status."""
        of_known = (release_id for ids in self.known_releases.values() for release_id in ids)
        return tuple(dict.fromkeys((*self.release_id, *of_known)))

    @property
    def known_values(self) -> dict[str, tuple[str, ...]]:
        """The known values of path parameters and properties, by name."""
        values: dict[str, tuple[str, ...]] = {}
        for text in self.known:
            name, _, value = text.partition("=")
            values[name] = (*values.get(name, ()), value)
        return values


@dataclass(frozen=True)
class Option:
    """One option.

    parse: returns its value from a text, or raises ValueError. metavar: the placeholder of its
    value in the help; a flag has none. repeatable: whether it can occur several times.
    in_settings_file: whether the settings file may contain it. expected: what its value must be,
    for error messages; empty if the metavar says it. separator: a pattern for what is between the
    values of a repeatable option in its variable.
    """

    name: str
    parse: Callable[[str], Any]
    metavar: str
    help: str
    repeatable: bool = False
    in_settings_file: bool = True
    expected: str = ""
    separator: str = r"[\s,]+"

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def pytest_flag(self) -> str:
        """Its name on the command line of pytest, which has its own --strict and --verbose."""
        taken = self.name in ("strict", "verbose")
        return f"--contract-{self.name}" if taken else self.flag

    @property
    def key(self) -> str:
        """Its key in the ini file of pytest."""
        return "contract_" + self.name

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return self.key.upper()

    @property
    def is_flag(self) -> bool:
        """Whether it has no value on the command line."""
        return not self.metavar

    @property
    def valid_value(self) -> str:
        """What its value must be, for error messages."""
        if self.is_flag:
            return "true or false"
        return self.expected or EXPECTED.get(self.metavar, "a text")

    @property
    def file_key(self) -> str:
        """Its key in the settings file. For a secret, it takes the name of a variable."""
        if self.repeatable:
            return self.name + "s"
        return self.name + "_env" if self.name in SECRETS else self.name


SECRETS = ("token", "other_token")
HIDDEN = (*SECRETS, "header", "proxy")  # error messages do not show their values
# What a value must be, by metavar, unless an option says it
EXPECTED = {
    "N": "an integer",
    "SECONDS": "a number of seconds",
    "FILE": "a path",
    "DIR": "a path",
}

OPTIONS = (
    Option("target", str, "URL", "base URL of the server, such as http://127.0.0.1:3100/api"),
    Option("token", str, "TOKEN", "token of an account that owns a package"),
    Option("other_token", str, "TOKEN", "token of another account, to check ownership"),
    Option(
        "header",
        header,
        "HEADER",
        "header of every request, as 'Name: value'; repeatable; its value is never shown",
        repeatable=True,
        expected="a header such as 'X-Tenant: acme', and none that the run sets itself, such as"
        " Authorization (--token)",
        separator=r"\s*\n\s*",
    ),
    Option(
        "package",
        str,
        "NAME",
        "package of the server, as owner/name; repeatable (default: the shipped packages)",
        repeatable=True,
    ),
    Option("release_id", str, "ID", "release of the server; repeatable", repeatable=True),
    Option(
        "known",
        name_and_value,
        "NAME=VALUE",
        "value of a path parameter or property that exists on the server, for a contract without"
        " builds; repeatable",
        repeatable=True,
        in_settings_file=False,
        expected="a name and a value, such as bookId=42",
        separator=r"\s*\n\s*",
    ),
    Option("spec", Path, "FILE", "contract (default: the shipped openapi.yaml)"),
    Option(
        "overlay", Path, "FILE", "OpenAPI Overlay for the contract; repeatable", repeatable=True
    ),
    Option(
        "config",
        Path,
        "FILE",
        "settings file (default: contract-tests.toml, if it exists)",
        in_settings_file=False,
    ),
    Option("seed", int, "N", "seed of generated requests (default: 0)"),
    Option(
        "max_examples",
        at_least_one,
        "N",
        "random requests per operation (default: 30)",
        expected="an integer of at least 1",
    ),
    Option("build_timeout", not_negative, "SECONDS", "limit for following a build (default: 60)"),
    Option("request_timeout", positive, "SECONDS", "limit for waiting for bytes (default: 10)"),
    Option(
        "max_response_time", positive, "SECONDS", "slower operations are a finding (default: 1)"
    ),
    Option("rate", positive, "N", "requests per second, at most (default: no limit)"),
    Option("wait", not_negative, "SECONDS", "limit for waiting until the server responds"),
    Option(
        "proxy",
        proxy_url,
        "URL",
        "HTTP proxy, such as http://127.0.0.1:8888; HTTP_PROXY is ignored",
        expected="the URL of an HTTP proxy, such as http://127.0.0.1:8888",
    ),
    Option("read_only", boolean, "", "change nothing: send no rebuilds, or no methods but GET"),
    Option("strict", boolean, "", "fail also for findings of level strict"),
    Option("verbose", boolean, "", "show findings of level strict in full", in_settings_file=False),
    Option("findings", Path, "DIR", "folder for finding files (default: .contract-findings)"),
    Option(
        "write_baseline",
        boolean,
        "",
        "accept the findings of this run from now on",
        in_settings_file=False,
    ),
    Option(
        "shard",
        Shard.parse,
        "K/N",
        "run part K of N; contract-tests merge combines the verdicts",
        in_settings_file=False,
        expected="K/N with K from 1 to N, such as 3/8",
    ),
    Option(
        "example_database",
        folder_or_redis_url,
        "URL",
        "folder or redis:// URL for requests that caused findings, to send them first",
        in_settings_file=False,
        expected="a folder or a URL such as redis://127.0.0.1:6379/0",
    ),
    Option("report_json", Path, "FILE", "write the verdict as JSON"),
    Option("report_junit", Path, "FILE", "write a JUnit report of operations, rules and states"),
    Option("report_html", Path, "FILE", "write the verdict as an HTML page"),
    Option("report_sarif", Path, "FILE", "write the findings as SARIF, with lines of the contract"),
    Option("report_har", Path, "FILE", "write the exchanges of the findings as HAR"),
    Option(
        "report_github",
        boolean,
        "",
        "write GitHub annotations and a summary (default in GitHub Actions)",
    ),
)


ONE_PROCESS = "contract_tests must run in one process: remove -n (pytest-xdist), or use --shard"


def pytest_configure(config: pytest.Config) -> None:
    """Refuse pytest-xdist for the checks of a contract run. Other tests may use it."""
    is_distributed = getattr(config.option, "dist", "no") != "no"
    if is_distributed and any(_is_contract_run(config, argument) for argument in config.args):
        import pytest

        pytest.exit(ONE_PROCESS, returncode=UNJUDGED)


def _is_contract_run(config: pytest.Config, argument: str) -> bool:
    """Return whether an argument of pytest names checks of this package."""
    name, package = argument.partition("::")[0], Path(__file__).parents[1]
    is_module = config.option.pyargs and name.partition(".")[0] == package.name
    return is_module or Path(name).absolute().is_relative_to(package)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("contract_tests", "contract run (pytest --pyargs contract_tests)")
    for option in OPTIONS:
        if option.is_flag:
            group.addoption(
                option.pytest_flag,
                dest=option.key,
                help=option.help,
                action="store_const",
                const="true",
            )
        else:
            group.addoption(
                option.pytest_flag,
                dest=option.key,
                metavar=option.metavar,
                help=option.help,
                action="append" if option.repeatable else "store",
            )
        if option.repeatable:
            parser.addini(option.key, option.help, type="linelist")
        else:
            parser.addini(option.key, option.help)
