"""The beats of a piece of music, by which a film is cut and on which its music ends."""

from __future__ import annotations

from dataclasses import dataclass

from marshmallow import validate

from schemas import fields
from schemas.contract import Contract, Items


@dataclass(frozen=True, slots=True)
class MusicBeats:
    """The beats of a piece, in ms from the start of its file, in order.

    ``downbeats_ms`` are those beats that begin a bar; the piece comes to rest best on the beat ``home_ms``. A slow
    piece has in ``half_beats_ms`` the onsets in the middle between two beats, which are felt as beats too. Music that
    is longer than the piece jumps from the sample ``loop_leave`` back to ``loop_enter`` (at 48 kHz), as often as
    needed; both are 0 if the jump is not known.
    """

    bpm: float
    beats_ms: tuple[int, ...]
    downbeats_ms: tuple[int, ...]
    home_ms: int
    half_beats_ms: tuple[int, ...] = ()
    loop_enter: int = 0
    loop_leave: int = 0


class MusicBeatsSchema(Contract[MusicBeats]):
    dataclass_type = MusicBeats
    bpm = fields.Float(required=True, validate=validate.Range(20, 400))
    beats_ms = Items(fields.Int(validate=validate.Range(0)), required=True, validate=validate.Length(2))
    downbeats_ms = Items(fields.Int(validate=validate.Range(0)), required=True, validate=validate.Length(1))
    home_ms = fields.Int(required=True, validate=validate.Range(0))
    half_beats_ms = Items(fields.Int(validate=validate.Range(0)))
    loop_enter = fields.Int(validate=validate.Range(0))
    loop_leave = fields.Int(validate=validate.Range(0))
