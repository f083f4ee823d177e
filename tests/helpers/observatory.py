"""A document with two types of resources that each have a timeline: telescopes, and exposures.

A telescope has an integer as its key and seconds as its timestamps. The status of an exposure is in
two properties.
"""

from pathlib import Path

SPEC = Path(__file__).parents[1] / "documents" / "observatory" / "openapi.yaml"
PREFIX = "/v1"
ADA, BOB = "ada-key", "bob-key"


def key(token: str = ADA) -> dict[str, str]:
    """Return the header with the key of an observer."""
    return {"X-Observer-Key": token}
