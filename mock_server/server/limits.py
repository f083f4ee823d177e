"""The limits of the server: what one client, and all clients together, can take from the others.

``docs/reliability.md`` lists each with the status of the response beyond it.
"""

from __future__ import annotations

import resource
from dataclasses import dataclass, replace
from typing import Self

from ..contract.requests import LARGEST_BODY

KIB, MIB = 1024, 1024 * 1024
WANTED_DESCRIPTORS = 4096  # of the process, if the system allows it


@dataclass(frozen=True)
class Limits:
    """The limits of one process. Sizes are in bytes, times in seconds.

    body: of a request; by default the limit of the contract.
    """

    head: int = 64 * KIB  # the request line and the headers
    headers: int = 100  # of a request
    overhead: int = MIB  # of a request besides its body: the head and the sizes of chunks
    body: int = LARGEST_BODY
    held: int = 24 * MIB  # all requests that are unfinished, or have no response yet
    small: int = 8 * KIB  # a request that is accepted also beyond ``held``
    unsent: int = 24 * MIB  # all responses that their clients have not read yet
    connections: int = 2_000
    delayed: int = 512  # responses that a fault delays or slows down
    head_time: float = 20.0  # from the first byte of a request to the end of its headers
    request_time: float = 60.0  # from the first byte of a request to its last
    idle_time: float = 60.0  # of a connection between two requests
    read_time: float = 30.0  # of a client that reads nothing of its response
    linger_time: float = 5.0  # for which a client may go on sending after its last response
    stop_time: float = 8.0  # for the requests under way when the server is to stop

    def within_descriptors(self) -> Self:
        """Return limits that leave a quarter of the descriptors of this process for files, the
        store and the libraries."""
        available, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if available == resource.RLIM_INFINITY:
            return self
        return replace(self, connections=min(self.connections, available * 3 // 4))


def raise_descriptor_limit() -> None:
    """Allow this process WANTED_DESCRIPTORS, or as many as the system lets it have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = WANTED_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, WANTED_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
