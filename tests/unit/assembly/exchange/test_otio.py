"""Export of the timeline to OpenTimelineIO."""

from dataclasses import replace
from fractions import Fraction

import opentimelineio as otio
import pytest

from assembly.exchange import otio as exchange
from schemas.scene_graph import Scene, SceneGraph
from schemas.timeline import AudioItem, TimedScene, TimedTransition, Timeline, Tracks, VideoItem
from tests.media import material

FPS = Fraction(30)
GRAPH = SceneGraph("2.0", "A film", "en", "clean", (Scene(1, "first"), Scene(2, "second"), Scene(3, "third")), seed=7)
# 60 frames each; 15 of a fade between 1 and 2, a cut between 2 and 3.
VIDEO = (VideoItem(1, 0, 60), VideoItem(2, 45, 105, speed=0.8), VideoItem(3, 105, 165))
AUDIO = (
    AudioItem("voice", 200, 1200, "voice/1.wav", 1),
    AudioItem("voice", 1800, 3000, "voice/2.wav", 2),
    AudioItem("music", 0, 5500, "music/bed.wav", gain_db=-3.0),
)
TIMELINE = Timeline(
    "2.0",
    FPS,
    108,
    192,
    165,
    tuple(
        TimedScene(v.scene_id, v.start_frame, v.end_frame, v.start_frame * 100 // 3, v.end_frame * 100 // 3)
        for v in VIDEO
    ),
    Tracks(VIDEO, AUDIO, (material.cue(200, 1200, "Every great", "story"),)),
    (TimedTransition("fade", 1, 2, 45, 60),),
)


@pytest.fixture(scope="module")
def exported():
    return otio.adapters.read_from_string(exchange.otio(GRAPH, TIMELINE), "otio_json")


def test_export_has_video_voice_and_music_tracks(exported):
    assert [(track.name, track.kind) for track in exported.tracks] == [
        ("Video", "Video"),
        ("Voice", "Audio"),
        ("Music", "Audio"),
    ]


def test_video_track_has_the_duration_of_the_timeline(exported):
    assert exported.tracks[0].duration() == otio.opentime.RationalTime(165, 30)


def test_video_track_contains_clips_and_transitions_in_film_order(exported):
    names = [item.name for item in exported.tracks[0]]
    assert names == ["Scene 1", "fade", "Scene 2", "Scene 3"]


def test_transition_covers_its_frames_of_the_film(exported):
    track = exported.tracks[0]
    fade = track[1]
    cut = track.range_of_child(track[2]).start_time
    assert (cut - fade.in_offset).value == 45
    assert (cut + fade.out_offset).value == 60
    assert fade.transition_type == otio.schema.TransitionTypes.SMPTE_Dissolve


def test_clips_have_handles_for_transitions(exported):
    track = exported.tracks[0]
    first, second = track[0], track[2]
    assert first.source_range.end_time_exclusive().value + track[1].out_offset.value == 60
    assert second.source_range.start_time.value - track[1].in_offset.value == 0


def test_slow_motion_is_a_linear_time_warp(exported):
    assert [effect.time_scalar for effect in exported.tracks[0][2].effects] == [0.8]
    assert not exported.tracks[0][0].effects


def test_audio_clips_have_their_start_and_duration(exported):
    voice = exported.tracks[1]
    clips = [item for item in voice if isinstance(item, otio.schema.Clip)]
    assert [voice.range_of_child(clip).start_time.value for clip in clips] == [6, 54]
    assert [clip.duration().value for clip in clips] == [30, 36]
    assert exported.tracks[2][0].metadata["pytoon"]["gain_db"] == -3.0


def test_captions_become_markers(exported):
    marker = exported.tracks.markers[0]
    assert marker.name == "Every great / story"
    assert marker.marked_range.start_time.value == 6
    assert marker.marked_range.duration.value == 30


def test_metadata_contains_title_seed_and_rate(exported):
    assert exported.name == "A film"
    assert dict(exported.metadata["pytoon"])["seed"] == 7
    assert exported.metadata["pytoon"]["fps"] == "30"


def test_film_without_audio_has_one_track():
    from dataclasses import replace

    silent = replace(TIMELINE, tracks=Tracks(VIDEO))
    assert len(exchange.otio_timeline(GRAPH, silent).tracks) == 1


def test_export_is_deterministic():
    assert exchange.otio(GRAPH, TIMELINE) == exchange.otio(GRAPH, TIMELINE)


def test_sound_of_clips_has_a_track_with_its_place_in_the_file():
    from dataclasses import replace

    own = (
        AudioItem("clip", 0, 2000, "assets/a.mp4", 1, -3.0, 1000, fade_out_ms=500),
        AudioItem("clip", 1500, 3500, "assets/b.mp4", 2, -3.0, 2000, 0.8, 500),
    )
    film = replace(TIMELINE, tracks=replace(TIMELINE.tracks, audio=(*AUDIO, *own)))
    track = exchange.otio_timeline(GRAPH, film).tracks[3]
    first, second = (item for item in track if isinstance(item, otio.schema.Clip))
    assert track.name == "Clip sound"
    assert (first.source_range.start_time.value, first.duration().value) == (30, 60)
    # The track has no overlaps: the second begins 15 frames later, 12 frames of the slowed file.
    assert (second.source_range.start_time.value, second.duration().value) == (60 + 12, 45)
    assert [effect.time_scalar for effect in second.effects] == [0.8]
    assert not first.effects


def test_effects_are_on_a_track_of_their_own():
    whoosh = AudioItem("effect", 3000, 3600, scene_id=3, gain_db=-13.0, effect="whoosh")
    timeline = replace(TIMELINE, tracks=replace(TIMELINE.tracks, audio=(*AUDIO, whoosh)))
    track = exchange.otio_timeline(GRAPH, timeline).tracks[-1]
    assert track.name == "Effects"
    (clip,) = [item for item in track if isinstance(item, otio.schema.Clip)]
    assert track.range_of_child(clip).start_time.value == 90
    assert dict(clip.metadata["pytoon"]) == {"kind": "effect", "gain_db": -13.0, "scene_id": 3, "effect": "whoosh"}
