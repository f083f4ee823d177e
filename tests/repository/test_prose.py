"""Prose and names follow docs/style.md: they contain no word or sentence shape that it bans."""

from pathlib import Path

import pytest

from tests.repository.imports import ROOT
from tests.repository.prose import BANNED, breaches

# Area → the files that belong to it, as patterns from the root of the repository.
AREAS = {
    "documents": ("README.md", "docs/*.md"),
    "packaging": ("Makefile", "pyproject.toml", ".pre-commit-hooks.yaml", "examples/github/*"),
    "tests of the repository": ("tests/repository/*.py", "tests/docs/*.py"),
    "contract document": ("openapi.yaml", "fixtures/**/*.*"),
    "contract": ("mock_server/contract/**/*.*",),
    "generation": ("mock_server/generation/**/*.py",),
    "state": (
        "mock_server/foundation/*.py",
        "mock_server/fixtures/**/*.*",
        "mock_server/state/*.py",
        "mock_server/stores/*.*",
    ),
    "requests": (
        "mock_server/http/*.py",
        "mock_server/operations/*.py",
        "mock_server/app/*.py",
        "mock_server/probing/*.py",
        "mock_server/server/*.py",
    ),
    "control": (
        "mock_server/client/*.py",
        "mock_server/faults/*.py",
        "mock_server/journal/*.py",
        "mock_server/control/*.*",
    ),
    "gallery": ("mock_server/gallery/**/*.*",),
    "commands": (
        "mock_server/*.py",
        "mock_server/commands/**/*.*",
        "mock_server/export/*.*",
        "mock_server/scaffolding/*.py",
    ),
    "contract run": (
        "contract_tests/*.*",
        *(
            f"contract_tests/{folder}/**/*.py"
            for folder in ("config", "target", "cases", "run", "resources", "judging", "checks")
        ),
        *(
            f"contract_tests/{folder}/**/*.py"
            for folder in ("recordings", "compare", "diff", "commands")
        ),
    ),
    "reports": (
        "contract_tests/findings/*.py",
        "contract_tests/reports/*.py",
        "contract_tests/replay/*.py",
        "contract_tests/conclusion/*.py",
    ),
    "examples": ("examples/*.*", "examples/*/*.*", "examples/*/src/*.*"),
    "benchmarks": ("benchmarks/**/*.py", "benchmarks/detection/**/*.yaml"),
    "tests of the mock": ("tests/mock_server/**/*.py",),
    "tests of the contract run": ("tests/contract_tests/**/*.py",),
    "tests of the rest": tuple(
        f"tests/{folder}/**/*.py" for folder in ("helpers", "tools", "benchmarks", "examples")
    ),
}

# The checker and its tests quote the words.
QUOTES = {"tests/repository/prose.py", "tests/repository/test_prose.py", "docs/style.md"}

READ = {".py", ".md", ".html", ".js", ".ts", ".tsx", ".mjs"}
READ |= {".yaml", ".yml", ".json", ".toml", ".lua", ".sql"}


def files(area: str) -> list[Path]:
    """Return the files of an area that hold prose."""
    paths = {path for pattern in AREAS[area] for path in ROOT.glob(pattern)}
    return sorted(
        path
        for path in paths
        if path.is_file() and (path.suffix in READ or path.name == "Makefile")
        if not {"node_modules", "dist"} & set(path.parts)
        if str(path.relative_to(ROOT)) not in QUOTES
    )


@pytest.mark.parametrize("area", AREAS)
def test_the_prose_follows_the_style_guide(area: str) -> None:
    lines = [str(breach) for file in files(area) for breach in breaches(file, ROOT)]
    assert lines == [], f"{len(lines)} breaches of docs/style.md:\n" + "\n".join(lines)


@pytest.mark.parametrize("area", AREAS)
def test_every_area_has_files(area: str) -> None:
    assert files(area)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.md", "# Title\n\nThe server was told.\n", 3),
        ("a.md", "| a | What comes next is a table |\n", 1),
        ("a.py", '"""Return a value.\n\nAsk again."""\n', 3),
        ("a.py", 'raise ValueError("the answer is wrong")\n', 1),
        ("a.py", 'x = 1\nraise ValueError(f"the {x} instants")\n', 2),
        ("a.py", "x = 1  # begun twice\n", 1),
        ("a.py", 'parser.add_argument("--x", help="steers the mock")\n', 1),
        ("a.html", "<p>\n  Nothing elsewhere\n</p>\n", 2),
        ("a.js", 'show("asked for a release");\n', 1),
        ("a.js", "f(); // odd\n", 1),
        ("Makefile", "serve: ## Serve the hand-outs\n", 1),
        ("a.yaml", "a:\n  description: Tells the time\n", 2),
        ("a.yaml", "a:\n  - description: >-\n      Several words,\n      that are told.\n", 4),
        ("a.yaml", "a: { title: Again, message: the thing }\n", 1),
        ("a.py", "x = 1\n\ndef test_a_request_is_answered() -> None: ...\n", 3),
        ("a.py", "class OddInput: ...\n", 1),
        ("a.py", "def send(\n    asked: str,\n) -> None: ...\n", 2),
        ("a.py", "INSTANTS = [1]\n", 1),
        ("a.py", "for number, (told, _) in pairs: ...\n", 1),
        ("a.py", "self.lane = queue\n", 1),
        ("a.py", "import queue as lane\n", 1),
        ("a.py", "def test_an_address_that_is_none_of_this_machine() -> None: ...\n", 1),
    ],
)
def test_a_breach_is_reported_with_its_line(
    tmp_path: Path, name: str, text: str, line: int
) -> None:
    file = tmp_path / name
    file.write_text(text)
    (breach,) = breaches(file, tmp_path)
    assert (breach.file, breach.line) == (name, line)
    assert breach.instead in BANNED.values()
    assert str(breach) == f"{name}:{line}: {breach.word} → {breach.instead}"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "Call `assert_asked`.\n\n```js\nconst answer = 1;\n```\n"),
        ("a.md", "<!-- speed: begin -->\n\n| asked |\n\n<!-- speed: end -->\n"),
        ("a.py", 'request = {"answer": "told"}\n'),
        ("a.py", "library.ask(answer=value.told, **{begin: 1})\n"),
        ("a.py", "def on_message_begin(self) -> None: ...\n"),
        ("a.py", "task = things_of_a_library()\n"),
        ("a.html", '<p class="answer">{{ told }}</p>\n'),
        ("a.html", "<script>\n  const asked = 1\n</script>\n"),
        ("a.js", 'answer["told"] = asked;\n'),
        ("a.js", "show(`status ${answer.status} of it`);\n"),
        ("a.py", 'run("BEGIN IMMEDIATE")\n'),
        ("a.py", '"""Return the value; the default is None. There is none of it."""\n'),
        ("Makefile", "lane:\n\t@echo told\n"),
        ("a.yaml", "told: { asked: begin }\n"),
        ("a.md", "Nothing and anything, a task, a staircase.\n"),
    ],
)
def test_code_is_not_prose(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    assert breaches(file, tmp_path) == []
