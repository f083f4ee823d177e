"""Read the fenced blocks of a Markdown file that a reader can run.

A block is run if its language is `sh`, `console` or `python`. An HTML comment on the line above its
fence changes how:

    <!-- exit 1 -->          the (last) command must end with this exit code; the default is 0
    <!-- serves -->          the block starts a server, which runs until the end of the file
    <!-- file NAME -->       the block is saved as this file and not run; any language

A block also starts a server if its last line is `mock-server serve …` or `make serve …`, or ends in
`&`.
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
    """A fenced block; `line` is the line of its fence, from 1."""

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
    """A command, the output it must print (None: any output) and its exit code."""

    text: str
    output: str | None
    exit_code: int
    serves: bool


def blocks(file: Path) -> list[Block]:
    """Return the blocks of a file that are run or saved, in order.

    Raises ValueError if a fence is not closed, or if a comment is not above a block.
    """
    result: list[Block] = []
    options: dict[str, str] = {}
    lines = iter(enumerate(file.read_text(encoding="utf-8").splitlines(), 1))
    for number, line in lines:
        if comment := _COMMENT.match(line):
            options[comment["key"]] = comment["value"]
        elif fence := _FENCE.match(line):
            closing = f"{fence['indent']}```"
            body: list[str] = []
            for _, inside in lines:
                if inside == closing:
                    break
                body.append(inside)
            else:
                raise ValueError(f"{file.name}:{number}: this fence is never closed")
            if fence["language"] in RUN or "file" in options:
                text = textwrap.dedent("\n".join(body))
                result.append(_block(file, number, fence["language"], text, options))
            elif options:
                raise ValueError(
                    f"{file.name}:{number}: {options} stands above a block that is not run"
                )
            options = {}
        elif options:
            raise ValueError(f"{file.name}:{number}: {options} stands above no block")
    return result


def _block(file: Path, line: int, language: str, text: str, options: dict[str, str]) -> Block:
    return Block(
        file,
        line,
        language,
        text,
        exit_code=int(options.get("exit", 0)),
        serves="serves" in options,
        saved_as=options.get("file"),
    )


def commands(block: Block) -> list[Command]:
    """Return the commands of a block: one script for `sh`, one command per `$` line for `console`.

    Raises ValueError if lines follow the one that starts a server, because they would not wait for
    it, and if a `console` block does not start with a command.
    """
    if block.language == "sh":
        before, _, _ = block.text.strip().rpartition("\n")
        if _SERVER.search(before):
            raise ValueError(
                f"{block}: put the lines after the start of a server into another block"
            )
        return [_command(block, block.text, None, last=True)]
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    if parts[0].strip():
        raise ValueError(f"{block}: a console block must start with `$ `")
    return [_command(block, *_line_and_output(part), last=part is parts[-1]) for part in parts[1:]]


def _line_and_output(part: str) -> tuple[str, str]:
    """Return a command, with its continuation lines, and the output that follows it."""
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
    """Return whether the output matches what a document shows.

    A line `…` matches any number of lines; an `…` inside a line matches any text in that line.
    """
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "…" else _line_pattern(line)
        for line in expected.strip().splitlines()
    )
    shown = "".join(f"{line.rstrip()}\n" for line in printed.strip().splitlines())
    return re.fullmatch(pattern, shown) is not None


def _line_pattern(line: str) -> str:
    return ".*".join(map(re.escape, line.rstrip().split("…"))) + "\n"
