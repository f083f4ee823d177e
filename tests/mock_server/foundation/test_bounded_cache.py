"""What is remembered is what was made, and never more than there is room for."""

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from mock_server.foundation.bounded_cache import LARGEST, BoundedCache

PART = LARGEST // 4


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, LARGEST + 1)), max_size=30))
def test_it_holds_the_newest_for_which_there_is_room(puts: list[tuple[int, int]]) -> None:
    kept: BoundedCache[int] = BoundedCache(lambda size: size, most=5)
    expected: dict[int, int] = {}
    for key, size in puts:
        assert kept.put(key, size) == size
        if size > LARGEST:
            continue
        expected.pop(key, None)
        expected[key] = size
        while len(expected) > 5 or sum(expected.values()) > LARGEST:
            del expected[next(iter(expected))]
        assert {key: kept.get(key) for key in range(10)} == {
            key: expected.get(key) for key in range(10)
        }


def test_what_takes_all_room_by_itself_makes_nobody_else_go() -> None:
    kept: BoundedCache[bytes] = BoundedCache(len)
    kept.put("small", b"a")
    whole = bytes(LARGEST + 1)
    assert kept.put("large", whole) is whole
    assert (kept.get("small"), kept.get("large")) == (b"a", None)


def test_many_threads_may_put_at_once() -> None:
    """The room that is left is counted right, so that what comes later still finds some."""
    kept: BoundedCache[int] = BoundedCache(lambda size: size, most=4)

    def put(seed: int) -> None:
        for number in range(2000):
            kept.put((seed * number) % 7, PART)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(put, range(1, 9)))
    for key in "abcd":
        kept.put(key, PART)
    assert [kept.get(key) for key in "abcd"] == [PART] * 4


def test_a_value_can_be_stored_from_the_second_time_that_its_key_comes() -> None:
    cache: BoundedCache[str] = BoundedCache(most=3, from_second_time=True)
    cache.put("a", "A")
    assert cache.get("a") is None
    cache.put("a", "A")
    assert cache.get("a") == "A"
    for number in range(100):  # keys that come once
        cache.put(number, "once")
    assert cache.get("a") == "A"
    assert [cache.get(number) for number in range(100)] == [None] * 100
