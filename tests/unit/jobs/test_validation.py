"""Prompts that ask for more than they say are refused, or become films of the given media."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.core.config import settings
from app.core.errors import BadRequest, Omitted
from app.database.session import migrate
from app.jobs.validation import check_request
from app.store import factory
from schemas.brand import Brand
from schemas.job import JobRequest
from schemas.omissions import Omission, omissions_in
from schemas.scene_graph import MAX_SCENES, Scene

FACTS = " ".join(f"It rests for {hours} hours." for hours in range(2, 12))


@pytest.fixture
def picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The path of a picture that a request may name, in a home of its own."""
    monkeypatch.setenv("PYTOON_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTOON_MEDIA_ROOTS", str(tmp_path))
    _forget_settings()
    migrate()
    path = tmp_path / "a.png"
    Image.fromarray(np.full((1920, 1080, 3), 90, np.uint8)).save(path)
    yield str(path)
    monkeypatch.undo()
    _forget_settings()


def _forget_settings() -> None:
    settings.cache_clear()
    factory.storage.cache_clear()


@pytest.mark.parametrize("prompt", ["3 facts about octopuses", "Give me 3 facts about octopuses, fast and funny."])
def test_counted_list_without_its_items_is_refused_and_names_what_is_missing(prompt: str) -> None:
    with pytest.raises(BadRequest) as refused:
        check_request(JobRequest(prompt=prompt))
    assert refused.value.args[0] == "prompt"
    assert all(words in str(refused.value) for words in ("3 facts about octopuses", "script", "media", "planner: llm"))


@pytest.mark.parametrize("prompt", ["What is a black hole?", "Why do cats purr? 30 seconds.", "how to make bread"])
def test_question_without_an_answer_is_refused_and_names_what_is_missing(prompt: str) -> None:
    with pytest.raises(BadRequest) as refused:
        check_request(JobRequest(prompt=prompt))
    assert refused.value.args[0] == "prompt"
    assert all(words in str(refused.value) for words in ("has no answer", "script", "media", "planner: llm"))


def test_question_that_a_film_asks_and_does_not_answer_has_a_warning() -> None:
    warnings = check_request(JobRequest(prompt="Make a video about why cats purr")).warnings
    assert "the film asks 'why cats purr' and does not answer it: the prompt has no facts" in warnings
    answered = check_request(JobRequest(prompt="Make a video about why cats purr. They are happy.")).warnings
    assert not any("does not answer" in warning for warning in answered)


@pytest.mark.parametrize("prompt", ["30 seconds, funny, with a hook", "Turn these photos into a film"])
def test_prompt_without_a_topic_is_refused(prompt: str) -> None:
    with pytest.raises(BadRequest, match="not what it is about"):
        check_request(JobRequest(prompt=prompt))


@pytest.mark.parametrize("prompt", ["3 facts about octopuses", "What is a cat?", "Turn these photos into a film"])
def test_with_media_the_prompt_is_accepted_with_a_warning(prompt: str, picture: str) -> None:
    checked = check_request(JobRequest(prompt=prompt, media=(picture,)))
    assert any(warning.startswith("nothing is spoken") for warning in checked.warnings)


def test_media_with_a_title_are_accepted_without_a_warning(picture: str) -> None:
    assert check_request(JobRequest(title="Anna and Paul", media=(picture,))).warnings == ()


@pytest.mark.parametrize("prompt", ["A video about tea", "3 facts about sharks. They have no bones. They never sleep."])
def test_prompt_with_a_topic_or_facts_is_accepted(prompt: str) -> None:
    assert check_request(JobRequest(prompt=prompt)).request.prompt == prompt


def test_parts_of_a_script_that_are_not_spoken_are_named_in_a_warning() -> None:
    code = "\n".join(f"print({number})" for number in range(1, 40))
    script = f"Look at this.\nB-roll: a mug\n```\n{code}\n```\nCamera: forty-eight megapixels."
    warnings = check_request(JobRequest(script=script)).warnings
    omissions = omissions_in(warnings)
    assert len(omissions) == 2
    assert omissions[0].startswith("not in the film: “print(1)”: code that is long")
    assert omissions[1].startswith("not in the film: “B-roll: a mug”: descriptions of pictures are not spoken")


def test_logo_is_resolved_and_does_not_count_as_media(picture: str) -> None:
    checked = check_request(JobRequest(script="One. Two.", brand=Brand("@acme", picture)))
    assert checked.request.brand.handle == "@acme"
    assert checked.request.brand.logo == checked.files["brand.logo"].id


def test_animated_logo_is_accepted_with_a_warning_that_it_is_shown_still(picture: str) -> None:
    path = Path(picture).with_name("logo.gif")
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("white", "red")]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)
    (warning,) = omissions_in(check_request(JobRequest(script="One. Two.", brand=Brand("@a", str(path)))).warnings)
    assert warning == "not in the film: the motion of logo.gif: a logo or a picture over the picture is shown still"
    with pytest.raises(Omitted):
        check_request(JobRequest(script="One. Two.", brand=Brand("@a", str(path)), strict=True))


def test_brand_needs_a_scene_of_its_own() -> None:
    scenes = tuple(Scene(0, voice_script="One.") for _ in range(MAX_SCENES))
    with pytest.raises(BadRequest, match="brand"):
        check_request(JobRequest(scenes=scenes, brand=Brand("@acme")))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"script": "A cat sleeps."}, "no name or description"),
        ({"title": "Anna and Paul"}, "the lines of a script"),
        ({"scenes": (Scene(1, caption="A cat"),)}, "the lines of a script"),
    ],
)
def test_media_order_without_effect_is_a_warning(fields: dict[str, Any], reason: str, picture: str) -> None:
    (warning,) = check_request(JobRequest(media=(picture,), media_order="story", **fields)).warnings
    assert warning.startswith("media_order story has no effect")
    assert reason in warning


def test_media_order_of_files_with_names_has_no_warning(picture: str) -> None:
    cat = Path(picture).with_name("cat.png")
    Path(picture).rename(cat)
    assert check_request(JobRequest(script="A cat sleeps.", media=(str(cat),), media_order="story")).warnings == ()


def test_what_the_client_had_to_leave_out_is_a_warning() -> None:
    omissions = (Omission("Thumbs.db", "it is of an unknown type"),)
    warnings = check_request(JobRequest(script="One. Two.", omissions=omissions)).warnings
    assert "not in the film: Thumbs.db: it is of an unknown type" in warnings


@pytest.mark.parametrize(
    "fields",
    [
        {"script": "Look at this.\nB-roll: a mug"},
        {"script": "One. Two.", "omissions": (Omission("Thumbs.db", "it is of an unknown type"),)},
        {"prompt": f"Bread. {FACTS}", "target_duration_seconds": 5},
    ],
)
def test_strict_refuses_what_is_a_warning_otherwise(fields: dict[str, Any]) -> None:
    assert omissions_in(check_request(JobRequest(**fields)).warnings)
    with pytest.raises(Omitted, match="not in the film") as refused:
        check_request(JobRequest(strict=True, **fields))
    assert refused.value.status == 422


def test_word_that_is_too_long_is_refused_and_the_data_of_a_picture_in_the_script_are_no_word() -> None:
    data = "iVBORw0KGgoAAAANSU" * 100
    assert check_request(JobRequest(script=f"One. Two.\n\n![cup](data:image/png;base64,{data})\n\nThree."))
    with pytest.raises(BadRequest, match="script: has a word of more than 1,000 characters"):
        check_request(JobRequest(script=f"One {data} two."))


def test_refusal_of_a_strict_request_names_ten_omissions_and_counts_the_others() -> None:
    omissions = tuple(Omission(f"file{number}.db", "it is text") for number in range(12))
    with pytest.raises(Omitted) as refused:
        check_request(JobRequest(script="One. Two.", omissions=omissions, strict=True))
    assert str(refused.value).startswith("not in the film: file0.db: it is text; file1.db: it is text; ")
    assert str(refused.value).endswith("; file9.db: it is text; and 2 more")


def test_strict_accepts_a_request_that_is_whole(picture: str) -> None:
    assert check_request(JobRequest(script="One. Two.", media=(picture,), strict=True)).request.strict
