"""Which words a scene shows: what is said, or the caption that somebody wrote over it."""

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


def shown(scene, voice=True, **more):
    graph = films.graph_of(scene, **more)
    speech = films.speech(graph) if voice else Speech("en")
    return retime(graph, build(graph, films.SIZE), speech, films.still_clips(graph), films.PRESET).tracks.captions


def words(cues):
    return [word for cue in cues for line in cue.lines for word in line]


def texts(cues):
    return " ".join(word.text for word in words(cues))


def test_what_is_said_is_shown():
    assert texts(shown(films.spoken(LINE))) == LINE


def test_the_planners_own_short_caption_does_not_hide_what_is_said():
    long = LINE + " " + LINE
    assert texts(shown(films.spoken(long, caption=caption_of(long)))) == long


def test_a_caption_that_somebody_wrote_is_shown_instead():
    assert texts(shown(films.spoken(LINE, caption="Be early!"))) == "Be early!"


def test_words_that_stay_keep_their_time_when_a_caption_is_corrected():
    before = {word.text: word for word in words(shown(films.spoken(LINE)))}
    after = words(shown(films.spoken(LINE, caption="Nobody waits for the big white ship that leaves at seven.")))
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


def test_an_added_word_gets_time_of_its_own():
    after = words(shown(films.spoken("Nobody waits.", caption="Nobody ever waits.")))
    assert all(word.end_ms > word.start_ms for word in after)


def test_a_caption_without_a_voice_is_read_at_leisure_and_then_stays():
    (cue,) = shown(films.silent(9000, caption="Be early!"), voice=False)
    assert cue.text == "Be early!" and cue.end_ms - cue.start_ms == 6000


def test_a_silent_scene_without_a_caption_shows_nothing():
    assert shown(films.silent(3000)) == ()


def test_text_waits_until_the_transition_is_over():
    graph = films.graph_of(films.silent(3000), films.silent(3000, "fade", 1000, caption="Be early!"))
    film = retime(graph, build(graph, films.SIZE), Speech("en"), films.still_clips(graph), films.PRESET)
    assert film.tracks.captions[0].start_ms == film.transitions[0].end_frame * 1000 // 30


def test_a_line_without_word_times_is_shared_out_by_length():
    graph = films.graph_of(films.spoken(LINE))
    bare = Speech("en", (replace(films.spoken_line(1, LINE), words=()),))
    film = retime(graph, build(graph, films.SIZE), bare, films.still_clips(graph), films.PRESET)
    assert texts(film.tracks.captions) == LINE


@given(st.lists(st.sampled_from([*LINE.split(), "new", "other"]), min_size=1, max_size=14))
@settings(max_examples=60, deadline=None)
def test_any_caption_is_shown_whole_and_in_order(caption):
    found = words(shown(films.spoken(LINE, caption=" ".join(caption))))
    assert [word.text for word in found] == caption
    times = [time for word in found for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)


@given(films.any_graph())
@settings(max_examples=40, deadline=None)
def test_every_time_lies_on_the_frame_grid(graph):
    film = retime(graph, build(graph, films.SIZE), films.speech(graph, 137), films.still_clips(graph), films.PRESET)
    assume(film.tracks.captions)
    grid = {ms_of(frame, film.fps) for frame in range(film.total_frames + 1)}
    for cue in film.tracks.captions:
        assert {cue.start_ms, cue.end_ms} <= grid
        assert {word.start_ms for word in words([cue])} | {word.end_ms for word in words([cue])} <= grid
