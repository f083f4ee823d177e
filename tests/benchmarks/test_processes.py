"""What processes use is read from the system, of all that a server has started."""

import os
import subprocess
import sys

from benchmarks import processes

# starts another Python that computes and then waits for its end of the pipe
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdin=sys.stdin)
child.wait()
"""
CHILD = """
import sys, time
kept = b"x" * 50_000_000
while time.process_time() < 0.3:
    pass
print("computed", flush=True)
sys.stdin.read()
"""


def test_a_child_of_a_child_counts() -> None:
    """Its computing, its memory and its threads are part of the tree of the one that began it."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == b"computed\n"
        tree = processes.tree(parent.pid)
        assert len(tree) == 2
        assert set(tree) <= set(processes.tree(os.getpid()))
        assert processes.cpu(tree) >= 0.3 - 4 * processes.TICK  # user and system of each, cut off
        assert processes.cpu(tree[:1]) < processes.cpu(tree)
        assert processes.pss(tree) >= processes.own(tree) > 50_000_000
        assert processes.threads(tree) == 2
        assert processes.descriptors(tree) >= 6
        parent.communicate()
    assert processes.tree(parent.pid) == []
    assert processes.pss(tree) == 0


def test_the_machine_works_at_least_what_we_do() -> None:
    before = processes.work()
    subprocess.run([sys.executable, "-c", "while __import__('time').process_time() < .5: pass"])
    after = processes.work()
    assert after.own - before.own >= 0.4
    assert after.all - before.all >= 0.4
