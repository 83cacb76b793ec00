"""Spoken words: what the voice really said and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from marshmallow import fields, post_dump, validate

from schemas.contract import Contract, Items
from schemas.text_width import gap

METHODS = ("voice", "hama", "pocketsphinx", "whisper", "proportional", "text")


@dataclass(frozen=True, slots=True)
class Word:
    """One written word, or a part of one, and when it sounds; half-open.

    ``tight``: no space was written before it, because it continues the word before it.
    """

    text: str
    start_ms: int
    end_ms: int
    tight: bool = False


def text_of(words: Sequence[Word]) -> str:
    """Return the words of a line as one text, with the spaces that were written and no others."""
    return "".join(gap_before(words, index) + word.text for index, word in enumerate(words))


def gap_before(words: Sequence[Word], index: int) -> str:
    """Return what stands before the word at ``index`` of a line."""
    return "" if index == 0 or words[index].tight else gap(words[index - 1].text, words[index].text)


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """One scene's narration. ``key`` is the storage key of its mono WAV; word times count from the line's start.

    ``voice`` is who spoke and ``voice_id`` which of its voices was asked for, ``None`` for its own choice.
    ``method`` says where the word times come from, ``confidence`` (0 … 1) how far they may be trusted.
    """

    scene_id: int
    text: str
    key: str
    length_ms: int
    words: tuple[Word, ...]
    voice: str
    method: str = "voice"
    confidence: float = 1.0
    voice_id: str | None = None


@dataclass(frozen=True, slots=True)
class Speech:
    """The narration of a film; no lines when there is no voice.

    ``made`` are the scenes whose lines were spoken for it and not found in the store.
    """

    language: str
    lines: tuple[SpokenLine, ...] = ()
    warnings: tuple[str, ...] = ()
    made: tuple[int, ...] = field(default=(), compare=False)

    def line(self, scene_id: int) -> SpokenLine | None:
        return next((line for line in self.lines if line.scene_id == scene_id), None)


class WordSchema(Contract[Word]):
    makes = Word
    text = fields.Str(required=True)
    start_ms = fields.Int(required=True)
    end_ms = fields.Int(required=True)
    tight = fields.Bool()

    @post_dump
    def _drop_default(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        # Most words are not tight. Left out, they have the identity that they had before the field existed.
        return {name: value for name, value in data.items() if name != "tight" or value}


class SpokenLineSchema(Contract[SpokenLine]):
    makes = SpokenLine
    scene_id = fields.Int(required=True)
    text = fields.Str(required=True)
    key = fields.Str(required=True)
    length_ms = fields.Int(required=True, validate=validate.Range(0))
    words = Items(fields.Nested(WordSchema), required=True)
    voice = fields.Str(required=True)
    method = fields.Str(validate=validate.OneOf(METHODS))
    confidence = fields.Float(validate=validate.Range(0, 1))
    voice_id = fields.Str(allow_none=True)


class SpeechSchema(Contract[Speech]):
    makes = Speech
    language = fields.Str(required=True)
    lines = Items(fields.Nested(SpokenLineSchema))
    warnings = Items(fields.Str())
    made = Items(fields.Int())
