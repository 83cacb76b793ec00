"""The kept results of searches, and the limits of requests of one process."""

from __future__ import annotations

import stat

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from engines.stock_footage.limits import LocalLimits, SharedLimits
from engines.stock_footage.search_cache import KEPT_S, SearchCache
from engines.stock_footage.video import StockFile, StockVideo

FILES = (StockFile("https://files.example/a.mp4", 1080, 1920),)
VIDEO = StockVideo("pexels", 7, 1080, 1920, 5, "https://page.example", "Jane", "https://jane.example", FILES)
URL = "https://api.example"


class Clock:
    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    import time

    return Clock(time.time())


@pytest.fixture
def cache(tmp_path, clock):
    return SearchCache(tmp_path / "searches", clock=clock)


def test_result_is_kept_for_a_day(cache, clock):
    cache.put(URL, {"q": "sea"}, [VIDEO])
    clock.now += KEPT_S - 1
    assert cache.get(URL, {"q": "sea"}) == (VIDEO,)
    clock.now += 2
    assert cache.get(URL, {"q": "sea"}) is None


def test_empty_result_is_kept(cache):
    cache.put(URL, {"q": "sea"}, [])
    assert cache.get(URL, {"q": "sea"}) == ()


def test_other_request_or_library_has_another_result(cache):
    cache.put(URL, {"q": "sea", "lang": "en"}, [VIDEO])
    assert cache.get(URL, {"lang": "en", "q": "sea"}) == (VIDEO,)
    assert cache.get(URL, {"q": "sea", "lang": "de"}) is None
    assert cache.get("https://other.example", {"q": "sea", "lang": "en"}) is None


def test_other_worker_with_the_same_directory_has_the_result(cache, tmp_path, clock):
    cache.put(URL, {"q": "sea"}, [VIDEO])
    assert SearchCache(tmp_path / "searches", clock=clock).get(URL, {"q": "sea"}) == (VIDEO,)


def test_damaged_document_counts_as_none(cache, tmp_path):
    cache.put(URL, {"q": "sea"}, [VIDEO])
    (path,) = (tmp_path / "searches").iterdir()
    for text in ("", "[]", '{"at": 1}', '{"at": "x", "videos": []}', path.read_text()[:-20]):
        path.write_text(text)
        assert cache.get(URL, {"q": "sea"}) is None


def test_documents_are_private(cache, tmp_path):
    cache.put(URL, {"q": "sea"}, [VIDEO])
    (path,) = (tmp_path / "searches").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_expired_documents_are_deleted(cache, tmp_path, clock):
    cache.put(URL, {"q": "sea"}, [VIDEO])
    clock.now += KEPT_S + 60
    cache.put(URL, {"q": "land"}, [VIDEO])
    assert len(list((tmp_path / "searches").iterdir())) == 1
    assert cache.get(URL, {"q": "land"}) == (VIDEO,)


def test_number_of_documents_is_limited(tmp_path, clock):
    cache = SearchCache(tmp_path, max_entries=3, clock=clock)
    for number in range(5):
        clock.now += 10
        cache.put(URL, {"q": str(number)}, [VIDEO])
    assert [number for number in range(5) if cache.get(URL, {"q": str(number)})] == [2, 3, 4]


def test_directory_that_cannot_be_written_is_no_error(tmp_path, clock):
    (tmp_path / "file").write_text("")
    cache = SearchCache(tmp_path / "file" / "searches", clock=clock)
    cache.put(URL, {"q": "sea"}, [VIDEO])
    assert cache.get(URL, {"q": "sea"}) is None


def limits_without_a_store():
    def unreachable():
        raise RedisConnectionError("no server")

    return SharedLimits(unreachable)


@pytest.fixture(params=[LocalLimits, limits_without_a_store], ids=["local", "without a result store"])
def limits(request):
    return request.param()


def test_unknown_account_does_not_wait(limits):
    assert limits.take("a") == 0


def test_as_many_requests_are_sent_as_remain(limits):
    limits.note("a", 2, 60)
    assert [limits.take("a") for _ in range(2)] == [0, 0]
    assert 0 < limits.take("a") <= 60
    assert limits.take("b") == 0


def test_pause_is_not_ended_by_an_earlier_reply(limits):
    limits.pause("a", 60)
    limits.note("a", 15_000, 3600)
    assert 0 < limits.take("a") <= 60


def test_pause_ends():
    clock = Clock(100.0)
    limits = LocalLimits(clock)
    limits.pause("a", 60)
    assert limits.take("a") == 60
    clock.now += 60
    assert limits.take("a") == 0
    limits.note("a", 5, 10)
    assert limits.take("a") == 0
