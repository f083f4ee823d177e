"""What a rebuild does, and what it leaves alone."""

from __future__ import annotations

import pytest

from .builds import untouched
from .roles import lookups, restarts
from .run import Run


def test_a_rebuild_begins_a_new_build_of_that_release_alone(run: Run) -> None:
    """The release asked for is built anew, which the next look shows; the others stay."""
    before = run.snapshot()
    followed = run.followed
    if followed is None:
        why = (
            "no --token is given" if run.target.token is None else "no known release can be rebuilt"
        )
        run.unverified.update((o.id, why) for o, _ in lookups(run.spec) if restarts(run.spec, o))
        pytest.skip(why)
    after = run.snapshot()
    for key in before.keys() & after.keys() - {followed.key}:
        wrong = untouched(run.spec, before[key][0], after[key][0])
        if wrong is not None:
            run.record.note(followed.access.restart[0], wrong, after[key][1])


def test_a_build_is_followed_to_its_end(run: Run) -> None:
    """Every state of a build that is seen on the way to its end keeps the rules."""
    followed = run.followed
    if followed is None or followed.thread is None:
        pytest.skip("no build was begun")
    followed.thread.join()
    found = run.record.found_by(followed.thread.ident)
    if found:
        pytest.fail("\n".join(dict.fromkeys(str(each) for each in found)), pytrace=False)
    if followed.why:
        run.unverified["the end of a build"] = f"{followed.key}: {followed.why}"
        pytest.skip(followed.why)
