"""Errors keep their facts: in words, over Celery's wire, and through a pickle."""

from __future__ import annotations

import inspect
import json
import pickle
from typing import Any

import pytest
from celery import Celery

from app.core import errors
from app.core.errors import (
    BadMedia,
    BadRequest,
    MediaKilled,
    MediaStalled,
    MediaTooSlow,
    NotFound,
    PytoonError,
    StageFailed,
    StorageFull,
    StorageReadOnly,
)

FACTS: dict[str, Any] = {
    "argv": ["ffmpeg", "-i", "a"],
    "exit_code": 1,
    "seconds": 3.5,
    "free_bytes": 10,
    "wanted_bytes": 20,
    "can_retry": True,
    "scene_id": 3,
    "http_status": 422,
}


def every() -> list[type[PytoonError]]:
    found = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, PytoonError)]
    return [each for each in found if each is not PytoonError]


def made(kind: type[PytoonError]) -> PytoonError:
    return kind(*(FACTS.get(fact, f"the {fact}") for fact in kind.facts))


@pytest.mark.parametrize("kind", every())
def test_every_error_keeps_its_facts_by_name(kind: type[PytoonError]) -> None:
    error = made(kind)
    for fact, value in zip(kind.facts, error.args, strict=True):
        assert getattr(error, fact) == value


@pytest.mark.parametrize("kind", every())
def test_every_error_is_a_sentence_with_advice(kind: type[PytoonError]) -> None:
    plain = made(kind).as_dict()
    assert len(plain["message"]) > 3
    assert "<" not in plain["message"]
    assert len(plain["advice"]) > 3
    assert json.loads(json.dumps(plain)) == plain


@pytest.mark.parametrize("kind", every())
def test_every_error_comes_back_over_celery_as_what_it_was(kind: type[PytoonError]) -> None:
    backend = Celery("test", set_as_current=False, broker="memory://", backend="cache+memory://").backend
    error = made(kind)
    wire = json.loads(json.dumps(backend.prepare_exception(error, "json")))
    back = backend.exception_to_python(wire)
    assert type(back) is kind
    assert back.as_dict() == error.as_dict()


@pytest.mark.parametrize("kind", every())
def test_every_error_survives_a_pickle(kind: type[PytoonError]) -> None:
    error = made(kind)
    back = pickle.loads(pickle.dumps(error))
    assert (type(back), back.args, str(back)) == (kind, error.args, str(error))


def test_codes_are_stable_names_and_no_two_are_alike() -> None:
    codes = [kind.code for kind in every()]
    assert len(set(codes)) == len(codes)
    assert all(code.isidentifier() and code.islower() for code in codes)


@pytest.mark.parametrize("kind", every())
def test_a_status_fits_to_whose_fault_it_is(kind: type[PytoonError]) -> None:
    assert 400 <= kind.status < 600
    if kind.status < 500:
        assert not kind.retryable


def test_a_fact_that_is_none_of_its_own_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="colour"):
        _ = NotFound("job", "x").colour


def test_an_error_with_too_few_facts_still_speaks() -> None:
    assert str(PytoonError()) == "PytoonError"
    with pytest.raises(AttributeError):
        _ = BadRequest("field").reason


def test_bad_media_is_a_bad_request() -> None:
    assert issubclass(BadMedia, BadRequest)
    assert str(BadMedia("media.0", "the file is empty")) == "media.0: the file is empty"


def test_how_a_process_was_ended_is_said_with_its_seconds_or_its_signal() -> None:
    assert str(MediaStalled("encode", [], 60.0, "frame=1")) == "encode did nothing for 60 s and was ended: frame=1"
    assert str(MediaTooSlow("encode", [], 0.5, "frame=1")) == "encode was ended after 0.5 s: frame=1"
    assert str(MediaKilled("encode", [], "SIGKILL", "frame=1")) == "encode was ended by SIGKILL from outside: frame=1"


def test_a_disk_is_no_passing_trouble() -> None:
    for error in (StorageFull("storage", 1, 2), StorageReadOnly("storage")):
        assert (error.status, error.retryable) == (507, False)
        assert "resume" in error.advice


def test_how_a_run_failed_is_told_with_stage_and_scene() -> None:
    error = StageFailed("scene", 3, "media_error", "no picture", True, "Try again.", 1.25)
    assert str(error) == "scene, scene 3: no picture"
    assert error.as_dict() == {
        "code": "media_error",
        "message": "no picture",
        "stage": "scene",
        "scene_id": 3,
        "retryable": True,
        "advice": "Try again.",
        "spent_usd": 1.25,
    }
