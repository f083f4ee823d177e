"""The control API at ``/_mock/``: how a test or a developer controls the mock."""

from .changes import restart_session
from .routing import control_api, respond

__all__ = ["control_api", "respond", "restart_session"]
