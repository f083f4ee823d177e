"""Make a mistake in a document, and load it."""

from pathlib import Path

import pytest

from mock_server.contract.document.loading import load
from mock_server.contract.judge import judge_of
from mock_server.contract.violations import ContractError


def mistakes(document: Path, folder: Path, right: str, wrong: str) -> list[str]:
    """Return the violations of a document with its first ``right`` replaced.

    folder: receives the changed copy, ``openapi.yaml``.
    """
    text = document.read_text("utf-8")
    assert right in text
    path = folder / "openapi.yaml"
    path.write_text(text.replace(right, wrong, 1), "utf-8")
    with pytest.raises(ContractError) as caught:
        judge_of(load(path))
    return [str(violation) for violation in caught.value.violations]
