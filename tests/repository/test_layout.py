"""Imports between rooms run in one direction, and no room grows too large."""

import re
from pathlib import Path

import pytest

from tests.repository.imports import ROOT, imports, modules

# The rooms of each package, from the ground up. A module imports from its own room and from rooms
# listed before it. A name without dots is a folder or a module of the package.
ROOMS = {
    "mock_server": [
        "foundation",
        "contract",
        "generation",
        "stores",
        "fixtures",
        "state",
        "http",
        "operations",
        "faults",
        "journal",
        "control",
        "gallery",
        "app",
        "probing",
        "scaffolding",
        "server",
        "proxy",
        "export",
        "client",
        "commands",
        "live",
        "pytest_plugin",
        "cli",
        "__main__",
    ],
    "mock_server/contract": [
        "violations",
        "source",
        "parts",
        "exchange",
        "merge_patch",
        "openapi",
        "document",
        "routing",
        "rules",
        "requests",
        "judge",
        "traffic",
        "openapi_core_check",
    ],
    "contract_tests": [
        "exit_codes",
        "process",
        "config",
        "target",
        "findings",
        "judging",
        "cases",
        "run",
        "resources",
        "reports",
        "replay",
        "conclusion",
        "recordings",
        "compare",
        "diff",
        "checks",
        "check_items",
        "conftest",
        "commands",
        "cli",
        "__main__",
    ],
}

# What contract_tests may import from the mock: it reaches every target over HTTP only.
SHARED = (
    *("mock_server.contract", "mock_server.fixtures"),
    *("mock_server.foundation.shipped_files", "mock_server.foundation.command_line"),
    *("mock_server.foundation.whole_files", "mock_server.foundation.completion"),
)

MODULES_AT_THE_ROOT = 5
MODULES_IN_A_FOLDER = 12


def room(name: str, package: str) -> str:
    """Return the first part of a module's name below its package; "" for the package itself."""
    prefix = package.replace("/", ".")
    return name.removeprefix(prefix).lstrip(".").partition(".")[0]


def unlisted(package: str, rooms: list[str], root: Path = ROOT) -> set[str]:
    """Return the rooms that exist but are not listed, and those listed that do not exist."""
    return {room(module, package) for module in modules(package, root)} - {""} ^ set(rooms)


def upward_imports(package: str, rooms: list[str], root: Path = ROOT) -> list[str]:
    """Return each import of a room from one that is listed after it."""
    prefix = package.replace("/", ".")
    return [
        f"{module} imports {name}"
        for module, file in modules(package, root).items()
        for name in imports(module, file, root)
        if name.startswith(f"{prefix}.") and module != prefix
        if rooms.index(room(name, package)) > rooms.index(room(module, package))
    ]


def import_cycles(packages: list[str], root: Path = ROOT) -> list[str]:
    """Return each cycle of imports between modules, as "a → b → a"."""
    files = {name: file for package in packages for name, file in modules(package, root).items()}
    edges = {m: {n for n in imports(m, f, root) if n in files and n != m} for m, f in files.items()}
    finished: set[str] = set()
    cycles: list[str] = []

    def visit(module: str, path: tuple[str, ...]) -> None:
        if module in path:
            cycles.append(" → ".join([*path[path.index(module) :], module]))
        elif module not in finished:
            for name in sorted(edges[module]):
                visit(name, (*path, module))
            finished.add(module)

    for module in sorted(edges):
        visit(module, ())
    return cycles


def forbidden_imports(package: str, allowed: tuple[str, ...], root: Path = ROOT) -> list[str]:
    """Return each import of a project package other than this one that is not allowed."""
    own = ("mock_server", "contract_tests", "examples")
    return [
        f"{module} imports {name}"
        for module, file in modules(package, root).items()
        for name in imports(module, file, root)
        if name.split(".")[0] in own and name.split(".")[0] != package
        if not any(f"{name}.".startswith(f"{prefix}.") for prefix in allowed)
    ]


def oversized_folders(package: str, root: Path = ROOT) -> list[str]:
    """Return the folders with too many modules, `__init__.py` not counted."""
    folders = [root / package, *(p for p in (root / package).rglob("*") if p.is_dir())]
    counts = {
        folder: sum(file.name != "__init__.py" for file in folder.glob("*.py"))
        for folder in folders
    }
    return [
        f"{folder.relative_to(root)}: {count} modules"
        for folder, count in sorted(counts.items())
        if count > (MODULES_AT_THE_ROOT if folder == root / package else MODULES_IN_A_FOLDER)
    ]


def imports_of_tests(root: Path = ROOT) -> list[str]:
    """Return each import of one test file from another."""
    return [
        f"{module}: {name}"
        for module, file in modules("tests", root).items()
        for name in imports(module, file, root)
        if re.match(r"tests\.(?:.*\.)?test_\w+$", name)
    ]


@pytest.mark.parametrize("package", ROOMS)
def test_every_room_has_its_position_in_the_order(package: str) -> None:
    assert unlisted(package, ROOMS[package]) == set()


@pytest.mark.parametrize("package", ROOMS)
def test_a_room_imports_only_from_rooms_below_it(package: str) -> None:
    assert upward_imports(package, ROOMS[package]) == []


def test_no_modules_import_each_other() -> None:
    assert import_cycles(["mock_server", "contract_tests", "examples"]) == []


@pytest.mark.parametrize(
    ("package", "allowed"), [("mock_server", ()), ("examples", ()), ("contract_tests", SHARED)]
)
def test_a_package_imports_only_what_it_may(package: str, allowed: tuple[str, ...]) -> None:
    assert forbidden_imports(package, allowed) == []


@pytest.mark.parametrize("package", ["mock_server", "contract_tests"])
def test_no_folder_holds_too_many_modules(package: str) -> None:
    assert oversized_folders(package) == []


def test_no_test_file_imports_from_another_test_file() -> None:
    assert imports_of_tests() == []


def write(root: Path, files: dict[str, str]) -> Path:
    """Write a source tree, with an `__init__.py` in each of its folders."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        for folder in path.relative_to(root).parents:
            if folder != Path():
                (root / folder / "__init__.py").touch()
    return root


def test_an_unlisted_room_is_detected(tmp_path: Path) -> None:
    tree = write(tmp_path, {"shop/low/a.py": "", "shop/attic/b.py": ""})
    assert unlisted("shop", ["low", "high"], tree) == {"attic", "high"}


@pytest.mark.parametrize(
    "line",
    [
        "import shop.high.b",
        "from shop.high.b import x",
        "from shop.high import b",
        "from shop import high",
        "from ..high import b",
        "def f():\n    from shop.high.b import x",
    ],
)
def test_an_upward_import_is_detected(tmp_path: Path, line: str) -> None:
    tree = write(tmp_path, {"shop/low/a.py": line, "shop/high/b.py": ""})
    (found,) = upward_imports("shop", ["low", "high"], tree)
    assert found.startswith("shop.low.a imports shop.high")
    assert upward_imports("shop", ["high", "low"], tree) == []


def test_a_cycle_is_detected(tmp_path: Path) -> None:
    files = {"shop/a.py": "import shop.b", "shop/b.py": "import shop.c", "shop/c.py": ""}
    assert import_cycles(["shop"], write(tmp_path, files)) == []
    files["shop/c.py"] = "from shop.a import x"
    cycles = import_cycles(["shop"], write(tmp_path, files))
    assert cycles == ["shop.a → shop.b → shop.c → shop.a"]


def test_a_forbidden_import_is_detected(tmp_path: Path) -> None:
    lines = "import mock_server.contract.judge\nimport mock_server.app\nimport json\n"
    tree = write(tmp_path, {"contract_tests/a.py": lines})
    assert forbidden_imports("contract_tests", SHARED, tree) == [
        "contract_tests.a imports mock_server.app"
    ]


def test_a_folder_with_too_many_modules_is_detected(tmp_path: Path) -> None:
    root_files = {f"shop/m{number}.py": "" for number in range(MODULES_AT_THE_ROOT)}
    folder_files = {f"shop/low/m{number}.py": "" for number in range(MODULES_IN_A_FOLDER)}
    assert oversized_folders("shop", write(tmp_path, root_files | folder_files)) == []
    tree = write(tmp_path, {"shop/more.py": "", "shop/low/more.py": ""})
    assert oversized_folders("shop", tree) == ["shop: 6 modules", "shop/low: 13 modules"]


def test_an_import_from_another_test_file_is_detected(tmp_path: Path) -> None:
    files = {
        "tests/test_a.py": "from tests.unit.test_b import x\nfrom tests.helpers import y",
        "tests/unit/test_b.py": "",
        "tests/helpers.py": "",
    }
    assert imports_of_tests(write(tmp_path, files)) == ["tests.test_a: tests.unit.test_b"]
