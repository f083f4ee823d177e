"""The use of CPU and memory includes all processes that a server has started."""

import os
import subprocess
import sys

from benchmarks import processes

# Starts another Python, which computes and then waits for the end of its input.
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdin=sys.stdin)
child.wait()
"""
CHILD = """
import sys, time
memory = b"x" * 50_000_000
while time.process_time() < 0.3:
    pass
print("computed", flush=True)
sys.stdin.read()
"""


def test_the_cpu_memory_and_threads_of_a_child_count_for_its_parent() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == b"computed\n"
        tree = processes.tree(parent.pid)
        assert len(tree) == 2
        assert set(tree) <= set(processes.tree(os.getpid()))
        # User and system time of each process are rounded down to a tick.
        assert processes.cpu(tree) >= 0.3 - 4 * processes.TICK
        assert processes.cpu(tree[:1]) < processes.cpu(tree)
        assert processes.pss(tree) >= processes.anonymous_memory(tree) > 50_000_000
        assert processes.threads(tree) == 2
        assert processes.descriptors(tree) >= 6
        parent.communicate()
    assert processes.tree(parent.pid) == []
    assert processes.pss(tree) == 0


def test_the_work_of_the_machine_includes_the_work_of_this_process() -> None:
    before = processes.work()
    subprocess.run([sys.executable, "-c", "while __import__('time').process_time() < .5: pass"])
    after = processes.work()
    assert after.own - before.own >= 0.4
    assert after.total - before.total >= 0.4
