"""Find words in prose that the style guide does not allow (docs/style.md).

Prose is what people read: Markdown outside code, docstrings, comments, message texts (string
literals with a space in them), the text of templates, help texts, and the names that a Python file
defines.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

# Pattern → what to use instead. Patterns ignore case, except inside `(?-i:…)`: BEGIN is a keyword
# of SQL, and None is a value of Python.
BANNED = {
    r"\b(?:told|tells?|telling)\b": "report, show, log",
    r"\b(?:ask|asks|asked|asking)\b": "request, call, query, send",
    r"\banew\b": "again, restart",
    r"\b(?-i:[Bb](?:egin|egins|egan|egun))\b": "start, started",
    r"\b(?:whoever|whatever|wherever|whosesoever)\b": "name the subject: any client, each value",
    r"\belsewhere\b": "name the location",
    r"\baside\b": "name the location: in a thread, in a temporary file",
    r"\blanes?\b": "thread pool, queue",
    r"\bstock\b": "catalog, default",
    r"\bfates?\b": "result, outcome",
    r"\bodd\b": "unusual, edge case",
    r"\bplaces\b": "locations",
    r"\bdeeds?\b": "actions",
    r"\bhand-outs?\b": "exports",
    r"\binstants?\b": "timestamp",
    r"\banswer(?:s|ed|ing)?\b": "response, respond, return",
    r"\bsteer(?:s|ed|ing)?\b": "control",
    r"\bsaid\b": "stated, defined, given",
    r"\bthings?\b": "resource, value, item",
    r"\bin the midst\b": "during, while",
    r"\bso many\b": "N",
    r"\bas it comes\b": "with its default settings",
    r"\b(?:goes|go|went|gone) through\b": "runs, passes",
    r"\bof (?:its|their) own\b": "separate, its own X",
    r"\bno more and no less\b": "exactly",
    r"\bfor people\b": "for readers, readable",
    r"(?<!there )\bis (?-i:none)\b": "does not exist, must be one of",
    r"\bis no (?:\w+) of\b": "unknown X",
    r"\bis one of (?:these|those|them)\b": "must be one of a, b",
    r"(?:^|[.;:] )whose\b": "name the subject first",
    r"(?:^|[.;:] )what (?:shows|comes|stands|lies|follows|differs)\b": "name the subject first",
}
# Names that a third party prescribes, so that this project cannot choose them.
THIRD_PARTY_NAMES = {
    "on_message_begin",  # httptools calls the method of this name
}
_BANNED = [(re.compile(pattern, re.IGNORECASE), use) for pattern, use in BANNED.items()]

_MARKUP = r"<(script|style)\b.*?</\1>|<[^>]*>|\{%.*?%\}|\{\{.*?\}\}|\{#|#\}"
# Keys of YAML files whose values are texts.
_TEXTS = {"description", "summary", "title", "name", "about", "purpose", "message", "fix"}
_COMMENT_MARKS = r"\s*(?:#:?|//|--|\*)\s?"


@dataclass(frozen=True)
class Breach:
    """One word or sentence shape that is not allowed, and what to use instead."""

    file: str
    line: int
    word: str
    instead: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.word} → {self.instead}"


def breaches(file: Path, root: Path) -> list[Breach]:
    """Return every breach in the prose of one file, in order of lines."""
    result = []
    for line, text in prose(file):
        for offset, part in enumerate(text.splitlines()):
            for pattern, instead in _BANNED:
                result += [
                    Breach(str(file.relative_to(root)), line + offset, match[0].strip(), instead)
                    for match in pattern.finditer(_bare(part))
                ]
    return sorted(result, key=lambda breach: (breach.line, breach.word))


def _bare(line: str) -> str:
    """Return a line without code spans, placeholders and the targets of links."""
    line = re.sub(r"(`+)[^`]+\1|\$\{[^}]*\}", "`…`", line)
    return re.sub(r"\]\([^)]*\)|https?://\S+|<!--.*?-->", "", line).strip()


def prose(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the prose of a file by its kind, each text with the number of its first line."""
    text = file.read_text(encoding="utf-8")
    match file.suffix:
        case ".py":
            yield from _python(text)
        case ".md":
            yield from _markdown(text)
        case ".html":
            yield 1, re.sub(_MARKUP, _same_lines, text, flags=re.DOTALL)
        case ".js" | ".ts" | ".mjs" | ".tsx":
            yield from _script(text)
        case _:
            yield from _settings(file, text)


def _same_lines(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n") or " "


def _python(text: str) -> Iterator[tuple[int, str]]:
    tree = ast.parse(text)
    parts = {
        id(value)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for value in node.values
    }
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield (
                node.lineno,
                "".join(
                    str(value.value) if isinstance(value, ast.Constant) else "…"
                    for value in node.values
                ),
            )
        elif not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        elif id(node) in docstrings or (" " in node.value.strip() and id(node) not in parts):
            yield node.lineno, node.value
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], re.sub(f"^{_COMMENT_MARKS}", "", token.string)
    for line, name in _names(tree):
        if name not in THIRD_PARTY_NAMES:
            yield line, _words(name)


def _names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the names that a file defines; those that it only uses belong to another file."""
    for node in ast.walk(tree):
        match node:
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
                | ast.arg(arg=name)
                | ast.Name(id=name, ctx=ast.Store())
                | ast.Attribute(attr=name, ctx=ast.Store())
                | ast.alias(asname=str(name))
                | ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
                | ast.MatchMapping(rest=str(name))
            ):
                yield node.lineno, name


def _words(name: str) -> str:
    """Return the words of a snake_case or CamelCase name with spaces between them."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", name)


def _markdown(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines outside of fenced blocks, comments and generated tables."""
    fence, generated = None, False
    for number, line in enumerate(text.splitlines(), 1):
        if match := re.match(r"^ *(```+)", line):
            fence = None if fence else match[1]
        elif re.match(r"^<!-- \w+: (?:begin|end) -->", line):
            generated = "begin" in line
        elif not fence and not generated and not re.match(r"^ *<!--", line):
            yield from ((number, cell) for cell in line.split("|"))


def _script(text: str) -> Iterator[tuple[int, str]]:
    """Yield comments and the texts in quotes that have a space in them."""
    for number, line in enumerate(text.splitlines(), 1):
        if match := re.search(r"(?<!:)//\s?(.*)|^\s*/?\*+\s?(.*)", line):
            yield number, match[1] or match[2] or ""
        for match in re.finditer(r"(\"|'|`)((?:(?!\1).)* (?:(?!\1).)*)\1", line):
            yield number, match[2]


def _settings(file: Path, text: str) -> Iterator[tuple[int, str]]:
    """Yield the comments of a file, the help texts of a Makefile, and the texts of a YAML file."""
    for number, line in enumerate(text.splitlines(), 1):
        if match := re.search(r"(?:^|\s)#+ (.*)|^\s*-- (.*)", line):
            yield number, match[1] or match[2] or ""
    if file.suffix in {".yaml", ".yml", ".json"}:
        yield from _yaml(yaml.compose(text), text.splitlines())


def _yaml(node: yaml.Node | None, lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines of each value whose key, such as `description`, stands for a text."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _yaml(item, lines)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value in _TEXTS and isinstance(value, yaml.ScalarNode):
                first, end = value.start_mark.line, value.end_mark
                last = end.line + (end.column > 0)
                one_line = end.line == first
                yield first + 1, value.value if one_line else "\n".join(lines[first:last])
            else:
                yield from _yaml(value, lines)
