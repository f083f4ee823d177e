"""Many threads share one heap of the C library."""

import subprocess
import sys

import pytest

THREADS = """
import sys, threading
from mock_server.heap import keep_small
if sys.argv[1] == "kept small":
    keep_small()
together = threading.Barrier(8)
kept = []

def work():
    together.wait()
    kept.extend(bytes(4096) for _ in range(100))

threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
HEAP = 64 * 1024 * 1024  # bytes: where a heap for a thread may begin
starts = [int(line.partition("-")[0], 16) for line in open("/proc/self/maps")]
print(sum(start % HEAP == 0 for start in starts))
"""


@pytest.mark.parametrize(("how", "has_one"), [("kept small", True), ("as it comes", False)])
def test_threads_have_no_heaps_of_their_own(how: str, has_one: bool) -> None:
    told = subprocess.run(
        [sys.executable, "-c", THREADS, how], capture_output=True, text=True, check=True
    )
    assert (int(told.stdout) == 0) == has_one
