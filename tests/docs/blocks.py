"""The fenced blocks of a Markdown file that a reader may run, and how to run them.

A block is run when its language is `sh`, `console` or `python`. HTML comments on the line right
above its fence say more:

    <!-- exit 1 -->          its (last) command ends with this exit code; 0 without the comment
    <!-- serves -->          it starts a server, which runs until the end of the file
    <!-- file NAME -->       it is the content of a file; of any language, and not run

Serving blocks need no comment when their last line is `mock-server serve …` or `make serve …`, or
ends in `&`.
"""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

RUN = ("sh", "console", "python")

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)[^`]*$")
_COMMENT = re.compile(r"^ *<!-- (?P<key>exit|serves|file) ?(?P<value>\S*) -->$")
_SERVER = re.compile(r"^(mock-server|make) serve\b(?!.*--help)|(?<!&)&$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block; `line` is that of its fence, from 1."""

    file: Path
    line: int
    language: str
    text: str
    exit_code: int = 0
    serves: bool = False
    saved_as: str | None = None

    def __str__(self) -> str:
        return f"{self.file.name}:{self.line}"


@dataclass(frozen=True)
class Command:
    """One command line, what it should print (None: anything) and how it should end."""

    text: str
    output: str | None
    exit_code: int
    serves: bool


def blocks(file: Path) -> list[Block]:
    """The blocks of a file that are run or saved, in their order.

    Raises ValueError at a fence that is never closed and at a comment above no block.
    """
    found: list[Block] = []
    said: dict[str, str] = {}
    lines = iter(enumerate(file.read_text(encoding="utf-8").splitlines(), 1))
    for number, line in lines:
        if comment := _COMMENT.match(line):
            said[comment["key"]] = comment["value"]
        elif fence := _FENCE.match(line):
            closing = f"{fence['indent']}```"
            body: list[str] = []
            for _, inside in lines:
                if inside == closing:
                    break
                body.append(inside)
            else:
                raise ValueError(f"{file.name}:{number}: this fence is never closed")
            if fence["language"] in RUN or "file" in said:
                text = textwrap.dedent("\n".join(body))
                found.append(_block(file, number, fence["language"], text, said))
            elif said:
                raise ValueError(f"{file.name}:{number}: {said} is said of a block that is not run")
            said = {}
        elif said:
            raise ValueError(f"{file.name}:{number}: {said} is said of no block")
    return found


def _block(file: Path, line: int, language: str, text: str, said: dict[str, str]) -> Block:
    return Block(
        file,
        line,
        language,
        text,
        exit_code=int(said.get("exit", 0)),
        serves="serves" in said,
        saved_as=said.get("file"),
    )


def commands(block: Block) -> list[Command]:
    """The commands of a `sh` or `console` block: the first is one script, the second a dialogue.

    Raises ValueError when lines come after the one that starts a server, which would not wait for
    it, and when a dialogue does not begin with a command.
    """
    if block.language == "sh":
        before, _, _ = block.text.strip().rpartition("\n")
        if _SERVER.search(before):
            raise ValueError(f"{block}: what follows the start of a server needs its own block")
        return [_command(block, block.text, None, last=True)]
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    if parts[0].strip():
        raise ValueError(f"{block}: a console block begins with `$ `")
    return [_command(block, *_line_and_output(part), last=part is parts[-1]) for part in parts[1:]]


def _line_and_output(part: str) -> tuple[str, str]:
    """A command with the lines that a trailing backslash joins to it, and the rest."""
    line, _, rest = part.partition("\n")
    while line.endswith("\\"):
        more, _, rest = rest.partition("\n")
        line = f"{line}\n{more}"
    return line, rest


def _command(block: Block, text: str, output: str | None, *, last: bool) -> Command:
    exit_code = block.exit_code if last else 0
    serves = exit_code == 0 and (block.serves or _SERVER.search(text) is not None)
    return Command(text, output, exit_code, serves)


def matches(expected: str, printed: str) -> bool:
    """Whether the output is as a document shows it.

    A line `…` stands for any lines, also none; an `…` inside a line for any text of that line.
    """
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "…" else _line_pattern(line)
        for line in expected.strip().splitlines()
    )
    shown = "".join(f"{line.rstrip()}\n" for line in printed.strip().splitlines())
    return re.fullmatch(pattern, shown) is not None


def _line_pattern(line: str) -> str:
    return ".*".join(map(re.escape, line.rstrip().split("…"))) + "\n"
