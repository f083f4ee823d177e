"""Makes mutants of the example server and keeps those that an observer could tell from it.

    python -m benchmarks.detection.mutate --seed 0 --number 200

Writes mutants.yaml. A mutation changes one node of the syntax tree, in the text of its lines alone.
"""

from __future__ import annotations

import argparse
import ast
import random
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import yaml

from .catalogue import MUTANTS, ROOT, Defect, Edit, Subject
from .probe import Seen, probe
from .serving import NotServingError, serving

FILES = ("answers", "app", "builds", "database", "releases", "requests", "server")
FOLDER = Path("examples/releases_server")
AT_ONCE = 2
QUICK = ("--build-seconds", "0.3")

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


@dataclass(frozen=True)
class Mutation:
    """One place in a file and what is to stand there; `operator` says what was done."""

    operator: str
    file: Path
    node: ast.expr | ast.stmt
    put: str


def drop_assignment(node: ast.AST) -> str | None:
    return "pass" if isinstance(node, ast.Assign | ast.AugAssign) else None


def drop_call(node: ast.AST) -> str | None:
    return "pass" if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None


def drop_refusal(node: ast.AST) -> str | None:
    return "pass" if isinstance(node, ast.Raise) else None


def return_nothing(node: ast.AST) -> str | None:
    return "return None" if isinstance(node, ast.Return) and node.value is not None else None


def swap_comparison(node: ast.AST) -> str | None:
    if not isinstance(node, ast.Compare) or type(node.ops[0]) not in COMPARISONS:
        return None
    ops = [COMPARISONS[type(node.ops[0])](), *node.ops[1:]]
    return ast.unparse(ast.Compare(node.left, ops, node.comparators))


def swap_and_or(node: ast.AST) -> str | None:
    if not isinstance(node, ast.BoolOp):
        return None
    op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    return f"({ast.unparse(ast.BoolOp(op, node.values))})"


def change_number(node: ast.AST) -> str | None:
    is_number = isinstance(node, ast.Constant) and type(node.value) is int
    return str(node.value + 1) if is_number else None  # type: ignore[attr-defined]


def flip_boolean(node: ast.AST) -> str | None:
    is_boolean = isinstance(node, ast.Constant) and isinstance(node.value, bool)
    return str(not node.value) if is_boolean else None  # type: ignore[attr-defined]


def without_method(node: ast.AST) -> str | None:
    """`text.strip()` becomes `text`."""
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return ast.unparse(node.func.value) if is_method else None  # type: ignore[attr-defined]


def negate_condition(node: ast.AST) -> str | None:
    """What decides an `if`; the test itself is found by its marking in `mutations`."""
    return f"not ({ast.unparse(node)})" if getattr(node, "decides", False) else None


OPERATORS: dict[str, Callable[[ast.AST], str | None]] = {
    function.__name__.replace("_", "-"): function
    for function in (
        *(drop_assignment, drop_call, drop_refusal, return_nothing, swap_comparison),
        *(swap_and_or, change_number, flip_boolean, without_method, negate_condition),
    )
}


def mutations(file: Path, text: str) -> Iterator[Mutation]:
    """Every mutation of a file. A test that is negated is not also compared the other way round."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.IfExp) and not isinstance(node.test, ast.Compare):
            node.test.decides = True  # type: ignore[attr-defined]
    texts = {id(node) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)}
    inside = {id(n) for t in ast.walk(tree) if id(t) in texts for n in ast.walk(t)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr | ast.stmt) or id(node) in inside:
            continue
        for name, operator in OPERATORS.items():
            put = operator(node)
            if put is not None:
                yield Mutation(name, file, node, put)


def edit_of(mutation: Mutation, text: str) -> Edit | None:
    """The mutation as an edit of whole lines, as many as make it unique; None if it breaks."""
    node, lines = mutation.node, text.splitlines(keepends=True)
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    head = lines[first].encode()[: node.col_offset].decode()
    tail = lines[last].encode()[node.end_col_offset :].decode()
    changed = f"{head}{mutation.put}{tail}"
    before = 0
    while text.count("".join(lines[first - before : last + 1])) != 1:
        before += 1
    context = "".join(lines[first - before : first])
    replace = context + "".join(lines[first : last + 1])
    edit = Edit(mutation.file, replace, context + changed)
    try:
        compile(edit.applied(text), str(mutation.file), "exec")
    except SyntaxError:
        return None
    return edit


def mutants(seed: int, number: int) -> list[Subject]:
    """So many mutants, the same ones for the same seed."""
    found = []
    for name in FILES:
        file = FOLDER / f"{name}.py"
        text = (ROOT / file).read_text("utf-8")
        for mutation in mutations(file, text):
            edit = edit_of(mutation, text)
            if edit is not None and edit.put != edit.replace:
                node = mutation.node
                place = f"{name}-{node.lineno}-{node.col_offset}-{node.end_col_offset}"
                what = f"{mutation.operator} in {file.name}: `{first_line(mutation)}`"
                found.append(
                    Subject(f"{mutation.operator}-{place}", "mutants", what, edits=(edit,))
                )
    random.Random(seed).shuffle(found)
    return found[:number]


def first_line(mutation: Mutation) -> str:
    return ast.unparse(mutation.node).splitlines()[0][:70]


def observed(subject: Subject) -> Seen | None:
    """What the probe sees of a server; None when it does not come up."""
    try:
        with serving(subject, *QUICK) as base:
            return probe(base)
    except NotServingError:
        return None


def kept(subjects: list[Subject]) -> Iterator[Subject]:
    """The subjects that answer otherwise than the example, with the operations that do."""
    originals = [seen for _ in range(3) if (seen := observed(Subject("example", "correct", "")))]
    known = {form: name for seen in originals for form, name in seen.forms.items()}

    def differing(subject: Subject) -> Mapping[str, str]:
        """By operation what is different, both times that it was looked at."""
        found: list[Mapping[str, str]] = []
        for _ in range(2):
            seen = observed(subject)
            found.append(originals[0].difference(seen, known) if seen else {})
            if not found[-1]:
                return {}
        return {name: first for name, first in found[0].items() if name in found[1]}

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for subject, differences in zip(subjects, pool.map(differing, subjects), strict=True):
            if differences:
                first = next(iter(differences.values()))
                what = f"{subject.what}; seen first by {first}"
                defect = Defect(subject.id, what, tuple(differences), ("differs",))
                yield Subject(
                    subject.id, subject.group, what, edits=subject.edits, defects=(defect,)
                )


def entry(subject: Subject) -> dict[str, object]:
    (edit,), (defect,) = subject.edits, subject.defects
    return {
        "id": subject.id,
        "class": subject.group,
        "what": subject.what,
        "operation": list(defect.operations),
        "thing": "differs",
        "file": str(edit.file),
        "replace": edit.replace,
        "with": edit.put,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes mutants.yaml anew.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--number", type=int, default=120, help="how many are made")
    told = parser.parse_args()
    subjects = mutants(told.seed, told.number)
    entries = [entry(subject) for subject in kept(subjects)]
    head = f"# {len(entries)} of {len(subjects)} mutants that can be told from the example:\n"
    head += f"# python -m benchmarks.detection.mutate --seed {told.seed} --number {told.number}\n"
    text = yaml.safe_dump(entries, allow_unicode=True, sort_keys=False, width=1000)
    MUTANTS.write_text(head + text, "utf-8")
    print(f"{len(entries)} of {len(subjects)} kept")


if __name__ == "__main__":
    main()
