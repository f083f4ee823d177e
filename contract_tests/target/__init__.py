"""The server under test: connections, requests and what is known about it."""
