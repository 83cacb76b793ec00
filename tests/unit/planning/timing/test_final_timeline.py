"""``retime``: scenes follow the spoken words, clips are fitted, no word is cut off and lines do not overlap."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.timing.lengths import expected_ms
from app.planning.timing.timeline import build, retime
from schemas.preset import Pacing
from schemas.speech import Speech, SpokenLine
from schemas.timeline import TimelineSchema
from tests.unit.planning import films


def final_timeline(graph, speech=None, clips=None, pacing=None):
    preset = replace(films.PRESET, pacing=pacing or Pacing())
    clips = films.still_clips(graph) if clips is None else clips
    speech = films.speech(graph) if speech is None else speech
    return retime(graph, build(graph, films.SIZE), speech, clips, preset)


def voice_items(film):
    return [item for item in film.tracks.audio if item.kind == "voice"]


def test_spoken_scene_is_lead_plus_words_plus_tail():
    graph = films.graph_of(films.spoken("Nobody waits for the boat."))
    film = final_timeline(graph, pacing=Pacing(lead_ms=200, tail_ms=300, min_scene_ms=300))
    assert film.length_ms == 200 + 5 * 380 + 1500
    followed = films.graph_of(films.spoken("Nobody waits for the boat."), films.spoken("It leaves."))
    first = final_timeline(followed, pacing=Pacing(lead_ms=200, tail_ms=300, min_scene_ms=300)).scenes[0]
    assert first.end_ms == 200 + 5 * 380 + 300
    (voice,) = voice_items(film)
    assert (voice.start_ms, voice.end_ms, voice.key) == (200, 200 + 5 * 380, "voice/1.wav")


def test_short_word_gets_a_scene_of_minimum_length():
    film = final_timeline(films.graph_of(films.spoken("Go.")), pacing=Pacing(min_scene_ms=2500))
    assert film.length_ms == 2500


def test_silent_scene_keeps_its_planned_length():
    film = final_timeline(films.graph_of(films.silent(800), films.silent(12_000)))
    assert [scene.frames for scene in film.scenes] == [24, 360]


def test_scene_with_a_longer_duration_than_its_words_keeps_it():
    graph = films.graph_of(films.spoken("Nobody waits for the boat."))
    (expected,) = expected_ms(graph.scenes, Pacing(), "en", 1.0)
    longer = graph.with_scene(replace(graph.scenes[0], duration_ms=expected + 2000))
    assert final_timeline(longer).length_ms == pytest.approx(expected + 2000, abs=17)


def test_scene_as_long_as_its_words_follows_the_recorded_speech():
    graph = films.graph_of(films.spoken("Nobody waits for the boat."))
    (expected,) = expected_ms(graph.scenes, Pacing(), "en", 1.0)
    planned = graph.with_scene(replace(graph.scenes[0], duration_ms=expected))
    assert final_timeline(planned, films.speech(graph, 200)).length_ms < expected
    assert final_timeline(planned, films.speech(graph, 800)).length_ms > expected


def test_line_starts_after_half_the_transition_and_its_lead():
    graph = films.graph_of(films.spoken("Nobody waits."), films.spoken("A boat leaves.", "fade", 1000))
    film = final_timeline(graph, pacing=Pacing(lead_ms=100, tail_ms=300))
    assert voice_items(film)[1].start_ms - film.scenes[1].start_ms == 600


def test_pause_between_lines_does_not_depend_on_the_transition():
    def pause_ms(kind, ms):
        film = final_timeline(films.graph_of(films.spoken(films.text(8)), films.spoken(films.text(8), kind, ms)))
        first, second = voice_items(film)
        return second.start_ms - first.end_ms

    assert pause_ms("cut", 0) == pytest.approx(pause_ms("fade", 600), abs=34)


def test_line_ends_before_the_next_transition_begins():
    graph = films.graph_of(films.spoken("Nobody waits."), films.spoken("A boat leaves.", "fade", 2000))
    film = final_timeline(graph, pacing=Pacing(lead_ms=0, tail_ms=0))
    assert voice_items(film)[0].end_ms <= film.scenes[1].start_ms


def test_pause_inside_a_sentence_is_shorter_at_a_cut():
    separate = voice_items(
        final_timeline(films.graph_of(films.spoken("A boat leaves now."), films.spoken("Nobody waits for it.")))
    )
    continued = voice_items(
        final_timeline(films.graph_of(films.spoken("A boat leaves now"), films.spoken("and nobody waits for it.")))
    )
    assert continued[1].start_ms - continued[0].end_ms < separate[1].start_ms - separate[0].end_ms


def test_clip_that_is_long_enough_is_trimmed():
    graph = films.graph_of(films.silent(2000))
    film = final_timeline(graph, clips={1: films.video_clip(1, 9000, start_ms=700)})
    (item,) = film.tracks.video
    assert (item.in_ms, item.speed, item.hold_frames, film.total_frames) == (0, 1.0, 0, 60)


def test_slightly_short_clip_is_slowed():
    film = final_timeline(
        films.graph_of(films.silent(4000)), clips={1: films.video_clip(1, 3000)}, pacing=Pacing(slowest=0.6)
    )
    (item,) = film.tracks.video
    assert (item.speed, item.hold_frames, film.total_frames) == (0.75, 0, 120)


def test_clip_that_is_three_frames_short_is_held_and_not_slowed():
    film = final_timeline(films.graph_of(films.silent(4000)), clips={1: films.video_clip(1, 3900)})
    (item,) = film.tracks.video
    assert (item.speed, item.hold_frames) == (1.0, 3)


def test_much_too_short_clip_is_slowed_and_held():
    pacing = Pacing(slowest=0.5, max_hold_ms=1000)
    film = final_timeline(films.graph_of(films.silent(3000)), clips={1: films.video_clip(1, 1000)}, pacing=pacing)
    (item,) = film.tracks.video
    assert (item.speed, item.hold_frames, film.total_frames) == (0.5, 30, 90)


def test_silent_scene_ends_with_its_slowed_and_held_clip():
    pacing = Pacing(slowest=0.5, max_hold_ms=500)
    film = final_timeline(films.graph_of(films.silent(9000)), clips={1: films.video_clip(1, 1000)}, pacing=pacing)
    assert film.total_frames == 60 + 15


def test_spoken_scene_holds_its_last_frame_until_the_words_end():
    graph = films.graph_of(films.spoken(films.text(12)))
    pacing = Pacing(slowest=0.5, max_hold_ms=500)
    film = final_timeline(graph, clips={1: films.video_clip(1, 1000)}, pacing=pacing)
    assert film.total_frames == final_timeline(graph, pacing=pacing).total_frames
    assert film.tracks.video[0].hold_frames == film.total_frames - 60


def test_still_and_clip_of_unknown_length_fill_their_scenes():
    graph = films.graph_of(films.silent(9000), films.silent(9000))
    film = final_timeline(graph, clips={1: films.still_clips(graph)[1], 2: films.video_clip(2, None)})
    assert film.total_frames == 540
    assert all(item.hold_frames == 0 for item in film.tracks.video)


def test_music_covers_the_whole_film_at_the_presets_level():
    film = final_timeline(films.graph_of(films.silent(3000), films.spoken(films.text(5))))
    (music,) = [item for item in film.tracks.audio if item.kind == "music"]
    assert (music.start_ms, music.end_ms, music.gain_db) == (0, film.length_ms, films.PRESET.sound.music_db)


def test_music_level_of_the_film_overrides_the_presets():
    graph = films.graph_of(films.silent(3000))
    film = final_timeline(replace(graph, global_audio=replace(graph.global_audio, music_db=-20.0)))
    assert [item.gain_db for item in film.tracks.audio] == [-20.0]


def test_film_without_music_has_no_audio_items():
    assert final_timeline(films.scene_graph([films.silent(3000)], music="none")).tracks.audio == ()


def test_disabled_captions_give_no_cues():
    assert final_timeline(films.scene_graph([films.spoken(films.text(5))], captions=False)).tracks.captions == ()


def test_line_without_a_recording_is_shown_as_text():
    graph = films.graph_of(films.spoken("Nobody waits for the boat.", duration_ms=3000))
    film = final_timeline(graph, speech=Speech("en"))
    assert film.length_ms == 3000
    assert voice_items(film) == []
    assert " ".join(" ".join(cue.text for cue in film.tracks.captions).split()) == "Nobody waits for the boat."


def test_empty_recording_counts_as_no_recording():
    graph = films.graph_of(films.spoken("Nobody waits.", duration_ms=3000))
    empty = Speech("en", (SpokenLine(1, "Nobody waits.", "voice/1.wav", 0, (), "heart"),))
    film = final_timeline(graph, speech=empty)
    assert voice_items(film) == [] and film.length_ms == 3000


def test_lines_of_removed_scenes_are_ignored():
    graph = films.graph_of(films.silent(3000))
    film = final_timeline(graph, speech=Speech("en", (films.spoken_line(9, "Nobody waits."),)))
    assert voice_items(film) == [] and film.length_ms == 3000


def test_start_time_of_a_clip_does_not_change_its_fit():
    graph = films.graph_of(films.silent(2000))
    film = final_timeline(graph, clips={1: films.video_clip(1, 2000, start_ms=7000)})
    assert (film.tracks.video[0].in_ms, film.tracks.video[0].speed) == (0, 1.0)


@given(st.data(), films.any_graph(), films.any_pacing(), st.integers(60, 700))
@settings(max_examples=120, deadline=None)
def test_every_final_timeline_is_complete_and_ordered(data, graph, pacing, word_ms):
    speech = films.speech(graph, word_ms)
    clips = data.draw(films.any_clips(graph))
    film = final_timeline(graph, speech, clips, pacing)
    assert film.final
    assert film.total_frames == sum(s.frames for s in film.scenes) - sum(t.frames for t in film.transitions)
    _assert_no_word_is_cut_off(film, speech, pacing)
    _assert_clips_fill_their_scenes(film, clips, pacing)
    _assert_captions_are_in_order(film)
    assert TimelineSchema.read(TimelineSchema.plain(film)) == film


def _assert_no_word_is_cut_off(film, speech, pacing):
    spoken = voice_items(film)
    assert [item.scene_id for item in spoken] == [line.scene_id for line in speech.lines]
    for item, line in zip(spoken, speech.lines, strict=True):
        scene = film.scene(item.scene_id)
        into_ms = sum(t.frames for t in film.transitions if t.into == scene.scene_id) * 1000 / 30
        assert item.end_ms - item.start_ms == line.length_ms
        assert item.start_ms >= scene.start_ms + into_ms / 2 - 1
        out_ms = sum(t.frames for t in film.transitions if t.out_of == scene.scene_id) * 1000 / 30
        assert item.end_ms <= scene.end_ms - out_ms + 17
        assert scene.end_ms - scene.start_ms >= pacing.min_scene_ms - 1
    assert all(a.end_ms <= b.start_ms + 1 for a, b in pairwise(spoken))


def _assert_clips_fill_their_scenes(film, clips, pacing):
    for item, scene in zip(film.tracks.video, film.scenes, strict=True):
        clip = clips[item.scene_id]
        assert (item.start_frame, item.end_frame) == (scene.start_frame, scene.end_frame)
        assert 0 <= item.hold_frames < scene.frames or scene.frames == 1
        assert pacing.slowest <= item.speed <= 1.0
        if clip.kind == "video" and clip.length_ms is not None:
            used_ms = (scene.frames - item.hold_frames) * item.speed * 1000 / 30
            assert used_ms <= max(clip.length_ms, 1000 / 30) + 0.01


def _assert_captions_are_in_order(film):
    cues = film.tracks.captions
    assert all(cue.start_ms < cue.end_ms for cue in cues)
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(cues))
    assert not cues or (cues[0].start_ms >= 0 and cues[-1].end_ms <= film.length_ms)


@pytest.mark.parametrize("lead_ms", [0, 100, 200, 500])
def test_voice_begins_within_a_quarter_of_a_second(lead_ms: int) -> None:
    film = final_timeline(films.graph_of(films.spoken("Nobody waits.")), pacing=Pacing(lead_ms=lead_ms))
    (voice,) = [item for item in film.tracks.audio if item.kind == "voice"]
    assert voice.start_ms <= 250


def test_last_picture_stays_after_the_last_word() -> None:
    graph = films.graph_of(films.spoken("Nobody waits."), films.spoken("A boat leaves."))
    film = final_timeline(graph, pacing=Pacing(tail_ms=100))
    ends = [item.end_ms for item in film.tracks.audio if item.kind == "voice"]
    assert film.length_ms - max(ends) >= 1500
