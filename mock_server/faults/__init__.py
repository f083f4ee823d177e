"""Faults: named disturbances of an answer, each on a share of a session's requests."""

from .disturbing import MARK, disturb
from .form import Fault, add, clear, fault_of, read

__all__ = ["MARK", "Fault", "add", "clear", "disturb", "fault_of", "read"]
