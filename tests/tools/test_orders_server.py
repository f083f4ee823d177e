"""A contract run on the orders server: the correct one holds, and each planted bug is named."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.contract_runs import contract_tests, free_port
from tests.helpers.framework_servers import PYTHON
from tests.helpers.orders import DOCUMENT, FOLDER, PREFIX, TOKENS

pytestmark = pytest.mark.slow

SERVER = FOLDER / "server" / "app.py"
# Bug → the rules that a finding can have, and the operations that it can name
FINDINGS: dict[str, tuple[set[str], set[str]]] = {
    "patch-replaces": ({"updated"}, {"updateCustomer", "updateOrder"}),
    "put-keeps": ({"replaced"}, {"replaceCustomer", "replaceProduct", "replaceOrder"}),
    "put-recreates": ({"replaced"}, {"replaceCustomer", "replaceProduct", "replaceOrder"}),
    "delete-keeps": ({"deleted"}, {"deleteCustomer", "deleteProduct", "deleteOrder"}),
    "wrong-location": ({"location"}, {"createCustomer", "createProduct", "createOrder"}),
    "not-listed": ({"listed"}, {"listCustomers", "listProducts", "listOrders"}),
    "page-repeats": ({"page"}, {"listCustomers", "listProducts", "listOrders"}),
    "count-of-page": ({"page"}, {"listCustomers", "listProducts", "listOrders"}),
    "sort-ignored": ({"order"}, {"listProducts", "listOrders"}),
    "filter-ignored": ({"filter"}, {"listOrders", "listOrdersOfCustomer"}),
    "if-match-ignored": ({"version"}, {"replaceCustomer", "updateCustomer", "deleteCustomer"}),
    "same-etag": ({"version"}, {"replaceCustomer", "updateCustomer", "replaceProduct"}),
    "email-not-unique": ({"unique"}, {"createCustomer"}),
    "id-overwrites": ({"unique"}, {"createProduct"}),
    "unknown-customer": ({"parent"}, {"createOrder"}),
    "total-without-quantity": (
        {"total-is-the-sum-of-the-items"},
        {"createOrder", "getOrder", "listOrders"},
    ),
    "ships-placed": ({"transition"}, {"shipOrder"}),
    "refused-but-applied": ({"refused", "transition"}, {"shipOrder"}),
    "any-owner": ({"ownership"}, {"updateOrder", "payOrder", "createOrder"}),
}
MOST_FINDINGS = 3  # of one bug


@contextmanager
def serving(bug: str = "") -> Iterator[str]:
    """Start the server and yield its base URL, at once: a run with --wait waits for it."""
    assert shutil.which(PYTHON), f"{PYTHON} is not installed: run `make test-tools`"
    port, planted = free_port(), ("--bug", bug) if bug else ()
    command = [str(PYTHON), "-B", str(SERVER), "--port", str(port), *planted]
    server = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield f"http://127.0.0.1:{port}{PREFIX}"
    finally:
        server.kill()
        server.wait()


def ran(bug: str, folder: Path, *options: str) -> tuple[int, str, dict[str, Any]]:
    """Run `contract-tests` on the server; return the exit code, the output and the verdict."""
    report = folder / "report.json"
    with serving(bug) as target:
        run = contract_tests(
            *("--spec", str(DOCUMENT), "--target", target, "--wait", "60", "--strict"),
            *("--token", TOKENS[0], "--other-token", TOKENS[1]),
            *("--findings", str(folder / "findings"), "--report-json", str(report)),
            *options,
        )
    assert report.is_file(), run.stdout + run.stderr
    return run.returncode, run.stdout, json.loads(report.read_text("utf-8"))


def test_the_correct_server_holds(tmp_path: Path) -> None:
    """The exit code 0 means that every operation and every rule was verified."""
    status, output, report = ran("", tmp_path)
    assert (status, report["findings"]) == (0, []), output


def test_every_bug_of_the_server_has_an_expected_finding() -> None:
    command = [str(PYTHON), "-B", "-c", "import app; print(*app.BUGS)"]
    listed = subprocess.run(command, cwd=SERVER.parent, capture_output=True, text=True, check=True)
    assert set(listed.stdout.split()) == FINDINGS.keys()


@pytest.mark.parametrize("bug", FINDINGS)
def test_a_planted_bug_is_named(bug: str, tmp_path: Path) -> None:
    status, output, report = ran(bug, tmp_path, "--max-examples", "3")
    rules, operations = FINDINGS[bug]
    named = [
        finding
        for finding in report["findings"]
        if (finding["requirement"] or finding["rule"]) in rules
        if not operations.isdisjoint(finding["operations"])
    ]
    assert status == 1, output
    assert named, output
    assert len(report["findings"]) <= MOST_FINDINGS, output
