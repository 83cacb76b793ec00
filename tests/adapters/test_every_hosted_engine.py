"""Rules for every hosted engine, with the emulator of its provider; a new file in ``tests/emulators`` is found."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import replace
from itertools import product

import pytest

from app.core.errors import ProviderClosed, ProviderRefused
from engines.base import Cancellation, HostedEngine, OrderProgress
from schemas.engine import PRICE_UNITS, PROMPT_UNITS, CapabilitiesSchema
from tests.adapters.hosted import ENDED, decoded, of_those_that, order_of, unknown

# -- models and prices ---------------------------------------------------------------------------------------------


def test_engine_has_the_protocol_and_its_name(provider):
    assert isinstance(provider.engine, HostedEngine)
    assert provider.engine.name == provider.emulator.engine
    assert provider.engine.poll_s >= 0
    assert isinstance(provider.engine.finds_orders, bool)


def test_capabilities_survive_their_contract(provider):
    capabilities = provider.engine.capabilities
    assert capabilities.models
    assert CapabilitiesSchema.read(json.loads(json.dumps(CapabilitiesSchema.plain(capabilities)))) == capabilities


def test_models_are_consistent(provider):
    models = provider.engine.capabilities.models
    assert len({model.id for model in models}) == len({model.name for model in models}) == len(models)
    for model in models:
        assert re.fullmatch(r"[a-z0-9][a-z0-9_.-]*", model.name), model.name
        assert model.from_text or model.from_image, model.name
        assert model.from_image or not model.takes_last_image, model.name
        assert list(model.seconds) == sorted(set(model.seconds)), model.name
        assert all(seconds > 0 for seconds in model.seconds), model.name
        assert all(re.fullmatch(r"[1-9]\d*:[1-9]\d*", aspect) for aspect in model.aspects), model.name
        assert len(model.shorter_side_px) == len(model.resolutions), model.name
        assert list(model.shorter_side_px) == sorted(set(model.shorter_side_px)), model.name
        assert model.prompt_limit >= 0, model.name
        assert model.prompt_unit in PROMPT_UNITS, model.name


def test_media_and_longest_clip_are_those_of_the_models(provider):
    capabilities = provider.engine.capabilities
    assert ("image" in capabilities.media) == any(model.from_image for model in capabilities.models)
    if any(not model.seconds for model in capabilities.models):
        assert capabilities.max_seconds is None or capabilities.max_seconds > 0
    else:
        assert capabilities.max_seconds == max(max(model.seconds) for model in capabilities.models)


def test_every_clip_of_a_model_that_costs_money_has_a_price(provider):
    models = provider.engine.capabilities.models
    assert provider.engine.capabilities.costs_money == any(model.prices for model in models)
    for model in models:
        for resolution, seconds in product(model.resolutions or (None,), model.seconds or (None,)):
            fits = [
                price
                for price in model.prices
                if price.resolution in (None, resolution) and price.seconds in (None, seconds)
            ]
            assert fits or not model.prices, (model.name, resolution, seconds)


def test_prices_are_consistent(provider):
    for model in provider.engine.capabilities.models:
        for price in model.prices:
            assert price.usd > 0, model.name
            assert price.max_usd is None or price.max_usd >= price.usd, model.name
            assert price.per in PRICE_UNITS, model.name
            assert price.source, model.name
            assert price.resolution is None or price.resolution in model.resolutions, model.name
            assert price.seconds is None or price.seconds in model.seconds, model.name
            assert (price.unit == "USD") == (price.units is None), model.name


# -- orders --------------------------------------------------------------------------------------------------------


def test_clip_of_every_model_decodes_and_has_the_ordered_shape_and_length(provider):
    for model in provider.engine.capabilities.models:
        for aspect in {model.aspects[0], model.aspects[-1]} if model.aspects else {""}:
            order = order_of(model, **({"aspect": aspect} if aspect else {}))
            film = decoded(provider.fetch(provider.done(order)))
            across, down = (int(side) for side in order.aspect.split(":"))
            if model.aspects or model.from_image:
                assert film.width / film.height == pytest.approx(across / down, rel=0.03), model.name
            if model.seconds:
                assert film.seconds == pytest.approx(order.seconds, abs=0.2), model.name


def test_longest_clip_and_largest_resolution_of_every_model_are_accepted(provider):
    for model in provider.engine.capabilities.models:
        changes = {"seconds": model.seconds[-1]} if model.seconds else {}
        changes |= {"resolution": model.resolutions[-1]} if model.resolutions else {}
        assert provider.submit(order_of(model, **changes)).id


def test_model_that_takes_text_and_pictures_accepts_both(provider):
    for model in provider.engine.capabilities.models:
        if model.from_text and model.from_image:
            assert provider.submit(order_of(model, image="assets/a1/picture.jpg")).id
        if model.takes_last_image:
            assert provider.submit(order_of(model, image="assets/a1/picture.png", last_image="assets/a2/last.png")).id


def test_longest_prompt_is_accepted(provider):
    for model in provider.engine.capabilities.models:
        if model.prompt_limit and model.prompt_unit == "characters":
            assert provider.submit(order_of(model, prompt="kite " * (model.prompt_limit // 5))).id


@of_those_that("pays")
def test_order_is_accepted_once_and_its_id_is_returned(provider):
    submission = provider.submit()
    assert provider.job.id in submission.id
    assert len(provider.emulator.calls_to(*provider.emulator.submits)) == 1


def test_submission_is_json_without_the_key(provider):
    submission = provider.submit()
    assert json.loads(json.dumps(submission.data)) == submission.data
    assert provider.emulator.key not in json.dumps(submission.data)
    done = provider.polled(submission)
    assert json.loads(json.dumps(done.data)) == done.data


@of_those_that("pays")
def test_order_of_a_model_that_is_no_longer_known_is_refused(provider):
    with pytest.raises(ProviderRefused):
        provider.submit(replace(order_of(provider.model), model="gone"))
    assert not provider.emulator.jobs


@of_those_that("pays")
def test_second_order_with_the_same_key_is_accepted_only_if_the_provider_does_not_know_keys(provider):
    first, second = (provider.submit(key="key-of-the-order") for _ in range(2))
    assert len(provider.emulator.jobs) == (1 if provider.emulator.idempotent else 2)
    assert first.id == second.id or not provider.emulator.idempotent
    assert provider.submit(key="another-key-of-an-order").id not in (first.id, second.id)


def test_threads_that_submit_at_the_same_time_do_not_disturb_each_other(provider):
    model, ids, errors = provider.model, {}, []
    prompts = [f"Kite number {number} over the sea" for number in range(6)]

    def work(own):
        try:
            for prompt in own:
                order = order_of(model, prompt=prompt if model.prompt_limit else "")
                ids[prompt] = provider.submit(order, key=prompt).id
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            errors.append(error)

    provider.submit(key="first")
    threads = [threading.Thread(target=work, args=(prompts[start::2],)) for start in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(ids) == 6
    if provider.emulator.pays and model.prompt_limit:
        assert len(provider.emulator.jobs) == 7
        requests = {job.id: str(job.request) for job in provider.emulator.jobs.values()}
        assert all(any(job in ids[prompt] and prompt in text for job, text in requests.items()) for prompt in prompts)


# -- progress ------------------------------------------------------------------------------------------------------


@of_those_that("waits")
def test_order_waits_or_runs_until_it_has_ended(provider):
    provider.emulator.hold()
    submission = provider.submit()
    now = provider.engine.poll(submission)
    assert now.state in (OrderProgress.WAITING, OrderProgress.RUNNING)
    assert now.share is None or 0 <= now.share <= 1
    stored = submission if now.data is None else replace(submission, data=now.data)
    provider.emulator.finish(provider.job)
    assert decoded(provider.fetch(provider.polled(stored)))


@of_those_that("waits", "queues")
def test_throttled_order_waits(provider):
    provider.emulator.hold()
    provider.emulator.throttled = True
    assert provider.engine.poll(provider.submit()).state == OrderProgress.WAITING


@of_those_that("fails")
def test_failed_order_has_a_reason(provider):
    provider.emulator.hold()
    submission = provider.submit()
    provider.emulator.finish(provider.job, "internal_error")
    ended = provider.ended(submission)
    assert ended.state == OrderProgress.FAILED
    assert ended.reason


@of_those_that("moderates")
def test_prompt_that_moderation_refuses_is_not_tried_again(provider):
    order = order_of(provider.model, prompt="a forbidden scene")
    try:
        ended = provider.ended(provider.submit(order))
    except ProviderRefused as refused:
        assert not isinstance(refused, ProviderClosed)
    else:
        assert ended.state == OrderProgress.FAILED
        assert ended.reason
        assert not ended.can_retry


# -- cancellation --------------------------------------------------------------------------------------------------


@of_those_that("waits")
def test_waiting_order_is_cancelled_or_the_engine_says_that_it_is_not(provider):
    provider.emulator.hold()
    provider.emulator.throttled = True
    submission = provider.submit()
    result = provider.engine.cancel(submission)
    assert isinstance(result, Cancellation)
    assert result.cancelled or result.reason
    if result.cancelled:
        assert provider.engine.poll(submission).state in ENDED


def test_cancellation_of_an_order_that_has_ended_is_no_error(provider):
    assert isinstance(provider.engine.cancel(provider.done()), Cancellation)


def test_cancellation_of_an_unknown_order_is_no_error(provider):
    assert isinstance(provider.engine.cancel(unknown(provider.submit())), Cancellation)
