"""Generate mutants of the example server, and keep those that the probe distinguishes from it.

    python -m benchmarks.detection.mutate --seed 0 --number 200

The command writes mutants.yaml. A mutation changes one node of the syntax tree, and the text of no
other line.
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
from .probe import Observations, probe
from .serving import NotServingError, serving

MODULES = ("responses", "app", "builds", "database", "releases", "requests", "server")
FOLDER = Path("examples/releases_server")
PARALLEL = 2
SHORT_BUILDS = ("--build-seconds", "0.3")

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
    """A node of a file and the code that replaces it. operator: the name of the operator."""

    operator: str
    file: Path
    node: ast.expr | ast.stmt
    replacement: str


# The operators. Each returns the code that replaces a node, or None if it does not apply.


def drop_assignment(node: ast.AST) -> str | None:
    return "pass" if isinstance(node, ast.Assign | ast.AugAssign) else None


def drop_call(node: ast.AST) -> str | None:
    return "pass" if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None


def drop_raise(node: ast.AST) -> str | None:
    return "pass" if isinstance(node, ast.Raise) else None


def return_none(node: ast.AST) -> str | None:
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
    """Replace `text.strip()` with `text`."""
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return ast.unparse(node.func.value) if is_method else None  # type: ignore[attr-defined]


def negate_condition(node: ast.AST) -> str | None:
    """Negate the test of an `if`, which `mutations` has marked."""
    return f"not ({ast.unparse(node)})" if getattr(node, "is_condition", False) else None


OPERATORS: dict[str, Callable[[ast.AST], str | None]] = {
    function.__name__.replace("_", "-"): function
    for function in (
        *(drop_assignment, drop_call, drop_raise, return_none, swap_comparison),
        *(swap_and_or, change_number, flip_boolean, without_method, negate_condition),
    )
}


def mutations(file: Path, text: str) -> Iterator[Mutation]:
    """Yield every mutation of a file."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        # A negated comparison is the same as a swapped one.
        if isinstance(node, ast.If | ast.IfExp) and not isinstance(node.test, ast.Compare):
            node.test.is_condition = True  # type: ignore[attr-defined]
    # Python 3.11 has no positions of the nodes inside an f-string.
    f_strings = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    without_position = {id(node) for f_string in f_strings for node in ast.walk(f_string)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr | ast.stmt) or id(node) in without_position:
            continue
        for name, operator in OPERATORS.items():
            replacement = operator(node)
            if replacement is not None:
                yield Mutation(name, file, node, replacement)


def edit_of(mutation: Mutation, text: str) -> Edit | None:
    """Return a mutation as an edit of whole lines, or None if the result is not valid Python.

    The edit includes as many lines before the mutation as make its text unique.
    """
    node, lines = mutation.node, text.splitlines(keepends=True)
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    head = lines[first].encode()[: node.col_offset].decode()
    tail = lines[last].encode()[node.end_col_offset :].decode()
    mutated = f"{head}{mutation.replacement}{tail}"
    before = 0
    while text.count("".join(lines[first - before : last + 1])) != 1:
        before += 1
    context = "".join(lines[first - before : first])
    original = context + "".join(lines[first : last + 1])
    edit = Edit(mutation.file, original, context + mutated)
    try:
        compile(edit.applied(text), str(mutation.file), "exec")
    except SyntaxError:
        return None
    return edit


def mutants(seed: int, number: int) -> list[Subject]:
    """Return this number of mutants, the same ones for the same seed."""
    subjects = []
    for module in MODULES:
        file = FOLDER / f"{module}.py"
        text = (ROOT / file).read_text("utf-8")
        for mutation in mutations(file, text):
            edit = edit_of(mutation, text)
            if edit is not None and edit.replacement != edit.replace:
                node = mutation.node
                position = f"{module}-{node.lineno}-{node.col_offset}-{node.end_col_offset}"
                name = f"{mutation.operator}-{position}"
                description = f"{mutation.operator} in {file.name}: `{first_line(mutation)}`"
                subjects.append(Subject(name, "mutants", description, edits=(edit,)))
    random.Random(seed).shuffle(subjects)
    return subjects[:number]


def first_line(mutation: Mutation) -> str:
    """Return the first 70 characters of the mutated code."""
    return ast.unparse(mutation.node).splitlines()[0][:70]


def observe(subject: Subject) -> Observations | None:
    """Return the observations of a server, or None if it does not start."""
    try:
        with serving(subject, *SHORT_BUILDS) as base_url:
            return probe(base_url)
    except NotServingError:
        return None


def distinguishable(subjects: list[Subject]) -> Iterator[Subject]:
    """Yield the mutants that differ from the example, with the operations that differ."""
    example = Subject("example", "correct", "The example server without changes.")
    originals = [observations for _ in range(3) if (observations := observe(example))]
    known_forms = {
        form: operation for original in originals for form, operation in original.forms.items()
    }

    def differences(subject: Subject) -> Mapping[str, str]:
        """Return the differences that two runs of the probe agree on, by operation."""
        runs: list[Mapping[str, str]] = []
        for _ in range(2):
            observations = observe(subject)
            if observations is None:
                return {}
            runs.append(originals[0].difference(observations, known_forms))
        return {name: difference for name, difference in runs[0].items() if name in runs[1]}

    with ThreadPoolExecutor(PARALLEL) as pool:
        results = pool.map(differences, subjects)
        for subject, by_operation in zip(subjects, results, strict=True):
            if by_operation:
                first = next(iter(by_operation.values()))
                description = f"{subject.description}; first difference: {first}"
                defect = Defect(subject.id, description, tuple(by_operation), ("differs",))
                yield Subject(
                    subject.id,
                    subject.group,
                    description,
                    edits=subject.edits,
                    defects=(defect,),
                )


def entry(subject: Subject) -> dict[str, object]:
    """Return the entry of a mutant in mutants.yaml."""
    (edit,), (defect,) = subject.edits, subject.defects
    return {
        "id": subject.id,
        "class": subject.group,
        "description": subject.description,
        "operation": list(defect.operations),
        "part": "differs",
        "file": str(edit.file),
        "replace": edit.replace,
        "with": edit.replacement,
    }


def main() -> None:
    """Write mutants.yaml."""
    parser = argparse.ArgumentParser(description="Write mutants.yaml.")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    parser.add_argument(
        "--number", type=int, default=120, help="of generated mutants (%(default)s)"
    )
    options = parser.parse_args()
    subjects = mutants(options.seed, options.number)
    entries = [entry(subject) for subject in distinguishable(subjects)]
    head = f"# The {len(entries)} of {len(subjects)} mutants that the probe distinguishes "
    head += "from the example:\n"
    head += f"# python -m benchmarks.detection.mutate --seed {options.seed}"
    head += f" --number {options.number}\n"
    text = yaml.safe_dump(entries, allow_unicode=True, sort_keys=False, width=1000)
    MUTANTS.write_text(head + text, "utf-8")
    print(f"{len(entries)} of {len(subjects)} mutants written")


if __name__ == "__main__":
    main()
