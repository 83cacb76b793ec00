"""``plan``: narration, media, order and durations of the scenes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.scenes.beats import MIN_VISIBLE_MS
from app.planning.scenes.planner import plan
from app.planning.timing.counters import counter_of
from app.planning.timing.timeline import build
from schemas.asset import Asset
from schemas.job import JobRequest, MusicRequest
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
    content_type = "video/mp4" if kind == "video" else "image/jpeg"
    return [
        Asset(f"{kind}{first + k}", kind, f"assets/{k}", "0" * 64, 1, content_type, length_ms=length_ms)
        for k in range(count)
    ]


def spoken_words(graph):
    return " ".join(scene.voice_script for scene in graph.scenes).split()


def shown_assets(graph):
    return [media.asset for scene in graph.scenes if scene.role != "closing" for media in scene.all_media]


def length_ms(graph):
    return build(graph, films.SIZE).length_ms


def test_script_is_spoken_word_for_word():
    assert spoken_words(plan(JobRequest(script=SCRIPT), pictures(3), FULL)) == SCRIPT.split()


def test_each_sentence_has_a_scene_and_a_short_caption():
    graph = plan(JobRequest(script=SCRIPT), pictures(4), PLAIN)
    assert [scene.voice_script[:12] for scene in graph.scenes] == [
        "Most morning",
        "You pour a c",
        "Meet the Emb",
        "It keeps you",
    ]
    assert graph.scenes[1].caption == "You pour a coffee, you answer two emails, and by the time…"


def test_markdown_and_stage_directions_are_not_spoken():
    script = "# Our mug\n\nNarrator: It keeps coffee **hot**.\n[music swells]\n- For six hours.\n"
    assert (
        " ".join(spoken_words(plan(JobRequest(script=script), [], PLAIN)))
        == "Our mug It keeps coffee hot. For six hours."
    )


def test_instruction_to_make_a_film_is_not_spoken():
    graph = plan(JobRequest(prompt="Make an ad for our new mug. It holds half a litre. Order yours!"), [], PLAIN)
    assert " ".join(spoken_words(graph)) == "Our new mug. It holds half a litre. Order yours!"
    assert graph.title == "Our new mug"


def test_prompt_with_only_a_topic_becomes_a_short_film_about_it():
    graph = plan(JobRequest(prompt="Create a video about the history of tea"), pictures(3), FULL)
    assert 10_000 < length_ms(graph) < 25_000
    assert "the history of tea" in " ".join(spoken_words(graph))
    assert graph.scenes[0].overlays[0].text == "The history of tea"


def test_length_in_the_prompt_is_the_target():
    graph = plan(JobRequest(prompt="Create a 20 second video about the history of tea"), pictures(4), FULL)
    assert length_ms(graph) == pytest.approx(20_000, abs=300)


def test_target_of_the_request_overrides_the_length_in_the_prompt():
    request = JobRequest(prompt="Create a 20 second video about the history of tea", target_duration_seconds=12)
    assert length_ms(plan(request, pictures(4), FULL)) == pytest.approx(12_000, abs=300)


@pytest.mark.parametrize("seconds", [10, 30, 90, 600])
def test_film_of_a_prompt_has_about_the_target_length(seconds):
    sentences = " ".join(f"The boat number {k} leaves the harbour in the morning light." for k in range(12))
    graph = plan(JobRequest(prompt=sentences, target_duration_seconds=seconds), pictures(5), FULL)
    assert length_ms(graph) == pytest.approx(seconds * 1000, rel=0.1)


def test_prompt_is_trimmed_at_the_end_of_a_sentence():
    graph = plan(JobRequest(prompt=SCRIPT, target_duration_seconds=6), pictures(2), PLAIN)
    assert spoken_words(graph)[-1].endswith(".")
    assert 0 < len(spoken_words(graph)) < len(SCRIPT.split())


def test_trimmed_prompt_keeps_at_least_one_sentence():
    graph = plan(JobRequest(prompt=SCRIPT, target_duration_seconds=1), pictures(2), PLAIN)
    assert " ".join(spoken_words(graph)) == "Most mornings begin the same way."


def test_script_is_never_trimmed():
    graph = plan(JobRequest(script=SCRIPT, target_duration_seconds=5), pictures(2), FULL)
    assert spoken_words(graph) == SCRIPT.split()


def test_long_target_is_filled_with_silent_scenes_of_limited_length():
    graph = plan(JobRequest(script="Tea is old.", target_duration_seconds=60), pictures(3), PLAIN)
    assert length_ms(graph) == pytest.approx(60_000, abs=300)
    assert max(scene.duration_ms for scene in graph.scenes) <= PLAIN.pacing.max_scene_ms + 1500


def test_short_target_limits_the_number_of_pictures():
    graph = plan(JobRequest(script="Tea is old.", target_duration_seconds=6), pictures(30), PLAIN)
    assert len(graph.scenes) <= 4
    assert min(scene.duration_ms for scene in graph.scenes) >= MIN_VISIBLE_MS


def test_sentences_are_split_at_clauses_if_there_are_more_pictures():
    graph = plan(JobRequest(script=SCRIPT), pictures(6), PLAIN)
    assert shown_assets(graph) == [asset.id for asset in pictures(6)]
    assert "You pour a coffee," in [scene.voice_script for scene in graph.scenes]
    assert spoken_words(graph) == SCRIPT.split()


def test_pictures_without_words_are_shown_in_silent_scenes():
    graph = plan(JobRequest(script="Hello."), pictures(5), PLAIN)
    assert shown_assets(graph) == [asset.id for asset in pictures(5)]
    assert [scene.voice_script for scene in graph.scenes] == ["Hello.", "", "", "", ""]


def test_sentence_is_not_split_if_there_is_time_for_silent_scenes():
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
    assert shown_assets(graph) == [asset.id for asset in pictures(5)]


def test_pictures_repeat_in_order_if_there_are_more_sentences():
    assert shown_assets(plan(JobRequest(script=SCRIPT), pictures(3), PLAIN)) == ["image0", "image1", "image2", "image0"]


def test_duplicate_picture_counts_once():
    assert set(shown_assets(plan(JobRequest(script=SCRIPT), pictures(2) * 2, PLAIN))) == {"image0", "image1"}


def test_audio_assets_are_not_shown():
    graph = plan(JobRequest(script=SCRIPT), pictures(1, "audio") + pictures(1), PLAIN)
    assert set(shown_assets(graph)) == {"image0"}


def test_repeated_video_continues_where_it_stopped():
    graph = plan(JobRequest(script=SCRIPT), pictures(1, "video", 60_000), PLAIN)
    starts = [scene.media.start_ms for scene in graph.scenes]
    assert starts == sorted(starts) and len(set(starts)) == 4


def test_used_up_video_starts_again():
    graph = plan(JobRequest(script=SCRIPT), pictures(2, "video", 7000), PLAIN)
    starts = {
        name: [s.media.start_ms for s in graph.scenes if s.media.asset == name] for name in set(shown_assets(graph))
    }
    assert len(starts) == 2
    assert all(0 in times and len(times) > 1 and max(times) < 7000 for times in starts.values())


def test_sentence_longer_than_its_video_continues_over_the_next_video():
    script = "Here is a sentence that goes on and on for very much longer than any of these little clips can last."
    graph = plan(JobRequest(script=script), pictures(2, "video", 1200), PLAIN)
    assert len(graph.scenes) > 2
    assert spoken_words(graph) == script.split()
    assert all(a != b for a, b in pairwise(shown_assets(graph)))


def test_silent_scene_is_not_longer_than_its_video():
    graph = plan(JobRequest(script="Hello."), pictures(3, "video", 2000), PLAIN)
    assert [scene.duration_ms for scene in graph.scenes if not scene.voice_script] == [2000, 2000]


def test_scenes_without_media_get_colours_and_large_captions():
    graph = plan(JobRequest(script=SCRIPT), [], PLAIN)
    assert {scene.media.kind for scene in graph.scenes} == {"colour"}
    assert all(set(scene.media.colours) == set(PLAIN.palette) for scene in graph.scenes)
    assert {scene.layout for scene in graph.scenes} <= {"text_card", "icon_card"}
    assert all(a.media != b.media for a, b in pairwise(graph.scenes))


def test_scenes_without_media_get_key_words_in_a_preset_without_text_cards():
    graph = plan(JobRequest(script=SCRIPT), [], replace(PLAIN, layouts=("full",)))
    assert all(scene.overlays for scene in graph.scenes)
    assert {scene.layout for scene in graph.scenes} == {None}


def test_background_shows_the_whole_line_if_captions_are_off():
    graph = plan(JobRequest(script="Tea is old.", captions=False), [], PLAIN)
    assert graph.scenes[0].overlays[0].text == "Tea is old"


@pytest.mark.parametrize(
    ("engine", "kind"),
    [
        ("runway", "generated"),
        ("stock:pexels", "stock"),
        ("stock", "stock"),
        ("local", "colour"),
        ("local:x", "colour"),
    ],
)
def test_preferred_engine_gets_a_query_if_there_are_no_media(engine, kind):
    graph = plan(JobRequest(prompt="A cat surfing", engine_preference=engine), [], PLAIN)
    assert {scene.media.kind for scene in graph.scenes} == {kind}
    assert {scene.engine for scene in graph.scenes} == {engine}
    assert kind == "colour" or all("cat surfing" in scene.media.query for scene in graph.scenes)


def test_pictures_of_the_user_are_never_replaced_by_generated_ones():
    graph = plan(JobRequest(script=SCRIPT, engine_preference="runway"), pictures(2), FULL)
    assert {scene.media.kind for scene in graph.scenes if scene.role != "closing"} == {"image"}


def test_hook_shows_the_title_over_the_first_picture():
    graph = plan(JobRequest(script=SCRIPT, title="Never cold again"), pictures(2), FULL)
    assert graph.title == "Never cold again"
    assert graph.scenes[0].role == "hook"
    assert [(o.text, o.position) for o in graph.scenes[0].overlays] == [("Never cold again", "top")]
    assert graph.scenes[0].voice_script


@pytest.mark.parametrize("captions", [True, False])
def test_hook_is_a_headline_also_if_the_captions_begin_with_its_words(captions):
    request = JobRequest(script="Never cold again. Meet our new mug today.", captions=captions)
    first = plan(request, pictures(2), FULL).scenes[0]
    assert first.voice_script == "Never cold again."
    assert [(overlay.text, overlay.style) for overlay in first.overlays] == [("Never cold again", "headline")]


@pytest.mark.parametrize(
    ("line", "headline"),
    [
        ("The rocket stood on the pad for nine days.", "The rocket stood on the pad for nine days"),
        ("Monday. Again.", "Monday. Again"),
        (
            "When the wind fell asleep, the rocket that had stood on the pad for nine days left.",
            "When the wind fell asleep",
        ),
        (
            "The patch of the sky was as small as a grain of sand that you hold at the length of an arm.",
            "The patch of the sky",
        ),
    ],
)
def test_headline_of_the_first_line_is_never_cut(line, headline):
    first = plan(
        JobRequest(script=line), pictures(1), replace(FULL, pacing=Pacing(hook=True, max_scene_ms=20_000))
    ).scenes[0]
    assert [overlay.text for overlay in first.overlays] == [headline]


@pytest.mark.parametrize("position", ["top", "middle", "bottom"])
def test_title_never_has_the_position_of_the_captions(position):
    preset = replace(FULL, captions=CaptionStyle(position=position))
    for media in ([], pictures(2)):
        scenes = plan(JobRequest(script=SCRIPT, title="Mug"), media, preset).scenes[:-1]
        positions = [overlay.position for scene in scenes for overlay in scene.overlays if overlay.kind == "text"]
        assert positions and position not in positions


def test_closing_is_silent_and_shows_the_closing_text_or_the_title():
    with_text = replace(FULL, pacing=replace(FULL.pacing, closing_text="Follow for more"))
    for preset, text in ((FULL, "Mug"), (with_text, "Follow for more")):
        last = plan(JobRequest(script=SCRIPT, title="Mug"), pictures(2), preset).scenes[-1]
        assert (last.role, last.voice_script, last.overlays[0].text) == ("closing", "", text)


def test_very_short_film_has_no_closing():
    graph = plan(JobRequest(script="Hello.", target_duration_seconds=4), pictures(1), FULL)
    assert [scene.role for scene in graph.scenes] == ["hook"]


def test_transitions_depend_on_the_seed_and_never_repeat_in_a_row():
    def kinds(seed):
        scenes = plan(JobRequest(script=SCRIPT * 4, seed=seed), pictures(3), FULL).scenes
        return [scene.transition.kind for scene in scenes[1:]]

    assert kinds(1) == kinds(1)
    assert len({tuple(kinds(seed)) for seed in range(6)}) > 1
    assert all(a != b for a, b in pairwise(kinds(1)))


def test_different_scripts_have_different_music_and_the_same_script_the_same():
    def seed(script, **more):
        return plan(JobRequest(script=script, **more), pictures(1), PLAIN).global_audio.music.seed

    assert seed(SCRIPT) == seed(SCRIPT)
    assert len({seed(f"{SCRIPT} {number}") for number in range(20)}) == 20
    assert seed(SCRIPT, seed=5) is None


def test_first_scene_has_a_cut_and_a_cut_has_no_duration():
    graph = plan(JobRequest(script=SCRIPT * 2), pictures(3), FULL)
    assert graph.scenes[0].transition.kind == "cut"
    assert all(s.transition.duration_ms == 0 for s in graph.scenes if s.transition.kind == "cut")


def test_preset_with_one_transition_uses_it_throughout():
    graph = plan(JobRequest(script=SCRIPT), pictures(2), PLAIN)
    assert {scene.transition.kind for scene in graph.scenes[1:]} == {"fade"}


@pytest.mark.parametrize("every", [1, 2, 4])
def test_only_every_nth_change_of_scene_is_a_transition(every):
    preset = replace(PLAIN, transition=TransitionStyle(("fade",), 500, every))
    kinds = [scene.transition.kind for scene in plan(JobRequest(script=SCRIPT * 4), pictures(3), preset).scenes]
    assert len(kinds) > 8
    assert kinds == ["fade" if index and index % every == 0 else "cut" for index in range(len(kinds))]


def test_plan_does_not_set_the_motion():
    assert {s.style.motion for s in plan(JobRequest(script=SCRIPT), pictures(2), FULL).scenes} == {None}


@pytest.mark.parametrize(
    ("requested", "kind", "mood", "asset"),
    [
        (None, "mood", None, None),
        ("none", "none", None, None),
        (MusicRequest(mood="happy"), "mood", "happy", None),
        (MusicRequest(asset="song"), "asset", None, "song"),
    ],
)
def test_music_is_as_requested(requested, kind, mood, asset):
    music = plan(JobRequest(script=SCRIPT, music=requested), [], PLAIN).global_audio.music
    assert (music.kind, music.mood, music.asset) == (kind, mood, asset)


def test_voice_is_as_requested_and_the_presets_voice_speed_counts():
    slow = JobRequest(script=SCRIPT, voice=VoiceChoice(speed=0.8, voice="heart"))
    assert plan(slow, [], PLAIN).global_audio.voice == VoiceChoice(speed=0.8, voice="heart")
    assert length_ms(plan(slow, [], PLAIN)) > length_ms(plan(JobRequest(script=SCRIPT), [], PLAIN))
    assert length_ms(plan(slow, [], replace(PLAIN, voice_speed=1.2))) < length_ms(plan(slow, [], PLAIN))


@pytest.mark.parametrize("preset", [PLAIN, FULL])
def test_media_with_a_title_are_a_silent_film_with_the_title(preset):
    graph = plan(JobRequest(title="Anna and Paul."), pictures(4), preset)
    assert shown_assets(graph) == [asset.id for asset in pictures(4)]
    assert spoken_words(graph) == [] and {scene.caption for scene in graph.scenes if scene.role != "closing"} == {""}
    assert graph.title == graph.scenes[0].overlays[0].text == "Anna and Paul." and graph.scenes[0].role == "hook"
    assert {scene.overlays for scene in graph.scenes[1:4]} == {()}
    assert graph.scenes[-1].role == ("closing" if preset is FULL else "body")


def test_silent_film_has_the_target_length():
    graph = plan(JobRequest(title="Anna and Paul", target_duration_seconds=20), pictures(4), FULL)
    assert length_ms(graph) == pytest.approx(20_000, abs=300)


def test_counted_list_without_its_items_is_a_title_and_not_narration():
    graph = plan(JobRequest(prompt="Give me 3 facts about octopuses, 12 seconds"), pictures(3), PLAIN)
    assert spoken_words(graph) == [] and graph.title == "3 facts about octopuses"
    assert length_ms(graph) == pytest.approx(12_000, abs=300)


@pytest.mark.parametrize("prompt", ["3 facts about octopuses", "Make it short.", "* * *"])
def test_prompt_without_narration_and_media_is_one_silent_scene_with_its_title(prompt):
    scene, *_ = plan(JobRequest(prompt=prompt), [], PLAIN).scenes
    assert scene.voice_script == "" and [overlay.text for overlay in scene.overlays] == [prompt] * ("facts" in prompt)


def test_language_of_a_prompt_with_a_short_topic_is_that_of_its_instruction():
    graph = plan(JobRequest(prompt="Crée une vidéo sur le café"), pictures(2), PLAIN)
    assert graph.language == "fr" and "Prenez" in spoken_words(graph)


LIST = "Three tips for better bread:\n1. Use good flour.\n2. Wait.\n3. Bake it hot.\nFollow for more."


@pytest.mark.parametrize("media", [[], pictures(2), pictures(5)])
def test_each_item_of_a_list_has_its_scene_number_and_counter(media):
    graph = plan(JobRequest(script=LIST), media, PLAIN)
    spoken = [scene for scene in graph.scenes if scene.voice_script]
    assert [scene.voice_script for scene in spoken] == LIST.split("\n")
    assert [scene.item and (scene.item.number, scene.item.total) for scene in spoken] == [
        None,
        (1, 3),
        (2, 3),
        (3, 3),
        None,
    ]
    counters = [counter.text if (counter := counter_of(scene, PLAIN)) else "" for scene in spoken]
    assert counters == ["", "1/3", "2/3", "3/3", ""]


def test_every_picture_of_an_item_has_its_place():
    scenes = plan(JobRequest(script=LIST), pictures(12), PLAIN).scenes
    numbers = [scene.item.number for scene in scenes if scene.item]
    assert sum(len(scene.all_media) for scene in scenes) == 12
    assert sorted(numbers) == numbers and set(numbers) == {1, 2, 3}


def test_counter_is_clear_of_the_captions():
    for position in ("top", "middle", "bottom"):
        preset = replace(PLAIN, captions=CaptionStyle(position=position))
        for scene in plan(JobRequest(script=LIST), pictures(2), preset).scenes:
            assert all(overlay.position != position for overlay in scene.overlays)
            counter = counter_of(scene, preset)
            assert (counter is None) == (scene.item is None)
            assert counter is None or counter.position != position


QUOTE = (
    "“It is not because things are difficult that we do not dare, it is because we do not dare that they are.” — Seneca"
)


@pytest.mark.parametrize("media", [[], pictures(5), pictures(3, "video", 1500)])
def test_quotation_is_one_scene_with_its_author(media):
    pace = replace(PLAIN, pacing=Pacing(max_scene_ms=3000))
    graph = plan(JobRequest(script=f"Listen.\n{QUOTE}\nThink about it."), media, pace)
    (quoted,) = [scene for scene in graph.scenes if scene.attribution and scene.voice_script]
    assert quoted.voice_script == QUOTE and quoted.attribution == "Seneca"
    assert {scene.attribution for scene in graph.scenes if scene.voice_script and scene is not quoted} == {""}


def test_settings_of_the_request_are_in_the_graph():
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
def test_words_of_every_language_are_unchanged(script, language):
    graph = plan(JobRequest(script=script), pictures(3), PLAIN)
    assert graph.language == language
    assert "".join(spoken_words(graph)) == "".join(script.split())


TOKEN = st.sampled_from(
    ["boat", "leaves.", "harbour,", "and", "Wow!", "a", "$9.99", "7:30", "né", "жизнь.", "🎉", "漢字。", "why?"]
)
SCRIPTS = st.lists(TOKEN, min_size=1, max_size=60).map(" ".join).filter(lambda text: any(c.isalnum() for c in text))
PRESETS = st.builds(
    lambda pacing, hook, closing: replace(FULL, pacing=replace(pacing, hook=hook, closing=closing)),
    films.any_pacing(),
    st.booleans(),
    st.booleans(),
)


@st.composite
def any_media(draw):
    media = []
    for k in range(draw(st.integers(0, 9))):
        kind = draw(st.sampled_from(("image", "image", "video")))
        media += pictures(1, kind, draw(st.integers(300, 20_000)) if kind == "video" else None, first=k)
    return media


@given(SCRIPTS, any_media(), PRESETS, st.sampled_from((None, 5, 30)), st.integers(0, 99))
@settings(max_examples=120, deadline=None)
def test_every_plan_is_deterministic_valid_and_complete(script, media, preset, seconds, seed):
    request = JobRequest(script=script, target_duration_seconds=seconds, seed=seed)
    graph = plan(request, media, preset)
    assert graph == plan(request, media, preset)
    assert SceneGraphSchema.read(SceneGraphSchema.plain(graph)) == graph
    assert [scene.id for scene in graph.scenes] == list(range(1, len(graph.scenes) + 1))
    assert "".join(spoken_words(graph)) == "".join(script.split())
    assert all(scene.duration_ms >= 200 for scene in graph.scenes)
    _assert_media_are_used_in_turn(graph, media, seconds)


def _assert_media_are_used_in_turn(graph, media, seconds):
    if not media:
        return
    shown, ids = shown_assets(graph), [asset.id for asset in media]
    assert shown == [ids[k % len(ids)] for k in range(len(shown))]
    if seconds is None:
        assert set(shown) == set(ids)


@pytest.mark.parametrize("script", ["word " * 3900, "A. " * 6500, "我们" * 9900, "w" * 19_000, "a\n" * 9000])
def test_longest_scripts_can_be_planned(script):
    graph = plan(JobRequest(script=script), pictures(7), FULL)
    assert len(graph.scenes) <= MAX_SCENES
    assert "".join(spoken_words(graph)) == "".join(script.split())
    SceneGraphSchema.read(SceneGraphSchema.plain(graph))


def test_two_hundred_pictures_are_all_shown():
    assert len(set(shown_assets(plan(JobRequest(script=SCRIPT), pictures(200), FULL)))) == 200


def test_sound_of_clips_is_that_of_the_request():
    request = JobRequest(script="Bread takes time.", clip_sound="keep")
    assert plan(request, (), films.PRESET).global_audio.clip_sound == "keep"


@pytest.mark.parametrize("effects", [None, True, False])
def test_sound_effects_are_those_of_the_request(effects):
    request = JobRequest(script="Bread takes time.", effects=effects)
    assert plan(request, (), films.PRESET).global_audio.effects is effects
