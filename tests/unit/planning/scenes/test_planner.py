"""``plan``: what is said, what is shown with it, in which order and for how long."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.scenes.beats import MIN_VISIBLE_MS
from app.planning.scenes.planner import plan
from app.planning.timing.timeline import build
from schemas.asset import Asset
from schemas.job import JobRequest, MusicWish
from schemas.preset import CaptionStyle, Pacing, Preset, TransitionStyle
from schemas.scene_graph import MAX_SCENES, SceneGraphSchema, VoiceChoice
from tests.unit.planning import films

PLAIN = Preset("clean_bold", "Clean", "For tests.", pacing=Pacing(hook=False))
FULL = replace(PLAIN, pacing=Pacing(hook=True, closing=True), transition=TransitionStyle(("fade", "blur", "cut"), 500))
SCRIPT = (
    "Most mornings begin the same way. You pour a coffee, you answer two emails, and by the time you remember it, "
    "it is cold. Meet the Ember mug. It keeps your coffee hot for six hours."
)


def pictures(count, kind="image", length_ms=None, first=0):
    return [
        Asset(f"{kind}{first + k}", kind, f"assets/{k}", "0" * 64, 1, "image/jpeg", length_ms=length_ms)
        for k in range(count)
    ]


def words(graph):
    return " ".join(scene.voice_script for scene in graph.scenes).split()


def shown(graph):
    return [scene.media.asset for scene in graph.scenes if scene.role != "closing"]


def length_ms(graph):
    return build(graph, films.SIZE).length_ms


def test_every_word_of_a_script_is_spoken_in_order_and_none_is_added():
    assert words(plan(JobRequest(script=SCRIPT), pictures(3), FULL)) == SCRIPT.split()


def test_each_sentence_has_a_scene_and_a_short_caption():
    graph = plan(JobRequest(script=SCRIPT), pictures(4), PLAIN)
    assert [scene.voice_script[:12] for scene in graph.scenes] == [
        "Most morning",
        "You pour a c",
        "Meet the Emb",
        "It keeps you",
    ]
    assert graph.scenes[1].caption == "You pour a coffee, you answer two emails, and by the time…"


def test_marks_of_markdown_and_of_the_stage_are_not_spoken():
    script = "# Our mug\n\nNarrator: It keeps coffee **hot**.\n[music swells]\n- For six hours.\n"
    assert " ".join(words(plan(JobRequest(script=script), [], PLAIN))) == "Our mug It keeps coffee hot. For six hours."


def test_the_order_to_make_a_film_is_not_read_aloud():
    graph = plan(JobRequest(prompt="Make an ad for our new mug. It holds half a litre. Order yours!"), [], PLAIN)
    assert " ".join(words(graph)) == "Our new mug. It holds half a litre. Order yours!"
    assert graph.title == "Our new mug"


def test_a_bare_topic_becomes_a_short_film_in_its_own_words():
    graph = plan(JobRequest(prompt="Create a video about the history of tea"), pictures(3), FULL)
    assert 10_000 < length_ms(graph) < 25_000
    assert "the history of tea" in " ".join(words(graph))
    assert graph.scenes[0].overlays[0].text == "The history of tea"


def test_a_length_in_the_prompt_is_the_target():
    graph = plan(JobRequest(prompt="Create a 20 second video about the history of tea"), pictures(4), FULL)
    assert length_ms(graph) == pytest.approx(20_000, abs=300)


def test_the_requests_own_target_goes_before_the_prompts():
    request = JobRequest(prompt="Create a 20 second video about the history of tea", target_duration_seconds=12)
    assert length_ms(plan(request, pictures(4), FULL)) == pytest.approx(12_000, abs=300)


@pytest.mark.parametrize("seconds", [10, 30, 90, 600])
def test_a_prompt_comes_near_the_length_that_was_asked_for(seconds):
    told = " ".join(f"The boat number {k} leaves the harbour in the morning light." for k in range(12))
    graph = plan(JobRequest(prompt=told, target_duration_seconds=seconds), pictures(5), FULL)
    assert length_ms(graph) == pytest.approx(seconds * 1000, rel=0.1)


def test_a_prompt_is_trimmed_at_the_end_of_a_sentence():
    graph = plan(JobRequest(prompt=SCRIPT, target_duration_seconds=6), pictures(2), PLAIN)
    assert words(graph)[-1].endswith(".")
    assert 0 < len(words(graph)) < len(SCRIPT.split())


def test_a_prompt_says_one_sentence_even_when_there_is_no_time_for_it():
    graph = plan(JobRequest(prompt=SCRIPT, target_duration_seconds=1), pictures(2), PLAIN)
    assert " ".join(words(graph)) == "Most mornings begin the same way."


def test_a_script_is_never_trimmed():
    graph = plan(JobRequest(script=SCRIPT, target_duration_seconds=5), pictures(2), FULL)
    assert words(graph) == SCRIPT.split()


def test_a_long_target_is_filled_with_silent_pictures_and_not_with_endless_ones():
    graph = plan(JobRequest(script="Tea is old.", target_duration_seconds=60), pictures(3), PLAIN)
    assert length_ms(graph) == pytest.approx(60_000, abs=300)
    assert max(scene.duration_ms for scene in graph.scenes) <= PLAIN.pacing.max_scene_ms + 1500


def test_a_short_target_shows_only_as_many_pictures_as_can_be_seen():
    graph = plan(JobRequest(script="Tea is old.", target_duration_seconds=6), pictures(30), PLAIN)
    assert len(graph.scenes) <= 4
    assert min(scene.duration_ms for scene in graph.scenes) >= MIN_VISIBLE_MS


def test_more_pictures_than_sentences_part_the_sentences_at_their_clauses():
    graph = plan(JobRequest(script=SCRIPT), pictures(6), PLAIN)
    assert shown(graph) == [asset.id for asset in pictures(6)]
    assert "You pour a coffee," in [scene.voice_script for scene in graph.scenes]
    assert words(graph) == SCRIPT.split()


def test_pictures_that_no_word_is_left_for_are_shown_in_silence():
    graph = plan(JobRequest(script="Hello."), pictures(5), PLAIN)
    assert shown(graph) == [asset.id for asset in pictures(5)]
    assert [scene.voice_script for scene in graph.scenes] == ["Hello.", "", "", "", ""]


def test_no_sentence_is_torn_while_there_is_time_for_silence():
    graph = plan(
        JobRequest(script="You call your mother, and it is still hot.", target_duration_seconds=20), pictures(5), PLAIN
    )
    assert [scene.voice_script for scene in graph.scenes] == [
        "You call your mother, and it is still hot.",
        "",
        "",
        "",
        "",
    ]
    assert shown(graph) == [asset.id for asset in pictures(5)]


def test_more_sentences_than_pictures_show_them_again_in_turn():
    assert shown(plan(JobRequest(script=SCRIPT), pictures(3), PLAIN)) == ["image0", "image1", "image2", "image0"]


def test_a_picture_that_was_given_twice_counts_once():
    assert set(shown(plan(JobRequest(script=SCRIPT), pictures(2) * 2, PLAIN))) == {"image0", "image1"}


def test_sound_files_are_no_pictures():
    graph = plan(JobRequest(script=SCRIPT), pictures(1, "audio") + pictures(1), PLAIN)
    assert set(shown(graph)) == {"image0"}


def test_a_video_that_comes_again_goes_on_where_it_was_left():
    graph = plan(JobRequest(script=SCRIPT), pictures(1, "video", 60_000), PLAIN)
    starts = [scene.media.start_ms for scene in graph.scenes]
    assert starts == sorted(starts) and len(set(starts)) == 4


def test_a_video_that_has_no_more_to_show_begins_again():
    graph = plan(JobRequest(script=SCRIPT), pictures(2, "video", 7000), PLAIN)
    starts = {name: [s.media.start_ms for s in graph.scenes if s.media.asset == name] for name in set(shown(graph))}
    assert len(starts) == 2
    assert all(0 in own and len(own) > 1 and max(own) < 7000 for own in starts.values())


def test_a_sentence_that_outlasts_its_video_goes_on_over_the_next():
    script = "Here is a sentence that goes on and on for very much longer than any of these little clips can last."
    graph = plan(JobRequest(script=script), pictures(2, "video", 1500), PLAIN)
    assert len(graph.scenes) > 2
    assert words(graph) == script.split()
    assert all(a != b for a, b in pairwise(shown(graph)))


def test_a_silent_video_is_no_longer_than_it_is():
    graph = plan(JobRequest(script="Hello."), pictures(3, "video", 2000), PLAIN)
    assert [scene.duration_ms for scene in graph.scenes if not scene.voice_script] == [2000, 2000]


def test_without_media_there_are_colours_and_words():
    graph = plan(JobRequest(script=SCRIPT), [], PLAIN)
    assert {scene.media.kind for scene in graph.scenes} == {"colour"}
    assert all(set(scene.media.colours) == set(PLAIN.palette) for scene in graph.scenes)
    assert all(scene.overlays for scene in graph.scenes)
    assert all(a.media != b.media for a, b in pairwise(graph.scenes))


def test_without_captions_the_whole_line_is_written_on_the_ground():
    graph = plan(JobRequest(script="Tea is old.", captions=False), [], PLAIN)
    assert graph.scenes[0].overlays[0].text == "Tea is old"


@pytest.mark.parametrize(("engine", "kind"), [("runway", "generated"), ("stock", "stock"), ("local", "colour")])
def test_without_media_a_preferred_engine_is_told_what_to_show(engine, kind):
    graph = plan(JobRequest(prompt="A cat surfing", engine_preference=engine), [], PLAIN)
    assert {scene.media.kind for scene in graph.scenes} == {kind}
    assert {scene.engine for scene in graph.scenes} == {engine}
    assert kind == "colour" or all("cat surfing" in scene.media.query for scene in graph.scenes)


def test_the_users_pictures_are_never_left_to_be_generated():
    graph = plan(JobRequest(script=SCRIPT, engine_preference="runway"), pictures(2), FULL)
    assert {scene.media.kind for scene in graph.scenes if scene.role != "closing"} == {"image"}


def test_the_hook_is_written_over_the_first_picture():
    graph = plan(JobRequest(script=SCRIPT, title="Never cold again"), pictures(2), FULL)
    assert graph.title == "Never cold again"
    assert graph.scenes[0].role == "hook"
    assert [(o.text, o.position) for o in graph.scenes[0].overlays] == [("Never cold again", "top")]
    assert graph.scenes[0].voice_script


def test_the_hook_does_not_say_again_what_the_caption_says():
    graph = plan(JobRequest(script="Never cold again. Meet our new mug today."), pictures(2), FULL)
    silent = plan(JobRequest(script="Never cold again. Meet our new mug today.", captions=False), pictures(2), FULL)
    assert graph.scenes[0].voice_script == "Never cold again."
    assert graph.scenes[0].overlays == ()
    assert silent.scenes[0].overlays[0].text == "Never cold again"


@pytest.mark.parametrize("position", ["top", "middle", "bottom"])
def test_a_title_never_lies_where_the_captions_are(position):
    preset = replace(FULL, captions=CaptionStyle(position=position))
    for media in ([], pictures(2)):
        scenes = plan(JobRequest(script=SCRIPT, title="Mug"), media, preset).scenes[:-1]
        positions = [overlay.position for scene in scenes for overlay in scene.overlays]
        assert positions and position not in positions


def test_the_closing_is_silent_and_shows_the_presets_words_or_the_title():
    worded = replace(FULL, pacing=replace(FULL.pacing, closing_text="Follow for more"))
    for preset, text in ((FULL, "Mug"), (worded, "Follow for more")):
        last = plan(JobRequest(script=SCRIPT, title="Mug"), pictures(2), preset).scenes[-1]
        assert (last.role, last.voice_script, last.overlays[0].text) == ("closing", "", text)


def test_a_very_short_film_has_no_closing():
    graph = plan(JobRequest(script="Hello.", target_duration_seconds=4), pictures(1), FULL)
    assert [scene.role for scene in graph.scenes] == ["hook"]


def test_transitions_come_by_the_seed_and_never_twice_in_a_row():
    def kinds(seed):
        made = plan(JobRequest(script=SCRIPT * 4, seed=seed), pictures(3), FULL).scenes
        return [scene.transition.kind for scene in made[1:]]

    assert kinds(1) == kinds(1)
    assert len({tuple(kinds(seed)) for seed in range(6)}) > 1
    assert all(a != b for a, b in pairwise(kinds(1)))


def test_the_first_scene_cuts_in_and_a_cut_has_no_length():
    graph = plan(JobRequest(script=SCRIPT * 2), pictures(3), FULL)
    assert graph.scenes[0].transition.kind == "cut"
    assert all(s.transition.duration_ms == 0 for s in graph.scenes if s.transition.kind == "cut")


def test_a_look_with_one_transition_uses_it_throughout():
    graph = plan(JobRequest(script=SCRIPT), pictures(2), PLAIN)
    assert {scene.transition.kind for scene in graph.scenes[1:]} == {"fade"}


def test_the_motion_is_left_to_the_engine():
    assert {s.style.motion for s in plan(JobRequest(script=SCRIPT), pictures(2), FULL).scenes} == {None}


@pytest.mark.parametrize(
    ("wish", "kind", "mood", "asset"),
    [
        (None, "mood", None, None),
        ("none", "none", None, None),
        (MusicWish(mood="happy"), "mood", "happy", None),
        (MusicWish(asset="song"), "asset", None, "song"),
    ],
)
def test_music_is_as_wished(wish, kind, mood, asset):
    music = plan(JobRequest(script=SCRIPT, music=wish), [], PLAIN).global_audio.music
    assert (music.kind, music.mood, music.asset) == (kind, mood, asset)


def test_the_voice_is_the_one_that_was_asked_for_and_the_looks_pace_is_reckoned_with():
    slow = JobRequest(script=SCRIPT, voice=VoiceChoice(speed=0.8, voice="heart"))
    assert plan(slow, [], PLAIN).global_audio.voice == VoiceChoice(speed=0.8, voice="heart")
    assert length_ms(plan(slow, [], PLAIN)) > length_ms(plan(JobRequest(script=SCRIPT), [], PLAIN))
    assert length_ms(plan(slow, [], replace(PLAIN, voice_speed=1.2))) < length_ms(plan(slow, [], PLAIN))


def test_what_the_request_fixes_is_in_the_graph():
    request = JobRequest(script=SCRIPT, aspect="16:9", captions=False, seed=7, preset_id="clean_bold", language="pt-BR")
    graph = plan(request, [], PLAIN)
    assert (graph.aspect, graph.captions, graph.seed, graph.preset_id) == ("16:9", False, 7, "clean_bold")
    assert graph.language == "pt-BR"


@pytest.mark.parametrize(
    ("script", "language"),
    [
        ("كوبنا الجديد يحافظ على القهوة ساخنة لمدة ست ساعات. اطلبه اليوم!", "ar"),
        ("我们的新杯子可以让咖啡保温六小时，而且不需要电池。今天就来试试吧！", "zh"),
        ("新しいマグカップは、コーヒーを六時間温かく保ちます。今日試してください。", "ja"),
        ("Unser neuer Becher hält den Kaffee sechs Stunden lang heiß. Bestelle ihn heute noch!", "de"),
        ("Coffee ☕ stays hot 🔥 for hours 👨‍👩‍👧‍👦. Wow! 🎉", "en"),
    ],
)
def test_every_language_survives_untouched(script, language):
    graph = plan(JobRequest(script=script), pictures(3), PLAIN)
    assert graph.language == language
    assert "".join(words(graph)) == "".join(script.split())


SPICE = st.sampled_from(
    ["boat", "leaves.", "harbour,", "and", "Wow!", "a", "$9.99", "7:30", "né", "жизнь.", "🎉", "漢字。", "why?"]
)
SCRIPTS = st.lists(SPICE, min_size=1, max_size=60).map(" ".join).filter(lambda text: any(c.isalnum() for c in text))
PRESETS = st.builds(
    lambda pacing, hook, closing: replace(FULL, pacing=replace(pacing, hook=hook, closing=closing)),
    films.any_pacing(),
    st.booleans(),
    st.booleans(),
)


@st.composite
def any_media(draw):
    found = []
    for k in range(draw(st.integers(0, 9))):
        kind = draw(st.sampled_from(("image", "image", "video")))
        found += pictures(1, kind, draw(st.integers(300, 20_000)) if kind == "video" else None, first=k)
    return found


@given(SCRIPTS, any_media(), PRESETS, st.sampled_from((None, 5, 30)), st.integers(0, 99))
@settings(max_examples=120, deadline=None)
def test_what_must_be_true_of_every_plan(script, media, preset, seconds, seed):
    request = JobRequest(script=script, target_duration_seconds=seconds, seed=seed)
    graph = plan(request, media, preset)
    assert graph == plan(request, media, preset)
    assert SceneGraphSchema.read(SceneGraphSchema.plain(graph)) == graph
    assert [scene.id for scene in graph.scenes] == list(range(1, len(graph.scenes) + 1))
    assert "".join(words(graph)) == "".join(script.split())
    assert all(scene.duration_ms >= 200 for scene in graph.scenes)
    _pictures_take_turns(graph, media, seconds)


def _pictures_take_turns(graph, media, seconds):
    if not media:
        return
    found, ids = shown(graph), [asset.id for asset in media]
    assert found == [ids[k % len(ids)] for k in range(len(found))]
    if seconds is None:
        assert set(found) == set(ids)


@pytest.mark.parametrize("script", ["word " * 3900, "A. " * 6500, "我们" * 9900, "w" * 19_000, "a\n" * 9000])
def test_the_longest_scripts_still_make_a_film(script):
    graph = plan(JobRequest(script=script), pictures(7), FULL)
    assert len(graph.scenes) <= MAX_SCENES
    assert "".join(words(graph)) == "".join(script.split())
    SceneGraphSchema.read(SceneGraphSchema.plain(graph))


def test_two_hundred_pictures_are_all_shown():
    assert len(set(shown(plan(JobRequest(script=SCRIPT), pictures(200), FULL)))) == 200
