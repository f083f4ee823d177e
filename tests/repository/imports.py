"""The modules of a source tree and the imports between them."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def modules(package: str, root: Path = ROOT) -> dict[str, Path]:
    """Return the file of each module of a package, by its dotted name."""
    files = {}
    for file in sorted((root / package).rglob("*.py")):
        parts = file.relative_to(root).with_suffix("").parts
        files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return files


def imports(module: str, file: Path, root: Path = ROOT) -> Iterator[str]:
    """Yield the full name of everything that a module imports, inside functions too."""
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1]
            above = ".".join(base) if node.level else ""
            source = ".".join(part for part in (above, node.module or "") if part)
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                path = root / Path(*inner.split("."))
                is_module = path.with_suffix(".py").exists() or (path / "__init__.py").exists()
                yield inner if is_module else source
