"""The server under test: connections, requests, and the resources that are known to exist."""
