"""The engine for stock footage, with emulators of Pexels and Pixabay: limits, failures and downloads."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import av
import pytest

from app.core.errors import ProviderBusy, ProviderClosed, ProviderRefused
from engines.base import OrderProgress
from tests.emulators.base import DROP, Reply
from tests.emulators.pexels import Pexels
from tests.emulators.pixabay import Pixabay
from tests.stock_engines import ORDER, SEARCH, engine_builder, searches, shown, submit


@pytest.fixture
def pexels():
    with Pexels() as emulator:
        yield emulator


@pytest.fixture
def pixabay():
    with Pixabay() as emulator:
        yield emulator


@pytest.fixture(params=["pexels", "pixabay"])
def library(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def engine_of(tmp_path):
    return engine_builder(tmp_path)


# -- limits and failures ---------------------------------------------------------------------------------------------


def test_requests_are_not_sent_after_the_last_one_that_remains(engine_of, library):
    library.limit = 1
    engine = engine_of(library)
    submit(engine)
    with pytest.raises(ProviderBusy, match="its limit of requests is reached") as caught:
        submit(engine, replace(ORDER, query="coffee"))
    assert 0 < caught.value.wait_s <= 3600
    assert len(searches(library)) == 1


def test_limit_that_ends_at_a_unix_time_is_waited_for(engine_of, pexels):
    pexels.limit, pexels.reset_s = 1, 30.0
    engine = engine_of(pexels)
    submit(engine)
    with pytest.raises(ProviderBusy) as caught:
        submit(engine, replace(ORDER, query="coffee"))
    assert 0 < caught.value.wait_s <= 31


def test_limit_that_ends_in_seconds_is_waited_for(engine_of, pixabay):
    pixabay.limit, pixabay.reset_s = 1, 30.0
    engine = engine_of(pixabay)
    submit(engine)
    with pytest.raises(ProviderBusy) as caught:
        submit(engine, replace(ORDER, query="coffee"))
    assert 0 < caught.value.wait_s <= 30


@pytest.mark.parametrize(("name", "pause_s"), [("pexels", 300.0), ("pixabay", 60.0)])
def test_too_many_requests_pause_the_library(request, engine_of, name, pause_s):
    library = request.getfixturevalue(name)
    library.limit = 0
    engine = engine_of(library)
    with pytest.raises(ProviderBusy, match="429") as caught:
        submit(engine)
    assert caught.value.wait_s == pause_s
    with pytest.raises(ProviderBusy, match="its limit"):
        submit(engine)
    assert len(searches(library)) == 1


def test_pause_is_as_long_as_the_library_asks(engine_of, library):
    library.fail("GET", SEARCH[library.name], Reply(429, {"error": "slow down"}, {"Retry-After": "7"}))
    with pytest.raises(ProviderBusy) as caught:
        submit(engine_of(library))
    assert caught.value.wait_s == 7


def test_limit_of_one_key_does_not_stop_another_key(engine_of, pexels):
    pexels.limit = 0
    with pytest.raises(ProviderBusy):
        submit(engine_of(pexels))
    pexels.limit, pexels.key = 10, "another-key"
    assert submit(engine_of(pexels)).id == "pexels:1002"


@pytest.mark.parametrize(
    "reply", [Reply(429), Reply(500), Reply(503), Reply(401, {"error": "Unauthorized"}), DROP, Reply(200, b"<html>")]
)
def test_other_library_is_used_if_one_fails(engine_of, pexels, pixabay, reply):
    pexels.fail("GET", SEARCH["pexels"], reply, times=5)
    assert submit(engine_of(pexels, pixabay)).id == "pixabay:1002"
    assert len(searches(pexels)) == 1


@pytest.mark.parametrize("reply", [Reply(500), Reply(503), DROP, Reply(200, b"<html>"), Reply(200, b'{"videos": [')])
def test_failure_of_the_only_library_can_be_tried_again(engine_of, library, reply):
    engine = engine_of(library)
    library.fail("GET", SEARCH[library.name], reply)
    with pytest.raises(ProviderBusy):
        submit(engine)
    assert submit(engine).id == f"{library.name}:1002"


@pytest.mark.parametrize("body", [[], {}, {"videos": None, "hits": None}, {"videos": [1], "hits": ["x"]}])
def test_reply_without_videos_has_no_result(engine_of, library, body):
    library.fail("GET", SEARCH[library.name], Reply(200, body), times=9)
    with pytest.raises(ProviderRefused, match="no stock footage"):
        submit(engine_of(library))


def test_incomplete_descriptions_are_skipped(engine_of, pexels):
    sparse = {"id": 1, "width": 1080, "height": 1920, "duration": 5, "user": None, "video_files": None}
    files = [{"link": f"{pexels.url}/results/1002/1080x1920.mp4", "width": 1080, "height": 1920, "quality": None}]
    whole = {**sparse, "id": 2, "video_files": files}
    pexels.fail("GET", SEARCH["pexels"], Reply(200, {"videos": [sparse, whole]}))
    submission = submit(engine_of(pexels))
    assert (submission.id, submission.data["author"]) == ("pexels:2", "")


def test_wrong_key_closes_the_library_and_is_not_shown(engine_of, library):
    secret = "secret-of-the-test"
    engine = engine_of(library, **{f"{library.name}_api_key": secret})
    with pytest.raises(ProviderClosed) as caught:
        submit(engine)
    assert secret not in shown(caught.value) + repr(engine)


@pytest.mark.parametrize("reply", [DROP, Reply(500), Reply(400, {"error": "bad key-of-the-emulator"}), Reply(429)])
def test_no_error_has_the_key(engine_of, library, reply):
    library.fail("GET", SEARCH[library.name], reply)
    with pytest.raises((ProviderBusy, ProviderRefused)) as caught:
        submit(engine_of(library))
    assert library.key not in shown(caught.value)


def test_rejected_parameter_is_refused_in_the_words_of_the_library(engine_of, library):
    library.fail("GET", SEARCH[library.name], Reply(400, {"error": "Invalid parameter: locale"}))
    with pytest.raises(ProviderRefused, match="Invalid parameter: locale"):
        submit(engine_of(library))


def test_search_that_can_be_made_later_is_not_refused(engine_of, pexels, pixabay):
    pexels.fail("GET", SEARCH["pexels"], Reply(503, None, {"Retry-After": "9"}), times=9)
    with pytest.raises(ProviderBusy) as caught:
        submit(engine_of(pexels, pixabay), replace(ORDER, query="A dragon"))
    assert caught.value.wait_s == 9


# -- download --------------------------------------------------------------------------------------------------------


def test_clip_is_done_at_once_and_downloaded(engine_of, library, tmp_path):
    engine = engine_of(library)
    submission = submit(engine, replace(ORDER, query="coffee beans"))
    progress = engine.poll(submission)
    assert (progress.state, progress.data, progress.cost.usd) == (OrderProgress.DONE, submission.data, 0)
    engine.fetch(submission, tmp_path / "clip.mp4")
    with av.open(str(tmp_path / "clip.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (360, 640)
        assert float(stream.duration * stream.time_base) == pytest.approx(5, abs=0.2)


def test_downloads_do_not_carry_the_key(engine_of, library, tmp_path):
    engine = engine_of(library)
    engine.fetch(submit(engine, replace(ORDER, query="coffee beans")), tmp_path / "clip.mp4")
    (call,) = library.calls_to("GET", "/results/")
    assert "Authorization" not in call.headers
    assert "key" not in call.query


def test_expired_link_is_looked_up_again(engine_of, library, tmp_path):
    engine, library.link_s = engine_of(library), -1.0
    submission = submit(engine, replace(ORDER, query="coffee beans"))
    library.link_s = 3600.0
    engine.fetch(submission, tmp_path / "clip.mp4")
    assert (tmp_path / "clip.mp4").stat().st_size > 1000
    lookup = library.calls[-2]
    assert lookup.path.endswith("/videos/videos/1014") or lookup.query["id"] == "1014"


def test_link_that_stays_expired_can_be_tried_again(engine_of, library, tmp_path):
    engine, library.link_s = engine_of(library), -1.0
    with pytest.raises(ProviderBusy, match="expired"):
        engine.fetch(submit(engine), tmp_path / "clip.mp4")


def test_removed_video_is_refused(engine_of, library, tmp_path):
    engine, library.link_s = engine_of(library), -1.0
    submission = submit(engine)
    library.clips.clear()
    with pytest.raises(ProviderRefused):
        engine.fetch(submission, tmp_path / "clip.mp4")


@pytest.mark.parametrize("reply", [Reply(500), Reply(503), DROP])
def test_failed_download_can_be_tried_again_without_a_lookup(engine_of, library, tmp_path, reply):
    engine = engine_of(library)
    submission = submit(engine, replace(ORDER, query="coffee beans"))
    library.fail("GET", "/results/", reply)
    calls = len(searches(library))
    with pytest.raises(ProviderBusy):
        engine.fetch(submission, tmp_path / "clip.mp4")
    engine.fetch(submission, tmp_path / "clip.mp4")
    assert len(searches(library)) == calls


def test_download_that_is_cut_off_can_be_tried_again(engine_of, library, tmp_path):
    engine = engine_of(library)
    submission = submit(engine, replace(ORDER, query="coffee beans"))
    library.change("GET", "/results/", cut_after=500)
    with pytest.raises(ProviderBusy):
        engine.fetch(submission, tmp_path / "clip.mp4")


def test_library_whose_key_was_removed_is_refused(engine_of, pexels, pixabay, tmp_path):
    submission = submit(engine_of(pexels))
    with pytest.raises(ProviderRefused, match="pexels has no key"):
        engine_of(pixabay).fetch(submission, tmp_path / "clip.mp4")


def test_interrupted_search_is_made_again_and_cancelling_charges_nothing(engine_of, library):
    engine = engine_of(library)
    assert engine.find(ORDER, "a-key", datetime.now(UTC)) is None
    cancellation = engine.cancel(submit(engine))
    assert (cancellation.cancelled, cancellation.charged.usd) == (True, Decimal(0))


def test_expired_pause_of_a_month_is_ignored(engine_of, pexels):
    state = {"X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": str(int(time.time()) - 60)}
    engine = engine_of(pexels)
    pexels.change("GET", SEARCH["pexels"], headers=state)
    submit(engine)
    assert submit(engine, replace(ORDER, query="coffee")).id
