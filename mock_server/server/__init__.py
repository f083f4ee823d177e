"""The server: HTTP/1.1 on sockets, one loop for what is answered at once, threads for the rest.

Faults act on connections (they reset them, cut them, slow them down), and a path is judged as it
was sent: both need the socket and the bytes, which servers keep to themselves.
"""
