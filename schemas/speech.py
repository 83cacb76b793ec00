"""Speech: the spoken lines of a film with the time of each word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from marshmallow import validate

from schemas import fields
from schemas.contract import Contract, Items, Plain
from schemas.fields import doc
from schemas.text_width import gap, line_gap

# Sources of word times, the most exact first.
METHODS = ("voice", "hama", "pocketsphinx", "whisper", "proportional", "text")


@dataclass(frozen=True, slots=True)
class Word:
    """A written word, or a part of one, that sounds during ``[start_ms, end_ms)``."""

    text: str
    start_ms: int
    end_ms: int
    tight: bool | None = None
    key: bool = False


def text_of(words: Sequence[Word]) -> str:
    """Return the words of a line as one text, with the spaces as they were written."""
    return "".join(gap_before(words, index) + word.text for index, word in enumerate(words))


def gap_before(words: Sequence[Word], index: int) -> str:
    """Return the text between the word at ``index`` of a line and the word before it: a space or nothing."""
    if index == 0 or words[index].tight:
        return ""
    return " " if words[index].tight is False else gap(words[index - 1].text, words[index].text)


def with_written_spaces(words: Sequence[Word], text: str) -> tuple[Word, ...]:
    """Return ``words`` with ``tight`` set according to ``text``, in which they occur in this order.

    A line break counts as a space only if ``line_gap`` puts one there. A word that ``text`` does not contain is
    unchanged.
    """
    result: list[Word] = []
    end = 0
    for word in words:
        start = text.find(word.text, end)
        between = text[end:start]
        is_known = start >= 0 and not between.strip()
        if is_known and between and result:
            is_space = "\n" not in between or bool(line_gap(text[:end], text[start:].split("\n", 1)[0]))
            is_default = bool(gap(result[-1].text, word.text)) == is_space
            result.append(word if is_default else replace(word, tight=not is_space))
        else:
            result.append(word)
        end = start + len(word.text) if is_known else end
    return tuple(result)


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """The spoken line of one scene.

    ``key`` is the storage key of its mono WAV file, ``length_ms`` long; word times count from the start of the file.
    ``voice`` is the name of the voice adapter that spoke and ``voice_id`` the requested one of its voices, ``None`` for
    its default. ``method`` (one of ``METHODS``) is the source of the word times and ``confidence`` (0 … 1) how reliable
    they are.
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
    """The narration of a film; without a voice it has no lines.

    ``made`` are the ids of the scenes whose lines were spoken for it rather than taken from the store.
    """

    language: str
    lines: tuple[SpokenLine, ...] = ()
    warnings: tuple[str, ...] = ()
    made: tuple[int, ...] = field(default=(), compare=False)

    def line(self, scene_id: int) -> SpokenLine | None:
        """Return the line of the scene, or ``None``."""
        return next((line for line in self.lines if line.scene_id == scene_id), None)


class WordSchema(Contract[Word]):
    dataclass_type = Word
    later: ClassVar[Plain] = {"tight": None, "key": False}
    text = fields.Str(required=True, metadata=doc("The word."))
    start_ms = fields.Int(required=True, metadata=doc("Start in milliseconds."))
    end_ms = fields.Int(required=True, metadata=doc("End in milliseconds."))
    tight = fields.Bool(
        allow_none=True,
        metadata=doc(
            "Overrides the space before the word: true is no space, because the word continues the previous "
            "one; false is a written space in a script that usually has none."
        ),
    )
    key = fields.Bool(metadata=doc("Whether it is the key word of its sentence in a caption."))


class SpokenLineSchema(Contract[SpokenLine]):
    dataclass_type = SpokenLine
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
    dataclass_type = Speech
    language = fields.Str(required=True)
    lines = Items(fields.Nested(SpokenLineSchema))
    warnings = Items(fields.Str())
    made = Items(fields.Int())
