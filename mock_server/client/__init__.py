"""Control a running mock from Python, in this process or on another machine.

    from mock_server.client import connect

    session = connect("http://127.0.0.1:3100").session("checkout")
    session.show("rel_successful", "failed-transpilation")
    session.clock.advance(3)

``connect`` returns the default session; ``Session.session`` returns another one. Every call is a
request to the control API of the mock (docs/control-api.md).
"""

from .journal import Journal
from .session import ControlError, Faults, Session, SessionClock, connect

__all__ = ["ControlError", "Faults", "Journal", "Session", "SessionClock", "connect"]
