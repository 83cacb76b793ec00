"""Which music a film gets."""

from __future__ import annotations

from audio.music.bed import choose_source
from schemas.contract import fingerprint
from schemas.preset import MOODS
from schemas.scene_graph import MusicChoice


def identity(text: str, mood: str, kind: str | None = None) -> str:
    source = choose_source(MusicChoice("mood", seed=int(fingerprint("music", text)[:8], 16)), mood, 0, kind=kind)
    assert source is not None
    return source.identity


def test_seed_of_the_choice_takes_precedence_over_the_film() -> None:
    chosen = choose_source(MusicChoice("mood", seed=3), "calm", 0, kind="composer")
    of_film = choose_source(MusicChoice("mood"), "calm", 3, kind="composer")
    assert chosen == of_film


def test_twenty_scripts_have_at_least_ten_different_pieces() -> None:
    pieces = {identity(f"script {number}", MOODS[number % len(MOODS)]) for number in range(20)}
    assert len(pieces) >= 10
