"""The two servers of a mock: its own, and Werkzeug's with the WSGI application."""

from mock_server import server
from mock_server.sockets import running

DOORS = {"sockets": running.running, "werkzeug": server.running}
