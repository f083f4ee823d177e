"""The commands in README.md and docs/ work, and print what the documents show.

Lines with only `make test`, `make test-all` or `make test-tools` are skipped: they would run this
test again. `make serve` runs as `mock-server serve`; tests/repository/test_fresh_clone.py tests its
setup. Each run uses a free port instead of 3100.
"""

from pathlib import Path

import pytest

from tests.docs.blocks import blocks
from tests.docs.reader import ROOT, reader

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.slow
@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_block_does_what_the_document_says(file: Path, tmp_path: Path) -> None:
    with reader(tmp_path) as document_reader:
        for block in blocks(file):
            document_reader.read(block)
