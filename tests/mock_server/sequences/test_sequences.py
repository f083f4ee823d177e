"""Random sequences of reads, writes, actions, clock and control calls, on memory and SQLite.

Every response keeps the contract, equals the model, and is the same on both stores.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis.stateful import run_state_machine_as_test

from mock_server.stores import MemoryStore, Store, open_store
from tests.helpers.fuzzing import fuzzed
from tests.mock_server.sequences.machine import Sequences, sources_of

ROOT = Path(__file__).parents[3]
DOCUMENTS = ("openapi.yaml", "examples/deployments/openapi.yaml", "examples/orders/openapi.yaml")


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[tuple[Store, ...]]:
    with closing(open_store(f"sqlite:///{tmp_path}/sessions.db")) as sqlite:
        yield MemoryStore(), sqlite


@pytest.mark.parametrize("document", DOCUMENTS)
def test_random_sequences_equal_the_model_on_all_stores(
    document: str, stores: tuple[Store, ...]
) -> None:
    class OfDocument(Sequences):
        sources = sources_of(ROOT / document)

    OfDocument.stores = stores
    run_state_machine_as_test(OfDocument, settings=fuzzed(10, stateful_step_count=30))
