"""The engine for stock footage, with emulators of Pexels and Pixabay: its requests and its choice."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.core.config import Settings
from app.core.errors import ProviderRefused, Unconfigured
from engines.adapters.stock import build
from engines.base import HostedEngine
from tests.emulators.pexels import Pexels
from tests.emulators.pixabay import Pixabay
from tests.stock_engines import ORDER, engine_builder, searches, submit


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


# -- configuration ---------------------------------------------------------------------------------------------------


def test_engine_without_keys_is_not_configured():
    with pytest.raises(Unconfigured, match="PYTOON_PEXELS_API_KEY or PYTOON_PIXABAY_API_KEY"):
        build(Settings())


def test_engine_is_a_hosted_engine_that_costs_nothing(engine_of, library):
    engine = engine_of(library)
    assert isinstance(engine, HostedEngine)
    capabilities = engine.capabilities
    assert (engine.name, capabilities.media, engine.finds_orders) == ("stock", ("stock",), True)
    assert (capabilities.generates, capabilities.needs_network, capabilities.costs_money) == (False, True, False)
    assert all(model.prices == () and model.prompt_limit == 0 for model in capabilities.models)


# -- the wire --------------------------------------------------------------------------------------------------------


def test_pexels_is_searched_as_it_documents(engine_of, pexels):
    submit(engine_of(pexels))
    call = searches(pexels)[-1]
    assert call.path == "/v1/videos/search"
    assert call.headers["Authorization"] == pexels.key
    assert call.query == {
        "query": "waves ocean",
        "orientation": "portrait",
        "size": "medium",
        "locale": "en-US",
        "per_page": "80",
    }


def test_old_path_of_pexels_can_be_configured(engine_of, pexels):
    submit(engine_of(pexels, pexels_url=pexels.url))
    assert searches(pexels)[-1].path == "/videos/search"


@pytest.mark.parametrize(
    ("width", "height", "size", "orientation"),
    [
        (1920, 1080, "medium", "landscape"),
        (2160, 3840, "large", "portrait"),
        (720, 1280, "small", "portrait"),
        (1080, 1080, "medium", None),
        (360, 640, None, "portrait"),
    ],
)
def test_pexels_is_asked_for_the_size_and_orientation_of_the_film(engine_of, pexels, width, height, size, orientation):
    submit(engine_of(pexels), replace(ORDER, query="ocean", width=width, height=height))
    query = searches(pexels)[-1].query
    assert (query.get("size"), query.get("orientation")) == (size, orientation)


def test_pixabay_is_searched_as_it_documents(engine_of, pixabay):
    submit(engine_of(pixabay))
    call = searches(pixabay)[-1]
    assert "Authorization" not in call.headers
    assert call.query == {
        "key": pixabay.key,
        "q": "waves ocean",
        "lang": "en",
        "video_type": "film",
        "safesearch": "true",
        "per_page": "200",
    }


def test_query_of_pixabay_is_cut_after_a_word(engine_of, pixabay):
    words = [f"{'abcdefghij'[n] * 30}" for n in range(5)]
    with pytest.raises(ProviderRefused):
        submit(engine_of(pixabay), replace(ORDER, query=" ".join(words)))
    assert searches(pixabay)[0].query["q"] == " ".join(words[:3])


def test_language_of_the_query_is_sent(engine_of, pexels, pixabay):
    order = replace(ORDER, query="Ein Wal taucht im Ozean auf und atmet")
    with pytest.raises(ProviderRefused):
        submit(engine_of(pexels, pixabay), order)
    assert searches(pexels)[0].query["locale"] == "de-DE"
    assert searches(pixabay)[0].query["lang"] == "de"


def test_prompt_is_searched_if_there_is_no_query(engine_of, library):
    assert submit(engine_of(library), replace(ORDER, query="", prompt="Waves of the ocean")).id


# -- the choice ------------------------------------------------------------------------------------------------------


def test_submission_has_everything_for_download_and_credit(engine_of, pexels):
    submission = submit(engine_of(pexels))
    link = submission.data.pop("link")
    assert link.startswith(f"{pexels.url}/results/1002/1080x1920.mp4")
    assert submission.id == "pexels:1002"
    assert submission.cost.usd == Decimal(0)
    author, page = "https://www.pexels.com/@ana", "https://www.pexels.com/video/1002/"
    assert submission.data == {
        "width": 1080,
        "height": 1920,
        "seconds": 12,
        "provider": "pexels",
        "page_url": page,
        "author": "Ana Lopez",
        "author_url": author,
        "licence": "Pexels License, https://www.pexels.com/license/",
        "credit": {"provider": "pexels", "author": "Ana Lopez", "author_url": author, "page_url": page},
    }


def test_credit_of_pixabay_links_to_the_author(engine_of, pixabay):
    data = submit(engine_of(pixabay)).data
    assert data["credit"] == {
        "provider": "pixabay",
        "author": "Ana",
        "author_url": "https://pixabay.com/users/Ana-88/",
        "page_url": "https://pixabay.com/videos/id-1002/",
    }
    assert data["licence"].startswith("Pixabay Content License")


def test_nearest_length_with_the_orientation_of_the_film_is_chosen(engine_of, library):
    engine = engine_of(library)
    portrait, landscape = replace(ORDER, query="ocean", seconds=13), replace(ORDER, query="ocean", seconds=7)
    assert submit(engine, portrait).id == f"{library.name}:1005"
    assert submit(engine, replace(landscape, width=1920, height=1080)).id == f"{library.name}:1004"


def test_file_is_the_smallest_with_the_pixels_of_the_film(engine_of, library):
    engine, order = engine_of(library), replace(ORDER, query="ocean fish")
    files = [submit(engine, replace(order, width=w, height=h)).data for w, h in [(1080, 1920), (360, 640)]]
    assert [(file["width"], file["height"]) for file in files] == [(1080, 1920), (360, 640)]


def test_playlists_are_never_chosen(engine_of, pexels):
    clip = pexels.clips[1003]
    pexels.clips = {1003: replace(clip, width=200, height=100), 1002: pexels.clips[1002]}
    engine = engine_of(pexels)
    with pytest.raises(ProviderRefused):
        submit(engine, replace(ORDER, query="fish", width=100, height=60))
    assert ".m3u8" not in submit(engine).data["link"]


def test_empty_address_of_the_largest_file_is_skipped(engine_of, pixabay):
    order = replace(ORDER, query="ocean", width=2160, height=3840, seconds=12)
    data = submit(engine_of(pixabay), replace(order, taken=("pixabay:1003",))).data
    assert (data["width"], data["height"]) == (1080, 1920)


def test_clips_of_the_film_are_not_chosen_again(engine_of, library):
    engine, order, taken = engine_of(library), replace(ORDER, query="coffee", seconds=3), ()
    for _ in range(3):
        taken += (submit(engine, replace(order, taken=taken)).id,)
    assert sorted(taken) == [f"{library.name}:{number}" for number in (1013, 1014, 1016)]
    with pytest.raises(ProviderRefused, match="no stock footage for 'coffee'"):
        submit(engine, replace(order, taken=taken))


def test_equal_orders_have_equal_choices_and_the_seed_chooses_among_equals(engine_of, library):
    order = replace(ORDER, query="people", seconds=6)
    engine = engine_of(library)
    chosen = [submit(engine_of(library), replace(order, seed=seed)).id for seed in range(4)]
    assert chosen == [submit(engine, replace(order, seed=seed)).id for seed in range(4)]
    assert chosen[:2] == chosen[2:]
    assert len(set(chosen)) == 2


def test_more_general_query_is_searched_if_the_specific_one_has_no_result(engine_of, library):
    submission = submit(engine_of(library), replace(ORDER, query="A macro of a bee in Kyoto"))
    assert submission.id == f"{library.name}:1027"
    words = [call.query.get("query") or call.query["q"] for call in searches(library)]
    assert words == ["macro bee kyoto", "macro bee"]


def test_no_result_is_refused_with_the_text(engine_of, pexels, pixabay):
    with pytest.raises(ProviderRefused, match="stock: no stock footage for 'A dragon'"):
        submit(engine_of(pexels, pixabay), replace(ORDER, query="A dragon"))
    assert len(searches(pexels)) == len(searches(pixabay)) == 1


def test_order_without_text_is_refused_without_a_request(engine_of, library):
    with pytest.raises(ProviderRefused, match="no text"):
        submit(engine_of(library), replace(ORDER, query=""))
    assert library.calls == []


def test_second_library_is_searched_before_the_query_becomes_more_general(engine_of, pexels, pixabay):
    del pexels.clips[1024]
    assert submit(engine_of(pexels, pixabay), replace(ORDER, query="A dog running in slow motion")).id == "pixabay:1024"
    assert len(searches(pexels)) == 1


# -- kept results ----------------------------------------------------------------------------------------------------


def test_search_is_made_once_by_all_workers(engine_of, library, tmp_path):
    first = submit(engine_of(library, home=tmp_path))
    assert submit(engine_of(library, home=tmp_path)) == first
    assert submit(engine_of(library, home=tmp_path), replace(ORDER, taken=(first.id,))).id != first.id
    assert len(searches(library)) == 1


def test_searches_of_films_of_other_shapes_are_not_mixed_up(engine_of, library):
    engine, wide = engine_of(library), replace(ORDER, query="ocean", width=1920, height=1080)
    assert {submit(engine, replace(ORDER, query="ocean")).id, submit(engine, wide).id} == {
        f"{library.name}:1003",
        f"{library.name}:1001",
    }


def test_files_of_the_searches_are_private_and_have_no_key(engine_of, library, tmp_path):
    submit(engine_of(library, home=tmp_path))
    (document,) = (tmp_path / "stock-searches").iterdir()
    assert library.key not in document.read_text()
    assert document.stat().st_mode & 0o077 == 0
