"""How many examples a fuzz test runs: few and always the same ones, or many with `make fuzz`."""

import os

from hypothesis import HealthCheck, settings

# Set by `make fuzz`
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))


def fuzzed(examples: int = 100, **options: int) -> settings:
    """Return the settings of a test that runs this many examples, or more with `make fuzz`."""
    return settings(
        max_examples=max(examples, EXAMPLES),
        derandomize=not EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        **options,  # type: ignore[arg-type]
    )
