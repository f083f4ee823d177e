"""The cache returns stored values and never exceeds its limits."""

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from mock_server.foundation.bounded_cache import MAX_BYTES, BoundedCache

QUARTER = MAX_BYTES // 4


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, MAX_BYTES + 1)), max_size=30))
def test_the_newest_values_within_the_limits_are_stored(puts: list[tuple[int, int]]) -> None:
    cache: BoundedCache[int] = BoundedCache(lambda size: size, max_values=5)
    expected: dict[int, int] = {}
    for key, size in puts:
        assert cache.put(key, size) == size
        if size > MAX_BYTES:
            continue
        expected.pop(key, None)
        expected[key] = size
        while len(expected) > 5 or sum(expected.values()) > MAX_BYTES:
            del expected[next(iter(expected))]
        assert {key: cache.get(key) for key in range(10)} == {
            key: expected.get(key) for key in range(10)
        }


def test_a_value_larger_than_the_cache_removes_no_other_value() -> None:
    cache: BoundedCache[bytes] = BoundedCache(len)
    cache.put("small", b"a")
    large = bytes(MAX_BYTES + 1)
    assert cache.put("large", large) is large
    assert (cache.get("small"), cache.get("large")) == (b"a", None)


def test_concurrent_threads_can_store_values() -> None:
    """The size stays correct, so that later values still fit."""
    cache: BoundedCache[int] = BoundedCache(lambda size: size, max_values=4)

    def put(seed: int) -> None:
        for number in range(2000):
            cache.put((seed * number) % 7, QUARTER)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(put, range(1, 9)))
    for key in "abcd":
        cache.put(key, QUARTER)
    assert [cache.get(key) for key in "abcd"] == [QUARTER] * 4


def test_a_value_can_be_stored_from_the_second_use_of_its_key() -> None:
    cache: BoundedCache[str] = BoundedCache(max_values=3, from_second_time=True)
    cache.put("a", "A")
    assert cache.get("a") is None
    cache.put("a", "A")
    assert cache.get("a") == "A"
    for number in range(100):  # keys that are used once
        cache.put(number, "once")
    assert cache.get("a") == "A"
    assert [cache.get(number) for number in range(100)] == [None] * 100
