"""What goes when there is too much: the least recently used first, nothing needed, each file counted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.store.base import Piece
from app.store.retention.limits import Tally, evicted, needs, outgrown, own, size, texts, without

A, B = "a" * 64, "b" * 64


def piece(key: str, count: int = 10, used_s: float = 0.0, inode: int = 0, names: int = 1) -> Piece:
    return Piece(key, count, used_s, inode or hash(key), names)


def keys(pieces: Sequence[Piece]) -> list[str]:
    return [each.key for each in pieces]


# -- what is needed --------------------------------------------------------------------------------------------------


def test_every_string_of_json_is_found_wherever_it_stands() -> None:
    plain = {"a": ["b", {"c": None, "d": 1.5}], "e": {"f": [["g"]]}}
    assert sorted(texts(plain)) == list("abcdefg")


def test_a_key_is_needed_where_it_is_named_and_so_is_what_was_made_with_it() -> None:
    found = needs([f"cache/plate/aa/{A}.npy", "assets/ab/ast_x.jpg", "runs/r/a.json", "cache", "see cache/x"])
    assert found.keys == {f"cache/plate/aa/{A}.npy", "assets/ab/ast_x.jpg"}
    assert f"cache/motion/aa/{A}.json" in found
    assert f"cache/plate/bb/{B}.npy" not in found


def test_an_identity_that_is_named_is_needed_whatever_was_made_with_it() -> None:
    found = needs([B, "no identity", "c" * 63])
    assert f"cache/measured/bb/{B}.json" in found
    assert f"cache/clip/cc/{'c' * 63}.json" not in found


# -- what it costs ---------------------------------------------------------------------------------------------------


def test_a_file_with_several_names_is_counted_once() -> None:
    pieces = [piece("cache/a", 10, inode=1, names=3), piece("runs/a", 10, inode=1, names=3), piece("cache/b", 5)]
    assert size(pieces) == 15


def test_what_has_a_name_elsewhere_is_not_ones_own() -> None:
    pieces = [
        piece("cache/a", inode=1, names=2),
        piece("cache/b", inode=2, names=2),
        piece("cache/c", inode=2, names=2),
    ]
    assert [keys(names) for names in own(pieces)] == [["cache/b", "cache/c"]]
    assert len(own(pieces, [piece("runs/a", inode=1)])) == 2


def test_bytes_are_free_when_the_last_name_is_gone() -> None:
    tally = Tally()
    tally.add("runs", [piece("runs/a", 10, inode=1, names=2)])
    assert tally.bytes["runs"] == 0
    tally.add("cache", [piece("cache/a", 10, inode=1, names=2)])
    assert (tally.files, tally.bytes["cache"]) == ({"runs": 1, "cache": 1}, 10)


def test_what_is_left_has_fewer_names() -> None:
    pieces = [piece("cache/a", inode=1, names=2), piece("cache/b"), piece("cache/c")]
    left = without(pieces, [piece("runs/a", inode=1, names=2), piece("cache/b")])
    assert [(each.key, each.names) for each in left] == [("cache/a", 1), ("cache/c", 1)]


# -- what goes -------------------------------------------------------------------------------------------------------


def test_the_least_recently_used_goes_first_and_no_more_than_has_to() -> None:
    pieces = [piece("cache/new", used_s=3), piece("cache/old", used_s=1), piece("cache/mid", used_s=2)]
    assert keys(evicted(pieces, 30, lambda _: False)) == []
    assert keys(evicted(pieces, 29, lambda _: False)) == ["cache/old"]
    assert keys(evicted(pieces, 10, lambda _: False)) == ["cache/old", "cache/mid"]


def test_what_is_kept_is_passed_over() -> None:
    pieces = [piece("cache/old", used_s=1), piece("cache/mid", used_s=2), piece("cache/new", used_s=3)]
    assert keys(evicted(pieces, 10, lambda each: each.key == "cache/old")) == ["cache/mid", "cache/new"]


FILES = st.lists(
    st.tuples(st.integers(0, 100), st.integers(0, 50), st.booleans(), st.integers(1, 3), st.integers(0, 1)), max_size=30
)


@given(FILES, st.integers(0, 1500))
def test_whatever_the_sizes_and_ages_nothing_needed_goes_and_the_limit_holds_unless_only_that_is_left(
    files: list[tuple[int, int, bool, int, int]], limit: int
) -> None:
    pieces, needed = [], set()
    for inode, (count, used_s, is_needed, names, elsewhere) in enumerate(files, 1):
        made = [piece(f"cache/{inode}/{n}", count, used_s, inode, names + elsewhere) for n in range(names)]
        pieces += made
        needed |= {made[0].key} if is_needed else set()
    gone = evicted(pieces, limit, lambda each: each.key in needed)
    assert needed.isdisjoint(keys(gone))
    assert len(set(keys(gone))) == len(gone)
    left = own(without(pieces, gone))
    over = sum(names[0].bytes for names in left) > limit
    assert not over or all(names[0].bytes == 0 or needed & set(keys(names)) for names in left)
    oldest_left = min((n[0].used_s for n in left if n[0].bytes and not needed & set(keys(n))), default=float("inf"))
    assert all(each.used_s <= oldest_left for each in gone)


def test_the_first_folders_go_until_the_rest_fits() -> None:
    folders = {name: [piece(f"runs/{name}/film", 10)] for name in "abc"}
    assert outgrown(folders, [], 30) == []
    assert outgrown(folders, [], 20) == ["a"]
    assert outgrown(folders, [], 0) == ["a", "b", "c"]


def test_what_folders_share_is_counted_once_and_goes_with_the_last() -> None:
    folders = {name: [piece(f"runs/{name}/scene", 10, inode=1, names=3)] for name in "abc"}
    assert outgrown(folders, [], 10) == []
    assert outgrown(folders, [], 9) == ["a", "b", "c"]


def test_what_lies_in_the_cache_too_is_the_folders_and_what_lies_elsewhere_is_not() -> None:
    folders = {"a": [piece("runs/a/film", 10, inode=1, names=2)]}
    assert outgrown(folders, [piece("cache/film", 10, inode=1, names=2)], 5) == ["a"]
    assert outgrown(folders, [], 5) == []


@given(st.lists(st.lists(st.integers(1, 8), max_size=5), max_size=8), st.integers(0, 40))
def test_whatever_folders_share_what_is_left_fits(inodes: list[list[int]], limit: int) -> None:
    names = Counter(inode for folder in inodes for inode in set(folder))
    folders = {
        place: [piece(f"runs/{place}/{inode}", inode, 0, inode, names[inode]) for inode in set(folder)]
        for place, folder in enumerate(inodes)
    }
    gone = outgrown(folders, [], limit)
    assert gone == list(folders)[: len(gone)]
    rest = [each for place, pieces in folders.items() if place not in gone for each in pieces]
    assert size([replace(each, names=1) for each in rest]) <= limit
