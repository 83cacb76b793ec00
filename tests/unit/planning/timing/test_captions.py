"""The captions of a scene: the spoken words, or the scene's own caption."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.planning.text.sentences import caption_of
from app.planning.timing.timeline import build, retime
from schemas.speech import Speech
from schemas.timing import ms_of
from tests.unit.planning import films

LINE = "Nobody waits for the boat that leaves at seven."


def captions_of(scene, voice=True, **more):
    graph = films.graph_of(scene, **more)
    speech = films.speech(graph) if voice else Speech("en")
    return retime(graph, build(graph, films.SIZE), speech, films.still_clips(graph), films.PRESET).tracks.captions


def cue_words(cues):
    return [word for cue in cues for line in cue.lines for word in line]


def joined_text(cues):
    return " ".join(word.text for word in cue_words(cues))


def test_spoken_words_are_shown():
    assert joined_text(captions_of(films.spoken(LINE))) == LINE


def test_shortened_caption_of_the_planner_does_not_replace_the_spoken_words():
    long = LINE + " " + LINE
    assert joined_text(captions_of(films.spoken(long, caption=caption_of(long)))) == long


def test_own_caption_replaces_the_spoken_words():
    assert joined_text(captions_of(films.spoken(LINE, caption="Be early!"))) == "Be early!"


def test_unchanged_words_of_a_corrected_caption_keep_their_times():
    before = {word.text: word for word in cue_words(captions_of(films.spoken(LINE)))}
    after = cue_words(
        captions_of(films.spoken(LINE, caption="Nobody waits for the big white ship that leaves at seven."))
    )
    assert [w.text for w in after] == [
        "Nobody",
        "waits",
        "for",
        "the",
        "big",
        "white",
        "ship",
        "that",
        "leaves",
        "at",
        "seven.",
    ]
    for word in after:
        if word.text in ("Nobody", "waits", "that", "leaves", "seven."):
            assert word == before[word.text]


def test_added_word_gets_its_own_time():
    after = cue_words(captions_of(films.spoken("Nobody waits.", caption="Nobody ever waits.")))
    assert all(word.end_ms > word.start_ms for word in after)


def test_caption_without_a_voice_is_held_for_six_seconds():
    (cue,) = captions_of(films.silent(9000, caption="Be early!"), voice=False)
    assert cue.text == "Be early!" and cue.end_ms - cue.start_ms == 6000


def test_silent_scene_without_a_caption_has_no_cues():
    assert captions_of(films.silent(3000)) == ()


def test_unspoken_caption_starts_after_the_transition():
    graph = films.graph_of(films.silent(3000), films.silent(3000, "fade", 1000, caption="Be early!"))
    film = retime(graph, build(graph, films.SIZE), Speech("en"), films.still_clips(graph), films.PRESET)
    assert film.tracks.captions[0].start_ms == film.transitions[0].end_frame * 1000 // 30


def test_line_without_word_times_is_spread_over_its_length():
    graph = films.graph_of(films.spoken(LINE))
    untimed = Speech("en", (replace(films.spoken_line(1, LINE), words=()),))
    film = retime(graph, build(graph, films.SIZE), untimed, films.still_clips(graph), films.PRESET)
    assert joined_text(film.tracks.captions) == LINE


@given(st.lists(st.sampled_from([*LINE.split(), "new", "other"]), min_size=1, max_size=14))
@settings(max_examples=60, deadline=None)
def test_any_caption_is_shown_completely_and_in_order(caption):
    shown = cue_words(captions_of(films.spoken(LINE, caption=" ".join(caption))))
    assert [word.text for word in shown] == caption
    times = [time for word in shown for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)


@given(films.any_graph())
@settings(max_examples=40, deadline=None)
def test_every_time_is_on_the_frame_grid(graph):
    film = retime(graph, build(graph, films.SIZE), films.speech(graph, 137), films.still_clips(graph), films.PRESET)
    assume(film.tracks.captions)
    grid = {ms_of(frame, film.fps) for frame in range(film.total_frames + 1)}
    for cue in film.tracks.captions:
        assert {cue.start_ms, cue.end_ms} <= grid
        assert {word.start_ms for word in cue_words([cue])} | {word.end_ms for word in cue_words([cue])} <= grid
