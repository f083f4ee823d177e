"""The HTTP/1.1 server: an event loop, and threads for responses that may wait.

It is our own because faults act on connections (they reset, cut and slow them down), and paths are
judged as they were sent. Both need the socket and the bytes, which other servers keep to
themselves.
"""
