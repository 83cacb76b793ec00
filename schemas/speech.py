"""Spoken words: what the voice really said and when."""

from __future__ import annotations

from dataclasses import dataclass, field

from marshmallow import fields, validate

from schemas.contract import Contract, Items

METHODS = ("voice", "hama", "pocketsphinx", "whisper", "proportional", "text")


@dataclass(frozen=True, slots=True)
class Word:
    """One written word and when it sounds; half-open."""

    text: str
    start_ms: int
    end_ms: int


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
