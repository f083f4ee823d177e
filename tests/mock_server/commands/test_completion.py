"""The command `completion` of both programs: bash completes with the script that it prints."""

import subprocess
import sys

import pytest

from contract_tests.cli import COMMANDS
from contract_tests.commands.completion import OTHERS
from tests.mock_server.helpers.command_line import environment
from tests.mock_server.helpers.copies import ROOT

MODULES = {"mock-server": "mock_server", "contract-tests": "contract_tests"}
# What bash does when a user presses the Tab key after the last word
PRESS_TAB = """
eval "$1"; shift
function_name=$(complete -p "$1" | sed 's/.*-F \\([^ ]*\\).*/\\1/')
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
"$function_name"
printf '%s\\n' "${COMPREPLY[@]}"
"""


def completion(
    module: str, shell: str, before: str = "", code: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run the command in a new process, after some statements."""
    arguments = ["completion", shell]
    program = (
        f"import sys\n{before}\n"
        f"from {module}.cli import main\n"
        f"sys.argv[1:] = {arguments}\n"
        "sys.exit(main())\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == code, ended.stderr
    return ended


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("mock-server che", ["check"]),
        ("mock-server serve --wat", ["--watch"]),
        ("mock-server completion z", ["zsh"]),
        ("mock-server check --spec openapi.y", ["openapi.yaml"]),
        ("contract-tests repl", ["replay"]),
        ("contract-tests --max-ex", ["--max-examples"]),
        ("contract-tests diff --migr", ["--migrate"]),
        ("contract-tests --spec openapi.y", ["openapi.yaml"]),
    ],
)
def test_bash_completes_commands_options_choices_and_files(line: str, expected: list[str]) -> None:
    words = line.split()
    script = completion(MODULES[words[0]], "bash").stdout
    command = ["bash", "--norc", "-c", PRESS_TAB, "bash", script, *words]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.stdout.split() == expected, ended.stderr


def test_every_command_of_contract_tests_is_completed() -> None:
    assert {*OTHERS, "completion"} == set(COMMANDS)


@pytest.mark.parametrize("program", MODULES)
def test_zsh_gets_a_script_of_its_form(program: str) -> None:
    script = completion(MODULES[program], "zsh").stdout
    assert script.startswith(f"#compdef {program}\n")


@pytest.mark.parametrize("program", MODULES)
def test_without_the_extra_the_command_says_how_to_install_it(program: str) -> None:
    blocked = "sys.modules['shtab'] = None"
    ended = completion(MODULES[program], "bash", blocked, code=2)
    install = "pip install 'package-release-mock[completion]'"
    assert ended.stdout == ""
    assert ended.stderr == f"completion needs the package shtab: {install}\n"
