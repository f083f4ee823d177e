"""The commands in README.md and docs/ work, and print what the documents show.

Lines with only `make test`, `make test-all` or `make test-tools` are skipped: they would run this
test again. `make serve` runs as `mock-server serve`; tests/repository/test_fresh_clone.py tests its
setup. Each run uses a free port instead of 3100.
"""

from pathlib import Path

import pytest

from tests.docs.blocks import blocks
from tests.docs.reader import ROOT, reader

SLOW = {"docs/ci.md", "docs/contract-run.md", "docs/many-machines.md"}  # several contract runs each
SLOW |= {"examples/deployments/README.md"}  # a long contract run
EXAMPLES = [ROOT / "examples" / "deployments" / "README.md"]
DOCUMENTS = [
    pytest.param(file, id=name, marks=[pytest.mark.slow] if name in SLOW else [])
    for file in [ROOT / "README.md", *EXAMPLES, *sorted((ROOT / "docs").rglob("*.md"))]
    for name in [str(file.relative_to(ROOT))]
]


@pytest.mark.parametrize("file", DOCUMENTS)
def test_every_block_does_what_the_document_says(file: Path, tmp_path: Path) -> None:
    with reader(tmp_path) as document_reader:
        for block in blocks(file):
            document_reader.read(block)
