"""The judge of requests: checks whether a request conforms to its operation."""

from .judge import RequestJudge, headers_read
from .verdicts import LARGEST_BODY, Accepted, Rejected

__all__ = ["LARGEST_BODY", "Accepted", "Rejected", "RequestJudge", "headers_read"]
