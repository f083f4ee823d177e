"""Finds the target of a ``$ref``: in the same file, or in a file of the same folder."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urldefrag

from ..source.files import record
from ..violations import ContractError, Violation, nearest, parts, pointer, show
from .files import ParsedFile, parse_file
from .report import Where, steps

FILES = "x-files"  # the member of the document that contains the other files
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
# Characters of a JSON pointer that a URI fragment may contain (RFC 3986).
FRAGMENT = "/~!$&'()*+,;=:@-._"
MAX_FILES = 1000
MAX_TOTAL = 64 * 1024 * 1024  # characters of all files

# Why a reference has no target.
BROKEN, REMOTE, OUTSIDE = "broken", "remote", "outside"


@dataclass(frozen=True)
class Target:
    """The target of a reference. file: the name of the file that it is in; "" is the document."""

    value: Any
    where: Where
    file: str


@dataclass(frozen=True)
class NoTarget:
    """Why a reference has no target (BROKEN, REMOTE or OUTSIDE), and how to fix it."""

    reason: str
    message: str
    fix: str = ""


def reference_to(where: Where) -> str:
    """Return a ``$ref`` to a location of the document, percent-encoded."""
    return "#" + quote(pointer(steps(where)), safe=FRAGMENT)


class Folder:
    """The files of a document by their names: relative paths with slashes; "" is the document.

    problems: the syntax errors of the files that references name.
    moved: JSON pointer in the file → JSON pointer in the document, for parts that were converted.
    """

    def __init__(self, path: Path, main: ParsedFile) -> None:
        self.path, self.files = path, {"": main}
        self.problems: list[Violation] = []
        self.ids: dict[str, Target] = {}
        self.anchors: dict[tuple[str, str], Target] = {}
        self.moved: dict[str, str] = {}
        self._total = len(main.file.text)
        self._main_name = path.name
        self._failed: set[str] = set()
        self._targets: dict[tuple[str, str], Target | NoTarget] = {}

    def declare(self, schema: dict[str, Any], where: Where, file: str) -> None:
        """Record the identifiers of a schema, so that references can name it by them."""
        target = Target(schema, where, file)
        if isinstance(identifier := schema.get("$id"), str):
            self.ids.setdefault(identifier.rstrip("#"), target)
        for keyword in ("$anchor", "$dynamicAnchor"):
            if isinstance(anchor := schema.get(keyword), str):
                self.anchors.setdefault((file, anchor), target)

    def find(self, reference: str, file: str) -> Target | NoTarget:
        """Return the target of a reference that is in a file."""
        key = (reference, file)
        if key not in self._targets:
            self._targets[key] = self._find(reference, file)
        return self._targets[key]

    def forget(self) -> None:
        """Search for each target again, because the document was changed."""
        self._targets.clear()

    def _find(self, reference: str, file: str) -> Target | NoTarget:
        base, fragment = urldefrag(reference) if "#" in reference else (reference, "")
        if base and base in self.ids:
            target = self.ids[base]
            return self._at(target.value, target.where, target.file, fragment)
        if SCHEME.match(base):
            fix = "copy the target to components and refer to it with #/…"
            return NoTarget(REMOTE, "a $ref must stay in the folder of the document", fix)
        name = file
        if base:
            name = posixpath.normpath(posixpath.join(posixpath.dirname(file), unquote(base)))
            name = "" if name == self._main_name else name
            failure = self._load(name)
            if failure is not None:
                return failure
        elif not fragment:
            return NoTarget(BROKEN, "a $ref must point to an existing value", "write #/…")
        root: Where = ((None, FILES), name) if name else None
        return self._at(self.files[name].data, root, name, fragment)

    def _load(self, name: str) -> NoTarget | None:
        """Read a file of the folder, once. Returns why it cannot be read."""
        if name in self.files:
            return None
        folder = self.path.parent
        try:
            path = (folder / name).resolve()
            inside = path.is_relative_to(folder.resolve())
            exists = inside and path.is_file()
        except (OSError, ValueError, RuntimeError):
            inside, exists = True, False
        if name.startswith(("/", "..")) or not inside:
            fix = "copy the file into the folder, or the target to components"
            return NoTarget(OUTSIDE, "a $ref must stay in the folder of the document", fix)
        record(folder / name)
        if not exists:
            return NoTarget(BROKEN, "a $ref must name an existing file", self._fix_for(name))
        if name in self._failed:
            return NoTarget(BROKEN, "a $ref must name a valid file")
        if len(self.files) > MAX_FILES or self._total > MAX_TOTAL:
            return NoTarget(BROKEN, f"a document may have at most {MAX_FILES} files")
        try:
            parsed = parse_file(folder / name)
        except ContractError as error:
            self._failed.add(name)
            self.problems += error.violations
            return NoTarget(BROKEN, "a $ref must name a valid file")
        self._total += len(parsed.file.text)
        self.files[name] = parsed
        return None

    def _fix_for(self, name: str) -> str:
        """Return a fix for a file that does not exist."""
        data = self.files[""].data
        components = data.get("components") if isinstance(data, dict) else None
        schemas = components.get("schemas") if isinstance(components, dict) else None
        if isinstance(schemas, dict) and name in schemas:
            return f"did you mean #/components/schemas/{name}?"
        siblings = (self.path.parent / name).parent
        try:
            names = [each.name for each in siblings.iterdir() if each.is_file()]
        except OSError:
            names = []
        fix = nearest(posixpath.basename(name), names)
        return fix if fix.startswith("did") else "write #/… for a target in this file"

    def _at(self, value: Any, where: Where, file: str, fragment: str) -> Target | NoTarget:
        if fragment and not fragment.startswith("/"):
            anchor = self.anchors.get((file, unquote(fragment)))
            names = [name for in_file, name in self.anchors if in_file == file]
            fix = nearest(fragment, names) or "write #/…"
            message = "a $ref must point to an existing value"
            return anchor or NoTarget(BROKEN, message, fix)
        # A percent sign is part of a key if the key exists as it is written.
        target = self._follow(value, where, file, unquote(fragment))
        if isinstance(target, NoTarget) and "%" in fragment:
            raw = self._follow(value, where, file, fragment)
            target = raw if isinstance(raw, Target) else target
        if isinstance(target, NoTarget) and where is None:
            target = next(self._moved(unquote(fragment)), target)
        return target

    def _moved(self, old: str) -> Iterator[Target | NoTarget]:
        """Yield the target in a part of the file that was converted."""
        keys = parts(old)
        for count in range(len(keys), 0, -1):
            there = pointer(keys[:count])
            here = self.moved.get(there)
            if here is not None:
                target = self._follow(self.files[""].data, None, "", here + pointer(keys[count:]))
                if isinstance(target, NoTarget):
                    target = replace(target, fix=target.fix.replace(f"#{here}/", f"#{there}/"))
                yield target
                return

    def _follow(self, value: Any, where: Where, file: str, text: str) -> Target | NoTarget:
        keys = parts(text)
        for index, key in enumerate(keys):
            if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
                step: str | int = int(key)
            elif isinstance(value, dict) and key in value:
                step = key
            else:
                known = list(value) if isinstance(value, dict) else []
                return NoTarget(
                    BROKEN,
                    "a $ref must point to an existing value",
                    _nearest_key(keys, index, known),
                )
            value, where = value[step], (where, step)
        return Target(value, where, file)


def _nearest_key(keys: list[str], index: int, known: list[str]) -> str:
    fix = nearest(keys[index], known)
    if not fix.startswith("did you mean "):
        above = pointer(keys[:index])
        return f"there is no {show(keys[index])}" + (f" at #{above}" if above else "")
    similar = fix.removeprefix("did you mean ").removesuffix("?")
    return f"did you mean #{pointer([*keys[:index], similar, *keys[index + 1 :]])}?"
