"""Import what every contract run imports, and compute what every run computes.

`forked_programs` imports this module once; each run starts as a copy of that process.
"""

import warnings
from importlib import import_module
from pathlib import Path

from hypothesis import strategies
from hypothesis.errors import HypothesisSideeffectWarning

CHECKS = Path(__file__).parents[2] / "contract_tests" / "checks"
MODULES = (
    "contract_tests.cli",
    "contract_tests.conclusion.merging",
    "contract_tests.config.configuration",
    "contract_tests.conftest",
    "contract_tests.replay.replay",
    *(f"contract_tests.checks.{path.stem}" for path in sorted(CHECKS.glob("test_*.py"))),
    # Pytest imports these as plugins.
    "_hypothesis_pytestplugin",
    "_pytest.junitxml",
    "_pytest.pastebin",
    "_pytest.skipping",
    "_pytest.unittest",
    "anyio.pytest_plugin",
    "mock_server.pytest_plugin",
    "xdist.plugin",
    # Schemathesis imports these when a run first uses them.
    "hypothesis.stateful",
    "openapi_spec_validator",
    "pyrate_limiter",
    "schemathesis.generation.hypothesis.builder",
    "schemathesis.generation.stateful.state_machine",
    "schemathesis.openapi.checks",
    "schemathesis.pytest.plugin",
    "schemathesis.python.asgi",
    "schemathesis.specs.openapi.coverage",
    "schemathesis.specs.openapi.schemas",
    "schemathesis.specs.openapi.stateful.dependencies",
    "schemathesis.transport.wsgi",
)

for module in MODULES:
    import_module(module)

# Hypothesis computes the characters of an encoding once per process, which takes a second. It warns
# of slow code in a plugin of pytest.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", HypothesisSideeffectWarning)
    strategies.characters(codec="utf-8").validate()
