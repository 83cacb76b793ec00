"""Overlays that appear with their words, and captions that wait for a headline."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.timing.captions import SceneWords
from app.planning.timing.cues import spread
from app.planning.timing.headlines import hidden_cues
from app.planning.timing.overlay_times import MIN_CARD_MS, MIN_HEADLINE_MS, overlay_items, spoken_ms
from schemas.scene_graph import Overlay, Scene, SceneGraph
from schemas.speech import Word
from schemas.timeline import Cue, TimedScene, Timeline, Tracks
from schemas.timing import Span

FPS = Fraction(30)
CARD = Overlay(text="$189", style="amount", was="$249", at="$189")
HEADLINE = Overlay(text="The grinder", style="headline", position="top")


def scene_words(text: str, *overlays: Overlay, length_ms: int = 6000) -> SceneWords:
    scene = Scene(7, overlays=overlays)
    timed = TimedScene(7, 100, 100 + length_ms * 30 // 1000, 3333, 3333 + length_ms)
    return SceneWords(scene, timed, spread(text.split(), Span(0, length_ms)), Span(0, length_ms), True)


def test_card_appears_with_the_old_price_and_turns_with_the_new_one() -> None:
    of = scene_words("It was $249, now it is only $189 in every shop.", CARD)
    (item,) = overlay_items([of], FPS)
    old, new = (spoken_ms(text, of.words) for text in ("$249", "$189"))
    assert item.start_frame == 100 + round(old * 30 / 1000)
    assert item.turn_frame == 100 + round(new * 30 / 1000)
    assert item.end_frame == of.timed.end_frame


def test_amount_that_is_spoken_last_has_time_to_be_read() -> None:
    (item,) = overlay_items([scene_words("Order it today for only $189", replace(CARD, was=""))], FPS)
    assert item.end_frame - item.start_frame >= MIN_CARD_MS * 30 / 1000


def test_overlay_whose_words_are_not_spoken_stays_for_the_whole_scene() -> None:
    assert overlay_items([scene_words("Nothing of it.", CARD, HEADLINE)], FPS) == ()


def test_headline_ends_when_the_first_card_appears() -> None:
    of = scene_words("This is the grinder that was $249, now it is only $189 here.", HEADLINE, CARD)
    headline, card = overlay_items([of], FPS)
    assert (headline.overlay, headline.start_frame, headline.end_frame) == (0, 100, card.start_frame)


def test_headline_of_a_short_scene_stays_to_its_end() -> None:
    of = scene_words("This is the grinder that was $249, now only $189 here.", HEADLINE, CARD, length_ms=3900)
    assert [item.overlay for item in overlay_items([of], FPS)] == [1]


def test_card_waits_until_the_headline_has_been_read() -> None:
    of = scene_words("Only $189 for the grinder that everybody in town has wanted.", HEADLINE, CARD)
    headline, card = overlay_items([of], FPS)
    assert headline.end_frame == card.start_frame == 100 + MIN_HEADLINE_MS * 30 // 1000


@given(st.permutations(["$5", "$8", "20 %", "word", "other words here"]), st.integers(600, 9000))
def test_cards_of_a_scene_follow_each_other_inside_it(parts: list[str], length_ms: int) -> None:
    cards = tuple(Overlay(text=text, style="amount", at=text) for text in ("$5", "$8", "20 %"))
    of = scene_words(" and ".join(parts), *cards, length_ms=length_ms)
    items = overlay_items([of], FPS)
    assert len(items) == 3
    assert items[0].start_frame >= of.timed.start_frame
    assert all(a.end_frame == b.start_frame for a, b in pairwise(items))
    assert all(item.start_frame <= item.end_frame <= of.timed.end_frame + 1 for item in items)


@pytest.mark.parametrize(("text", "word"), [("$249", 2), ("20 %", 4), ("was $249", 1), ("absent", None), ("", None)])
def test_text_is_found_across_words(text: str, word: int | None) -> None:
    words = [
        Word(part, 100 * index, 100 * index + 90)
        for index, part in enumerate(["It", "was", "$249,", "save", "20", "%."])
    ]
    assert spoken_ms(text, words) == (None if word is None else 100 * word)


def hidden_texts(headline: str, *cue_texts: str, style: str = "headline") -> list[str]:
    cues = tuple(
        Cue(7, 1000 * k, 1000 * k + 1000, (spread(text.split(), Span(1000 * k, 1000 * k + 1000)),))
        for k, text in enumerate(cue_texts)
    )
    timed = TimedScene(7, 0, 300, 0, 10_000)
    film = Timeline("2.0", FPS, 1080, 1920, 300, (timed,), Tracks(captions=cues))
    graph = SceneGraph("2.0", "t", "en", "clean_bold", (Scene(7, overlays=(Overlay(text=headline, style=style),)),))
    hidden = hidden_cues(graph, film)
    return [cue.text for cue in cues if cue in hidden]


def test_captions_wait_while_the_headline_has_their_words() -> None:
    assert hidden_texts("Never cold again", "Never cold", "again.", "Meet our mug.") == ["Never cold", "again."]


def test_caption_with_more_words_than_the_headline_is_shown() -> None:
    assert hidden_texts("Never cold", "Never", "cold again.", "Meet our mug.") == ["Never"]


def test_captions_of_a_scene_that_speaks_half_of_the_headline_wait() -> None:
    assert hidden_texts("Never cold again in the morning", "Never cold", "again") == ["Never cold", "again"]


def test_captions_with_other_words_are_shown() -> None:
    assert hidden_texts("The warm mug", "Never cold again.") == []
    assert hidden_texts("Never cold", "Never cold", style="title") == []
