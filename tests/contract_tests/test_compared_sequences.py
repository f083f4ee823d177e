"""The random sequences of a comparison: bounded, and the same for the same seed."""

import pytest

from contract_tests.compare.sequences import CALL, CREATE, LONGEST, RANDOM, random_sequences
from mock_server.contract.document.loading import load
from mock_server.contract.document.spec import Spec
from tests.mock_server.helpers.copies import SPEC

ORDERS = SPEC.parent / "examples" / "orders" / "openapi.yaml"


@pytest.fixture(scope="module", params=[SPEC, ORDERS], ids=["releases", "orders"])
def spec(request: pytest.FixtureRequest) -> Spec:
    return load(request.param)


def test_a_seed_decides_the_sequences(spec: Spec) -> None:
    texts = [list(map(str, random_sequences(spec, seed))) for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_the_sequences_are_few_and_short(spec: Spec) -> None:
    found = random_sequences(spec, 0)
    assert 0 < len(found) <= RANDOM * len(spec.types)
    assert all(2 <= len(each.steps) <= LONGEST + 2 for each in found)


def test_a_sequence_ends_with_a_read_and_deletes_nothing(spec: Spec) -> None:
    for sequence in random_sequences(spec, 0):
        assert sequence.steps[-1].kind == CALL
        assert all(step.operation.does != "delete" for step in sequence.steps)
        assert all(step.kind != CREATE for step in sequence.steps[1:])
