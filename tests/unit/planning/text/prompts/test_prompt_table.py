"""A table of prompts in several languages: what is the topic, what is missing, what is spoken."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from app.planning.scenes.narration import narration_of
from app.planning.text.prompts.parsing import parse_prompt
from app.planning.text.spoken_text import spoken_text
from schemas.job import JobRequest

TABLE = yaml.safe_load(Path(__file__).with_name("prompts.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("prompt", "understood"), TABLE["topics"].items())
def test_topic_length_and_language_of_a_prompt_are_understood(prompt, understood):
    topic, seconds, language = understood
    parsed = parse_prompt(prompt)
    assert (parsed.topic, parsed.sentences, parsed.missing) == (topic, (), "")
    assert parsed.target_ms == (seconds and seconds * 1000)
    assert narration_of(JobRequest(prompt=prompt)).language == language


@pytest.mark.parametrize(("prompt", "understood"), TABLE["missing"].items())
def test_what_the_film_needs_and_the_prompt_lacks_is_missing(prompt, understood):
    missing, seconds, language = understood
    parsed, narration = parse_prompt(prompt), narration_of(JobRequest(prompt=prompt))
    assert (parsed.missing, parsed.sentences, narration.lines) == (missing, (), ())
    assert parsed.target_ms == (seconds and seconds * 1000)
    assert narration.language == language


@pytest.mark.parametrize("prompt", TABLE["narration"])
def test_sentences_for_the_viewer_are_spoken_word_for_word(prompt):
    parsed = parse_prompt(prompt)
    assert (" ".join(parsed.sentences), parsed.topic, parsed.missing) == (spoken_text(prompt), "", "")


def test_table_has_at_least_eighty_prompts():
    assert sum(map(len, TABLE.values())) >= 80
