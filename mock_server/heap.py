"""The heap of the C library. Python's threads take turns, so that a heap for each of them, as glibc
has it, only keeps eight times as much in pieces; and it keeps large pieces once it has seen some.
"""

from __future__ import annotations

import ctypes

# the options of mallopt, as malloc.h numbers them
MMAP_THRESHOLD, ARENA_MAX = -3, -8
LARGE = 128 * 1024  # bytes; what takes more is given back at once
HEAPS = 1


def keep_small() -> None:
    """Has the process keep few and small pieces of free memory, where the C library lets it. To be
    called before there are threads."""
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):
        return  # not glibc
    set_option(ARENA_MAX, HEAPS)
    set_option(MMAP_THRESHOLD, LARGE)
