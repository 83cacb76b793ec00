"""Errors keep their facts: in messages, through Celery's serialisation, and through pickle."""

from __future__ import annotations

import inspect
import json
import pickle
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import pytest
from celery import Celery
from kombu.utils import json as celery_json

from app.core import errors
from app.core.errors import (
    BadMedia,
    BadRequest,
    MediaError,
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
    "limit_usd": Decimal("5"),
    "held_usd": Decimal("4.8"),
    "wanted_usd": Decimal("0.36"),
}


def error_classes() -> list[type[PytoonError]]:
    classes = [member for _, member in inspect.getmembers(errors, inspect.isclass)]
    return [member for member in classes if issubclass(member, PytoonError) and member is not PytoonError]


def error_of(error_class: type[PytoonError]) -> PytoonError:
    return error_class(*(FACTS.get(fact, f"the {fact}") for fact in error_class.facts))


@pytest.mark.parametrize("error_class", error_classes())
def test_facts_of_an_error_are_attributes(error_class: type[PytoonError]) -> None:
    error = error_of(error_class)
    for fact, value in zip(error_class.facts, error.args, strict=True):
        assert getattr(error, fact) == value


@pytest.mark.parametrize("error_class", error_classes())
def test_error_body_has_a_message_and_advice_and_is_json(error_class: type[PytoonError]) -> None:
    body = error_of(error_class).as_dict()
    assert len(body["message"]) > 3
    assert "<" not in body["message"]
    assert len(body["advice"]) > 3
    assert json.loads(json.dumps(body)) == body


@pytest.mark.parametrize("error_class", error_classes())
def test_error_keeps_class_and_facts_through_celery_serialisation(error_class: type[PytoonError]) -> None:
    backend = Celery("test", set_as_current=False, broker="memory://", backend="cache+memory://").backend
    error = error_of(error_class)
    stored = celery_json.loads(celery_json.dumps(backend.prepare_exception(error, "json")))
    loaded = backend.exception_to_python(stored)
    assert type(loaded) is error_class
    assert loaded.as_dict() == error.as_dict()


@pytest.mark.parametrize("error_class", error_classes())
def test_error_keeps_class_and_facts_through_pickle(error_class: type[PytoonError]) -> None:
    error = error_of(error_class)
    loaded = pickle.loads(pickle.dumps(error))
    assert (type(loaded), loaded.args, str(loaded)) == (error_class, error.args, str(error))


def test_error_codes_are_unique_lower_case_identifiers() -> None:
    codes = [error_class.code for error_class in error_classes()]
    assert len(set(codes)) == len(codes)
    assert all(code.isidentifier() and code.islower() for code in codes)


@pytest.mark.parametrize("error_class", error_classes())
def test_status_is_an_http_error_and_client_errors_are_not_retryable(error_class: type[PytoonError]) -> None:
    assert 400 <= error_class.status < 600
    if error_class.status < 500 and error_class.status != HTTPStatus.REQUEST_TIMEOUT:
        assert not error_class.retryable


def test_unknown_attribute_raises_attribute_error() -> None:
    with pytest.raises(AttributeError, match="colour"):
        _ = NotFound("job", "x").colour


def test_error_without_facts_has_its_class_name_as_message() -> None:
    assert str(PytoonError()) == "PytoonError"
    with pytest.raises(AttributeError):
        _ = BadRequest("field").reason


def test_bad_media_is_a_bad_request() -> None:
    assert issubclass(BadMedia, BadRequest)
    assert str(BadMedia("media.0", "the file is empty")) == "media.0: the file is empty"


def test_message_of_a_media_error_has_the_exit_code_unless_it_is_zero() -> None:
    assert str(MediaError("encode", [], 8, "frame=1")) == "encode failed with exit code 8: frame=1"
    assert str(MediaError("join", [], 0, "there is nothing to join")) == "join failed: there is nothing to join"


def test_message_of_a_stopped_process_has_the_seconds_or_the_signal() -> None:
    assert (
        str(MediaStalled("encode", [], 60.0, "frame=1")) == "encode made no progress for 60 s and was stopped: frame=1"
    )
    assert (
        str(MediaTooSlow("encode", [], 0.5, "frame=1"))
        == "encode exceeded its time limit of 0.5 s and was stopped: frame=1"
    )
    assert str(MediaKilled("encode", [], "SIGKILL", "frame=1")) == "encode was killed from outside by SIGKILL: frame=1"


def test_disk_errors_are_not_retryable_and_advise_to_resume() -> None:
    for error in (StorageFull("storage", 1, 2), StorageReadOnly("storage")):
        assert (error.status, error.retryable) == (507, False)
        assert "resume" in error.advice


def test_failure_of_a_run_has_the_stage_and_the_scene() -> None:
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
