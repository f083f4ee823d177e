"""Rewrite fixtures, scenarios and counter-examples for the next version of a document.

Renamed properties and words are renamed, removed properties are removed, and required ones that
were added are inserted. All other text of a file, such as its comments, stays as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from mock_server.contract.document.references import at, followed
from mock_server.contract.document.resources.loading import property_pointers
from mock_server.contract.document.resources.types import ResourceType
from mock_server.contract.judge import Judge
from mock_server.contract.source import yaml_documents
from mock_server.contract.source.yaml_documents import Document
from mock_server.contract.violations import grouped, parts, pointer
from mock_server.foundation import whole_files

from ..changes import Change
from ..effects import fixture_violations
from .edits import Edit, edited, inserted, removed, renamed_key, renamed_word
from .locations import RULE, ResourceLocation, resource_locations
from .values import added_values, step_values

LISTED_PROBLEMS = 10


class Visited(NamedTuple):
    """A value in a file: its node, itself, and the JSON pointer of its old schema."""

    node: Any
    value: Any
    schema: str


def visited(data: Any, node: Any, value: Any, where: str) -> Iterator[Visited]:
    """Yield a value and all values inside it that have a schema. data: the old document."""
    for schema in _schemas(data, where):
        yield Visited(node, value, schema)
        if isinstance(value, dict):
            members = dict(property_pointers(data, schema))
            for key, inner in node.value:
                if key.value in members:
                    yield from visited(data, inner, value[key.value], members[key.value])
        elif isinstance(value, list) and "items" in at(data, schema):
            for item, inner in zip(value, node.value, strict=True):
                yield from visited(data, inner, item, f"{schema}/items")


def _schemas(data: Any, where: str) -> list[str]:
    """Return the pointer of a schema after its ``$ref``, and of its alternatives."""
    where = followed(data, where)
    schema = at(data, where)
    options = [
        followed(data, f"{where}/{keyword}/{index}")
        for keyword in ("anyOf", "oneOf")
        for index in range(len(schema.get(keyword, ())))
    ]
    return [where, *options]


@dataclass(frozen=True)
class Migration:
    """What to rewrite, by the JSON pointer of a schema in the old document.

    properties, words: old name → new one. gone: the properties that were removed. rules: the old id
    of a rule → its new one.
    """

    old: Judge
    new: Judge
    properties: Mapping[str, Mapping[str, str]]
    words: Mapping[str, Mapping[str, str]]
    gone: Mapping[str, Collection[str]]
    rules: Mapping[str, str]

    def edits(self, text: str, each: Visited) -> Iterator[Edit]:
        """Yield the edits that rename and remove. text: of the whole file."""
        names, gone = self.properties.get(each.schema, {}), self.gone.get(each.schema, ())
        words = self.words.get(each.schema, {})
        if isinstance(each.value, str) and each.value in words:
            yield renamed_word(each.node, words[each.value])
        for position, (key, _) in enumerate(
            each.node.value if isinstance(each.value, dict) else ()
        ):
            if key.value in gone:
                yield removed(text, each.node, position)
            elif key.value in names:
                yield renamed_key(key, names[key.value])

    def insertions(self, each: Visited, timestamp: str, is_step: bool) -> Iterator[Edit]:
        """Yield the edits that insert what the new document requires of a resource.

        is_step: whether it is a step of a scenario, which has only what changes.
        """
        name = parts(each.schema)[-1]
        before, after = (judge.spec.types.get(name) for judge in (self.old, self.new))
        whole = each.schema == pointer(("components", "schemas", name))
        if before is None or after is None or not whole or not isinstance(each.value, dict):
            return
        names, words = self.properties.get(each.schema, {}), self._words_of(before)
        value = {
            names.get(key, key): words.get(key, {}).get(v, v) if isinstance(v, str) else v
            for key, v in each.value.items()
            if key not in self.gone.get(each.schema, ())
        }
        if is_step:
            yield from inserted(each.node, step_values(before, after, value, names))
            return
        earlier = {names.get(key, key) for key in before.required}
        yield from inserted(each.node, added_values(self.new, after, value, timestamp, earlier))

    def _words_of(self, resource_type: ResourceType) -> dict[str, Mapping[str, str]]:
        """Return the renamed words of each property of a type."""
        data = self.old.spec.data
        followed_to = {n: followed(data, where) for n, where in resource_type.pointers.items()}
        return {
            name: self.words[where] for name, where in followed_to.items() if where in self.words
        }


def migration_of(old: Judge, new: Judge, changes: Sequence[Change]) -> Migration:
    """Return what the changes of a document rewrite."""
    names: dict[str, dict[str, dict[str, str]]] = {"property-renamed": {}, "enum-value-renamed": {}}
    gone: dict[str, set[str]] = {}
    for change in changes:
        if change.rename and change.kind in names:
            names[change.kind].setdefault(change.old_schema, {}).update([change.rename])
        elif change.kind == "property-removed":
            gone.setdefault(change.old_schema, set()).add(parts(change.pointer)[-1])
    rules = dict(each.rename for each in changes if each.rename and each.kind == "rule-renamed")
    return Migration(old, new, names["property-renamed"], names["enum-value-renamed"], gone, rules)


def migrate(folder: Path, migration: Migration) -> Iterator[str]:
    """Rewrite the files of a folder; yield lines about what was done, and what is left to do.

    Either all files are rewritten, or none. Raises OSError.
    """
    texts, new = dict[Path, str](), migration.new
    for path, locations in resource_locations(folder, migration.old):
        document = yaml_documents.read(path)
        after = edited(document.text, list(_edits(document, locations, migration)))
        if after != document.text:
            texts[path] = after
    whole_files.write_all({path: text.encode() for path, text in texts.items()})
    yield from _done(folder, texts)
    left = grouped(fixture_violations(folder, new))
    if left:
        yield f"left to do: {len(left)} problems"
        yield from (f"  {group[0]}" for group in left[:LISTED_PROBLEMS])
    yield f"next: mock-server check --spec {new.spec.document.path} --fixtures {folder}"


def _edits(
    document: Document, locations: Iterable[ResourceLocation], migration: Migration
) -> Iterator[Edit]:
    """Yield the edits of a file."""
    data, text = document.data, document.text
    root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    timestamp = str(data.get("at", "")) if isinstance(data, dict) else ""
    for location in locations:
        node, value = _node(root, location.steps), at(data, pointer(location.steps))
        for each in visited(migration.old.spec.data, node, value, location.schema):
            yield from migration.edits(text, each)
            yield from migration.insertions(each, timestamp, location.is_step)
    if isinstance(data, dict) and data.get(RULE) in migration.rules:
        yield renamed_word(_node(root, (RULE,)), migration.rules[data[RULE]])


def _done(folder: Path, paths: Iterable[Path]) -> Iterator[str]:
    """Yield how many files of which folders were rewritten."""
    counts = Counter(path.relative_to(folder).parts[0] for path in paths)
    names = [name if name.endswith(".yaml") else f"{n} in {name}" for name, n in counts.items()]
    noun = "1 file" if counts.total() == 1 else f"{counts.total()} files"
    yield f"migrated {noun} of {folder}: {', '.join(names)}" if names else "no file needs a change"


def _node(node: Any, steps: Sequence[Any]) -> Any:
    """Return the node at some keys and indexes, which exists."""
    for step in steps:
        if isinstance(node, yaml.MappingNode):
            node = next(value for key, value in node.value if key.value == step)
        else:
            node = node.value[step]
    return node
