"""Faults: named disturbances of an answer, each on a share of a session's requests."""

from .apply import MARK, disturb
from .definition import Fault, add, clear, fault_of, read

__all__ = ["MARK", "Fault", "add", "clear", "disturb", "fault_of", "read"]
