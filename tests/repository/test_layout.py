"""Imports run downward only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# From the ground up; a module may import from its own floor's earlier modules and from below.
FLOORS = [
    {"mock_server.contract"},
    {
        "mock_server.foundation.shipped_files",
        "mock_server.foundation.timestamps",
        "mock_server.foundation.clock",
        "mock_server.stores",
    },
    {
        "mock_server.server.listener",
        "mock_server.foundation.bounded_cache",
        "mock_server.commands.workers",
    },
    {"mock_server.control.health"},
    {"mock_server.fixtures"},
    {
        "mock_server.state.catalog",
        "mock_server.state.session_state",
        "mock_server.http.credentials",
    },
    {
        "mock_server.state.playback",
        "mock_server.state.sessions",
        "mock_server.http.prefer",
        "mock_server.operations.variations",
    },
    {
        "mock_server.operations.event_stream",
        "mock_server.operations.call",
        "mock_server.http.error_responses",
        "mock_server.client",
    },
    {"mock_server.operations.lookup", "mock_server.operations.render"},
    {
        "mock_server.operations.actions",
        "mock_server.http.static_responses",
        "mock_server.http.cors",
        "mock_server.http.index_page",
    },
    {
        "mock_server.faults",
        "mock_server.journal",
        "mock_server.faults.delivery",
        "mock_server.http.admin_access",
    },
    {"mock_server.control"},
    {
        "mock_server.gallery",
        "mock_server.app.response_cache",
        "mock_server.app.request_resolution",
    },
    {"mock_server.app.mock"},
    {"mock_server.app.handle", "mock_server.app.wsgi"},
    {"mock_server.server"},
    {"mock_server.commands.check", "mock_server.commands.banner", "mock_server.commands.reload"},
    {"mock_server.live", "mock_server.commands.serve", "mock_server.export"},
    {"mock_server.cli", "mock_server.pytest_plugin"},
]


def room(module: str) -> str:
    """The room of a module: the package's second name, for files and folders alike."""
    return ".".join(module.split(".")[:2])


def floor(module: str) -> int:
    return next(level for level, rooms in enumerate(FLOORS) if room(module) in rooms)


def modules(package: str) -> Iterator[tuple[str, Path]]:
    for file in sorted((ROOT / package).rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), file


def imports(module: str, file: Path) -> Iterator[str]:
    """What a module imports, as full names; relative ones resolved, lazy ones included."""
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1]
            above = ".".join(base) if node.level else ""
            named = ".".join(part for part in (above, node.module or "") if part)
            for alias in node.names:
                inner = f"{named}.{alias.name}"
                is_module = (ROOT / Path(*inner.split("."))).with_suffix(".py").exists()
                yield inner if is_module else named


MODULES = dict([*modules("mock_server"), *modules("contract_tests"), *modules("examples")])


@pytest.mark.parametrize("module", [m for m in MODULES if m.count(".") and "mock_server" in m])
def test_a_module_of_the_mock_imports_only_from_its_own_floor_or_below(module: str) -> None:
    above = [
        name
        for name in imports(module, MODULES[module])
        if name.startswith("mock_server.") and floor(name) > floor(module)
    ]
    assert above == []


def test_no_two_modules_import_each_other() -> None:
    """The whole graph of imports within the project has no circle."""
    edges = {m: {n for n in imports(m, f) if n in MODULES and n != m} for m, f in MODULES.items()}
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " → ".join([*path, module])
        if module not in done:
            for name in sorted(edges[module]):
                visit(name, (*path, module))
            done.add(module)

    for module in sorted(edges):
        visit(module, ())


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [
        ("mock_server", ("contract_tests", "examples")),
        ("examples", ("mock_server", "contract_tests")),
    ],
)
def test_a_package_never_imports(package: str, forbidden: tuple[str, ...]) -> None:
    found = [
        f"{module} imports {name}"
        for module, file in MODULES.items()
        if module.startswith(package)
        for name in imports(module, file)
        if name.split(".")[0] in forbidden
    ]
    assert found == []


def test_the_contract_run_knows_the_kernel_and_the_fixtures_and_nothing_else_of_the_mock() -> None:
    allowed = {
        "mock_server.contract",
        "mock_server.fixtures",
        "mock_server.foundation.shipped_files",
    }
    found = [
        f"{module} imports {name}"
        for module, file in MODULES.items()
        if module.startswith("contract_tests")
        for name in imports(module, file)
        if name.startswith("mock_server") and room(name) not in allowed
    ]
    assert found == []
