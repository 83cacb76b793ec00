"""Limits: the least recently used file is evicted first, needed files are kept, and copies count once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.store.retention.limits import KnownFile, Tally, exclusive, size, to_evict, to_prune, without

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def file(key: str, count: int = 10, used_s: float = 0.0, content: object = None, copies: int = 1) -> KnownFile:
    used_at = EPOCH + timedelta(seconds=used_s)
    return KnownFile(key, count, str(content or key), copies, key, EPOCH, used_at)


def keys(files: Sequence[KnownFile]) -> list[str]:
    return [file.key for file in files]


# -- sizes -----------------------------------------------------------------------------------------------------------


def test_copies_are_counted_once() -> None:
    files = [file("cache/a", 10, content=1, copies=3), file("runs/a", 10, content=1, copies=3), file("cache/b", 5)]
    assert size(files) == 15


def test_content_with_a_copy_outside_the_files_is_not_exclusive() -> None:
    files = [
        file("cache/a", content=1, copies=2),
        file("cache/b", content=2, copies=2),
        file("cache/c", content=2, copies=2),
    ]
    assert [keys(names) for names in exclusive(files)] == [["cache/b", "cache/c"]]
    assert len(exclusive(files, [file("runs/a", content=1)])) == 2


def test_bytes_are_freed_when_the_last_copy_is_removed() -> None:
    tally = Tally()
    tally.add("runs", [file("runs/a", 10, content=1, copies=2)])
    assert tally.bytes["runs"] == 0
    tally.add("cache", [file("cache/a", 10, content=1, copies=2)])
    assert (tally.files, tally.bytes["cache"]) == ({"runs": 1, "cache": 1}, 10)


def test_remaining_files_have_fewer_copies() -> None:
    files = [file("cache/a", content=1, copies=2), file("cache/b"), file("cache/c")]
    remaining = without(files, [file("runs/a", content=1, copies=2), file("cache/b")])
    assert [(known.key, known.copies) for known in remaining] == [("cache/a", 1), ("cache/c", 1)]


# -- limits ----------------------------------------------------------------------------------------------------------


def test_least_recently_used_files_are_evicted_until_the_limit_holds() -> None:
    files = [file("cache/new", used_s=3), file("cache/old", used_s=1), file("cache/mid", used_s=2)]
    assert keys(to_evict(files, 30, lambda _: False)) == []
    assert keys(to_evict(files, 29, lambda _: False)) == ["cache/old"]
    assert keys(to_evict(files, 10, lambda _: False)) == ["cache/old", "cache/mid"]


def test_needed_files_are_not_evicted() -> None:
    files = [file("cache/old", used_s=1), file("cache/mid", used_s=2), file("cache/new", used_s=3)]
    assert keys(to_evict(files, 10, lambda known: known.key == "cache/old")) == ["cache/mid", "cache/new"]


FILES = st.lists(
    st.tuples(st.integers(0, 100), st.integers(0, 50), st.booleans(), st.integers(1, 3), st.integers(0, 1)), max_size=30
)


@given(FILES, st.integers(0, 1500))
def test_no_needed_file_is_evicted_and_the_limit_holds_unless_only_needed_files_remain(
    cases: list[tuple[int, int, bool, int, int]], limit: int
) -> None:
    files, needed = [], set()
    for content, (count, used_s, is_needed, names, elsewhere) in enumerate(cases, 1):
        copies = [file(f"cache/{content}/{n}", count, used_s, content, names + elsewhere) for n in range(names)]
        files += copies
        needed |= {copies[0].key} if is_needed else set()
    evicted = to_evict(files, limit, lambda known: known.key in needed)
    assert needed.isdisjoint(keys(evicted))
    assert len(set(keys(evicted))) == len(evicted)
    remaining = exclusive(without(files, evicted))
    is_over_limit = sum(copies[0].bytes for copies in remaining) > limit
    assert not is_over_limit or all(copies[0].bytes == 0 or needed & set(keys(copies)) for copies in remaining)
    oldest_remaining = min(
        (copies[0].used_at for copies in remaining if copies[0].bytes and not needed & set(keys(copies))),
        default=EPOCH + timedelta(days=9),
    )
    assert all(known.used_at <= oldest_remaining for known in evicted)


def test_first_groups_are_pruned_until_the_remaining_groups_fit() -> None:
    groups = {name: [file(f"runs/{name}/film", 10)] for name in "abc"}
    assert to_prune(groups, [], 30) == []
    assert to_prune(groups, [], 20) == ["a"]
    assert to_prune(groups, [], 0) == ["a", "b", "c"]


def test_shared_content_is_counted_once_and_freed_with_the_last_group() -> None:
    groups = {name: [file(f"runs/{name}/scene", 10, content=1, copies=3)] for name in "abc"}
    assert to_prune(groups, [], 10) == []
    assert to_prune(groups, [], 9) == ["a", "b", "c"]


def test_copy_in_the_cache_is_freed_with_its_group_and_any_other_copy_is_not() -> None:
    groups = {"a": [file("runs/a/film", 10, content=1, copies=2)]}
    assert to_prune(groups, [file("cache/film", 10, content=1, copies=2)], 5) == ["a"]
    assert to_prune(groups, [], 5) == []


@given(st.lists(st.lists(st.integers(1, 8), max_size=5), max_size=8), st.integers(0, 40))
def test_remaining_groups_fit_the_limit_whatever_content_they_share(contents: list[list[int]], limit: int) -> None:
    copies = Counter(content for group in contents for content in set(group))
    groups = {
        index: [file(f"runs/{index}/{content}", content, 0, content, copies[content]) for content in set(group)]
        for index, group in enumerate(contents)
    }
    pruned = to_prune(groups, [], limit)
    assert pruned == list(groups)[: len(pruned)]
    remaining = [known for index, files in groups.items() if index not in pruned for known in files]
    assert size([replace(known, copies=1) for known in remaining]) <= limit
