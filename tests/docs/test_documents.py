"""What README.md and docs/ tell the reader to do can be done, and ends as they say.

`make test` and `make test-tools` are left out where they stand alone on a line (they would run
this test within itself): every run of these tests is their proof. `make serve` is run as
`mock-server serve`, what it sets up before that being the claim of tests/house. Port 3100 is
another, free one in each run.
"""

from pathlib import Path

import pytest

from tests.docs.blocks import blocks
from tests.docs.reader import ROOT, reader

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.slow
@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_block_does_what_the_document_says(file: Path, tmp_path: Path) -> None:
    with reader(tmp_path) as one:
        for block in blocks(file):
            one.read(block)
