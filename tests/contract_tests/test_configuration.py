"""The settings of a run: their sources, which source overrides which, and invalid values."""

import os
from datetime import date
from pathlib import Path

import pytest

from contract_tests.config.configuration import resolve
from contract_tests.config.options import OPTIONS, BaselineEntry, Settings
from contract_tests.config.settings_file import check_names
from contract_tests.target.roles import statuses_of
from mock_server.contract.violations import ContractError
from tests.helpers.contract_runs import ROOT

COMPLETE = """
target = "http://127.0.0.1:3100/api"
token_env = "OWNER"
packages = ["testuser/my-test-board"]
seed = 7
build_timeout = 2.5
read_only = true
report_json = "out/verdict.json"

[known]
successful = ["rel_successful"]
failed = ["rel_failed_transpilation"]

[checks]
fuzzing = false
links = true

[[accept]]
rule = "enum"
operation = "getPackageRelease"
reason = "the backend says complete"
expires = 2030-12-31
"""


def read(folder: Path, text: str, **flags: object) -> Settings:
    (folder / "contract-tests.toml").write_text(text, "utf-8")
    return resolve(flags, {"OWNER": "secret"}, folder, statuses_of)


def test_a_settings_file_can_have_every_kind_of_setting(tmp_path: Path) -> None:
    settings = read(tmp_path, COMPLETE)
    assert settings.target == "http://127.0.0.1:3100/api"
    assert settings.token == "secret"
    assert settings.package == ("testuser/my-test-board",)
    assert (settings.seed, settings.build_timeout, settings.read_only) == (7, 2.5, True)
    assert settings.report_json == tmp_path / "out/verdict.json"
    assert settings.release_ids == ("rel_successful", "rel_failed_transpilation")
    assert settings.disabled_checks == ("fuzzing",)
    location = f"{tmp_path / 'contract-tests.toml'}:18"
    assert settings.accept == (
        BaselineEntry(
            "enum",
            "the backend says complete",
            location,
            operation="getPackageRelease",
            expires=date(2030, 12, 31),
        ),
    )


def test_flags_override_variables_which_override_ini_keys_which_override_the_file(
    tmp_path: Path,
) -> None:
    (tmp_path / "contract-tests.toml").write_text("seed = 4\nmax_examples = 4\n")
    variables = {"CONTRACT_SEED": "2", "CONTRACT_PACKAGE": "a/b, c/d"}
    ini = {"seed": "3", "request_timeout": "3"}
    settings = resolve({"seed": "1"}, variables, tmp_path, statuses_of, ini)
    assert (settings.seed, settings.request_timeout, settings.max_examples) == (1, 3.0, 4)
    assert settings.package == ("a/b", "c/d")
    assert resolve({}, variables, tmp_path, statuses_of, ini).seed == 2
    assert resolve({}, {}, tmp_path, statuses_of, ini).seed == 3
    assert resolve({}, {}, tmp_path, statuses_of).seed == 4


def test_without_any_source_the_settings_have_their_defaults(tmp_path: Path) -> None:
    assert resolve({}, {}, tmp_path, statuses_of) == Settings()


def test_a_settings_file_that_a_flag_names_must_exist(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("seed = 5\n")
    flags = {"config": str(tmp_path / "other.toml")}
    assert resolve(flags, {}, tmp_path, statuses_of).seed == 5
    with pytest.raises(ContractError, match="cannot be read"):
        resolve({"config": str(tmp_path / "none.toml")}, {}, tmp_path, statuses_of)


def test_a_settings_file_may_start_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "contract-tests.toml").write_text("\ufeffseed = 5\n", "utf-8")
    assert resolve({}, {}, tmp_path, statuses_of).seed == 5


def test_a_settings_file_that_never_ends_is_an_error_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    for path in (tmp_path / "pipe.toml", Path("/dev/zero")):
        with pytest.raises(ContractError, match="must be a regular file"):
            resolve({"config": str(path)}, {}, tmp_path, statuses_of)


def test_all_problems_are_reported_together_with_line_and_fix(tmp_path: Path) -> None:
    text = """\
tagret = "http://127.0.0.1:3100/api"
seed = "many"
token_env = "NOBODY_SET_IT"
read_only = "yes"
packages = "one"
[known]
sucessful = ["rel_1"]
failed = "rel_2"
[checks]
fuzzzing = false
links = 1
[[accept]]
rule = "enum"
operatoin = "getPackageRelease"
reason = "known"
expires = "2030-12-31"
"""
    with pytest.raises(ContractError) as raised:
        read(tmp_path, text, seed="x")
    messages = [str(violation).replace(f"{tmp_path}/", "") for violation in raised.value.violations]
    for line, expected in (
        (1, "did you mean target?"),
        (2, '`seed` must be an integer; found "many"'),
        (3, "set NOBODY_SET_IT, or remove `token_env`"),
        (4, '`read_only` must be true or false; found "yes"'),
        (5, '`packages` must be a list of texts; found "one"'),
        (7, "did you mean successful?"),
        (8, "`failed` must be a list of release ids"),
        (10, "did you mean fuzzing?"),
        (11, "`links` must be true or false"),
        (14, "did you mean operation?"),
        (16, "`expires` must be a date such as 2030-12-31"),
    ):
        assert any(
            message.startswith(f"contract-tests.toml:{line}: ") and expected in message
            for message in messages
        ), (line, expected, messages)
    assert messages[0].startswith('--seed: must be an integer; found "x"')
    assert len(messages) == 12


@pytest.mark.parametrize(
    ("text", "line"), [(b"seed = \n", 1), (b"seed = 1\nseed = 2\n", 2), (b"\xff\xfe", None)]
)
def test_a_file_that_is_not_toml_is_one_problem(
    tmp_path: Path, text: bytes, line: int | None
) -> None:
    file = tmp_path / "contract-tests.toml"
    file.write_bytes(text)
    with pytest.raises(ContractError) as raised:
        resolve({}, {}, tmp_path, statuses_of)
    (problem,) = raised.value.violations
    assert problem.location == (f"{file}:{line}" if line else str(file))


def test_known_values_have_names_if_a_run_follows_no_restart(tmp_path: Path) -> None:
    """Also for a document with a timeline: here a status is no name."""
    spec = ROOT / "examples/orders/openapi.yaml"
    settings = read(tmp_path, f"spec = '{spec}'\n[known]\norderId = ['1', '2']\n")
    assert settings.known == ("orderId=1", "orderId=2")


def test_a_settings_file_cannot_contain_a_token(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="did you mean token_env"):
        read(tmp_path, 'token = "secret"\n')


def test_every_setting_has_a_flag_a_variable_and_a_field() -> None:
    for option in OPTIONS:
        assert hasattr(Settings(), option.name)
        assert option.flag == "--" + option.name.replace("_", "-")
        assert option.variable == "CONTRACT_" + option.name.upper()


def test_the_names_of_the_checks_are_the_names_of_their_functions() -> None:
    assert {"fuzzing", "links", "bodies"} <= set(check_names())
