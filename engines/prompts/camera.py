"""Words for the camera: its movement, the size of the shot, and the shape of the frame."""

from __future__ import annotations

import re

from engines.base import Shot

MOVES = {
    "push_in": "slow push-in",
    "pull_out": "slow pull-back",
    "pan_left": "slow pan to the left",
    "pan_right": "slow pan to the right",
    "tilt_up": "slow tilt up",
    "tilt_down": "slow tilt down",
    "drift": "gently drifting camera",
    "still": "static camera",
}
# The same number as for stills (``engines.stills.prepare``), so that scenes move in turn.
_TURNS_PER_SEED = 7
# Texts that already say how the camera moves.
_MOVE = re.compile(
    r"\b(?:camera|kamera\w*|caméra|cámara|câmera|telecamera|dolly|push[- ]in|zoom\w*|panning|"
    r"pans? (?:left|right|across|over|to)|tracking shot|tilts? (?:up|down)|orbit(?:s|ing)?|time[- ]?lapse|"
    r"zeitraffer|schwenk\w*)\b",
    re.IGNORECASE,
)
_SIZES = {
    "extreme close-up": r"extreme close[- ]?ups?|detailaufnahmen?|macro(?: shots?)?|makro\w*|très gros plan",
    "close-up": r"close[- ]?ups?|nahaufnahmen?|gro(?:ß|ss)aufnahmen?|gros plans?|primer(?:os)? planos?|primi? pian[oi]",
    "medium shot": r"medium shots?|mid[- ]shots?|halbnah\w*|plans? moyens?|planos? medios?|mezzo busto",
    "wide shot": r"wide[- ]?shots?|establishing shots?|long shots?|totalen?|plans? larges?|plan d['’]ensemble|"
    r"planos? general(?:es)?|campo lungo",
    "aerial view": r"aerial(?: (?:shots?|views?))?|bird['’]?s[- ]eye|drone (?:shots?|views?|footage)|luftaufnahmen?|"
    r"drohnen\w*|vues? aériennes?|vistas? aéreas?",
    "over-the-shoulder shot": r"over[- ]the[- ]shoulder",
    "low angle": r"low[- ]angle|froschperspektive|contre-plongée|contrapicado",
    "top-down view": r"top[- ]down|flat ?lay|von oben|vue de dessus|cenital",
}
_SHOT_SIZES = {name: re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE) for name, pattern in _SIZES.items()}
# Frames whose width ÷ height is less, or more, are named in a prompt; models make wide pictures without being told.
_VERTICAL, _SQUARE = 0.9, 1.2


def camera_words(shot: Shot, text: str, seed: int) -> list[str]:
    """Return the words on the movement of the camera and the size of the shot that ``text`` does not have itself."""
    move = [] if _MOVE.search(text) else [MOVES[motion_of(shot, seed)]]
    return [*move, *(size for size in shot_sizes(shot) if size not in text.casefold())]


def motion_of(shot: Shot, seed: int) -> str:
    """Return the motion of the scene, or one of the preset's, which differs from scene to scene."""
    kinds = shot.preset.motion.kinds
    turn = seed * _TURNS_PER_SEED + shot.scene.id + shot.scene.take - 1
    return shot.scene.style.motion or kinds[turn % len(kinds)]


def shot_sizes(shot: Shot) -> list[str]:
    """Return the size of the shot for which query or description ask, also in a direction; none or one."""
    asked = f"{shot.scene.media.query}\n{shot.scene.description}"
    return [name for name, pattern in _SHOT_SIZES.items() if pattern.search(asked)][:1]


def framing_words(shot: Shot) -> list[str]:
    aspect = shot.width / shot.height
    return ["vertical framing"] if aspect < _VERTICAL else ["square framing"] if aspect < _SQUARE else []
