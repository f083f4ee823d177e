"""Faults: slow, wrong, cut or missing responses, for a share of the requests of a session."""

from .apply import MARK, apply_faults
from .definition import Fault, add, clear, fault_of, read

__all__ = ["MARK", "Fault", "add", "apply_faults", "clear", "fault_of", "read"]
