"""Animated captions, headlines and cards as they are drawn: exact frames, a steady place, unbroken shaping."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from app.store.backends.folder import Folder
from assembly.encode.compose import compose
from assembly.picture.regions import face_boxes
from assembly.text import title_events, titles
from assembly.text.caption_slot import lay_out_cue
from assembly.text.layout import Box, safe_box
from engines.stills.backgrounds import rgb_of
from presets.library import presets
from schemas.animation import Animation
from schemas.clip import Clip, Motion, Window
from schemas.preset import CaptionStyle
from schemas.region import Region
from schemas.scene_graph import Overlay
from schemas.segment import ClipRange, Encoding, Segment, TimedOverlay
from schemas.timeline import Cue
from tests.media import material

LOSSLESS = Encoding("ultrafast", 0, 250)
GREY = 120
WIDTH, HEIGHT = 540, 960
POP, WORDS = Animation("pop"), Animation("pop", unit="word")
FAST = [preset for preset in presets() if preset.captions.animation.kind == "pop"]
CALM = [preset for preset in presets() if preset.captions.animation.kind != "pop"]
by_id = {"ids": lambda preset: preset.id}


@pytest.fixture
def store(tmp_path):
    folder = Folder(tmp_path)
    material.store_flat_plate(folder, "grey.npy", GREY)
    return folder


def make_segment(frames=30, fps=Fraction(30), **facts) -> Segment:
    clip = material.still("grey.npy")
    segment = material.segment(ClipRange(clip, 0, frames, frames), frames, fps, **{"encoding": LOSSLESS, **facts})
    return replace(segment, width=WIDTH, height=HEIGHT)


def lumas(segment: Segment, store: Folder) -> list[np.ndarray]:
    path = store.root / "segment.mp4"
    compose(segment, store, path)
    return [frame.astype(int)[:HEIGHT] for frame in material.decode_frames(path)]


def drawn(luma: np.ndarray, ground: int = GREY) -> Box | None:
    rows, columns = np.nonzero(np.abs(luma - ground) > 20)
    return Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) if len(rows) else None


def with_key(cue: Cue, text: str) -> Cue:
    return replace(cue, lines=tuple(tuple(replace(w, key=w.text == text) for w in line) for line in cue.lines))


def middle(box: Box) -> tuple[float, float]:
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2


# -- captions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lines", [("Hxgdpy",), ("the first Hxp", "Hxp second")])
def test_pop_is_around_the_middle_of_the_cue(store, lines):
    style = CaptionStyle(animation=POP, highlight="none", shadow_px=0, outline_px=3)
    segment = make_segment(8, cues=(material.cue(0, 1000, *lines),), captions=style)
    boxes = [drawn(luma) for luma in lumas(segment, store)]
    widths = [box.width / boxes[-1].width for box in boxes]
    assert widths[:5] == pytest.approx([0.85, 0.955, 1.06, 1.03, 1.0], abs=0.02)
    assert boxes[4] == boxes[5] == boxes[7]
    for box in boxes:
        assert middle(box) == pytest.approx(middle(boxes[-1]), abs=1.5)


def test_word_pops_where_it_stays(store):
    style = CaptionStyle(animation=WORDS, highlight="none", shadow_px=0, outline_px=3, max_lines=1)
    segment = make_segment(30, cues=(material.cue(0, 1000, "aaa bbb ccc"),), captions=style)
    frames = lumas(segment, store)
    rest = drawn(frames[29])
    third = [drawn(luma[:, int(rest.left + 2 * rest.width / 3) + 8 :]) for luma in frames]
    assert [box is None for box in third] == [True] * 20 + [False] * 10
    for box in third[20:]:
        assert middle(box) == pytest.approx(middle(third[-1]), abs=2)
    assert third[22].width > third[29].width > third[20].width


@pytest.mark.parametrize("fps", [Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60)])
@pytest.mark.parametrize("animation", [POP, WORDS, Animation("fade"), Animation("rise")])
def test_animated_cue_is_visible_on_exactly_its_frames(store, fps, animation):
    style = CaptionStyle(animation=animation)
    segment = make_segment(int(fps), fps, cues=(material.cue(233, 767, "one two"),), captions=style)
    visible = [index for index, luma in enumerate(lumas(segment, store)) if drawn(luma)]
    assert visible == list(range(segment.frame_of(233), segment.frame_of(767)))


def test_caption_that_began_in_the_segment_before_does_not_pop_again(store):
    style = CaptionStyle(animation=POP, highlight="none")
    segment = make_segment(10, start_frame=100, cues=(material.cue(3000, 3800, "began"),), captions=style)
    frames = lumas(segment, store)
    assert all(np.array_equal(frames[0], frame) for frame in frames[1:])


SCRIPTS = {
    "ar": ("مرحبا بكم في هذا", "الفيلم القصير"),
    "he": ("שלום iPhone חדש", "249 שקל בלבד"),
    "hi": ("हर महान कहानी", "यहाँ से शुरू"),
    "th": ("ทุก เรื่อง ราว", "เริ่ม ที่ นี่"),
    "zh": ("每 一个 伟大 的", "故事 开始"),
    "vi": ("Mỗi câu chuyện", "bắt đầu"),
}


@pytest.mark.parametrize("language", SCRIPTS)
@pytest.mark.parametrize("highlight", ["none", "box", "grow", "spoken"])
def test_words_that_appear_one_by_one_are_shaped_like_the_whole_line(store, language, highlight):
    """At the end all words are there: any break of joining, order or spacing would make the frames differ."""
    cue = with_key(material.cue(0, 1000, *SCRIPTS[language]), SCRIPTS[language][0].split()[1])
    last = []
    for animation in (POP, WORDS):
        style = CaptionStyle(animation=animation, highlight=highlight, key_words=True, key_scale=1.25, accent="#FF0000")
        segment = make_segment(30, cues=(cue,), captions=style, language=language)
        last.append(lumas(segment, store)[29])
    assert drawn(last[0]) is not None
    assert np.array_equal(*last)


@pytest.mark.parametrize("preset", presets(), **by_id)
def test_every_frame_of_a_preset_s_captions_is_inside_the_safe_zone(store, preset):
    cue = with_key(material.cue(0, 1000, "Meet the $249", "Grinder Types"), "$249")
    style = replace(preset.captions, accent=preset.captions.accent or preset.accent)
    segment = make_segment(12, cues=(cue,), captions=style, safe_zone=preset.safe_zone)
    # On black or white, letters have so much contrast that there is no scrim.
    ground = 16 if min(rgb_of(style.colour)) > 100 else 235
    material.store_flat_plate(store, "grey.npy", ground)
    zone = safe_box(segment.safe_zone, WIDTH, HEIGHT)
    allowed = Box(zone.left - 2, zone.top - 2, zone.right + 2, zone.bottom + 2)
    planned = lay_out_cue(cue, segment).box
    for luma in lumas(segment, store):
        box = drawn(luma, ground)
        assert box.is_inside(allowed)
        assert box.is_inside(Box(planned.left - 3, planned.top - 3, planned.right + 3, planned.bottom + 3))


@pytest.mark.parametrize("preset", FAST, **by_id)
def test_every_cue_of_a_fast_preset_animates_over_four_to_six_frames(store, preset):
    segment = make_segment(20, cues=(material.cue(0, 1000, "Hello"),), captions=preset.captions)
    frames = lumas(segment, store)
    moving = [index for index, (a, b) in enumerate(pairwise(frames)) if not np.array_equal(a, b)]
    assert moving == list(range(len(moving)))
    assert 4 <= len(moving) <= 6


@pytest.mark.parametrize("preset", CALM, **by_id)
def test_captions_of_a_calm_preset_become_opaque_softly_and_keep_their_size(store, preset):
    style = replace(preset.captions, highlight="none")
    segment = make_segment(20, cues=(material.cue(0, 1000, "Hello"),), captions=style)
    boxes = [drawn(luma) for luma in lumas(segment, store)]
    changes = [np.abs(luma - GREY).sum() for luma in lumas(segment, store)]
    assert boxes[0].width == pytest.approx(boxes[-1].width, abs=4)
    assert all(a <= b for a, b in pairwise(changes[:8]))
    assert changes[0] < 0.8 * changes[-1] and changes[8] == changes[-1]


def test_key_word_is_larger_and_in_its_colour_and_moves_no_baseline(store):
    style = CaptionStyle(highlight="none", outline_px=0, shadow_px=0, key_words=True, key_scale=1.25, accent="#000000")
    cue = material.cue(0, 1000, "HHH HHH")
    plain = make_segment(3, cues=(cue,), captions=style)
    lines = ((cue.lines[0][0], replace(cue.lines[0][1], key=True)),)
    keyed = replace(plain, cues=(replace(cue, lines=lines),))
    light, dark = drawn(lumas(plain, store)[1]), lumas(keyed, store)[1]
    rows = np.nonzero((dark < GREY - 60).any(axis=1))[0]
    white = np.nonzero((dark > GREY + 60).any(axis=1))[0]
    assert rows.max() == pytest.approx(white.max(), abs=1)
    assert len(rows) == pytest.approx(1.25 * len(white), abs=2)
    assert len(white) == pytest.approx(light.height, abs=1)


# -- headlines and cards ---------------------------------------------------------------------------------------------


def overlay(first=0, frames=40, turn=0, **facts) -> TimedOverlay:
    return TimedOverlay(Overlay(**facts), first, frames, turn=turn)


@pytest.mark.parametrize("preset", presets(), **by_id)
def test_headline_is_complete_within_three_tenths_of_a_second(store, preset):
    title = overlay(text="The grinder that sounds like a library", style="headline", position="top")
    style = replace(preset.captions, accent=preset.accent)
    segment = make_segment(40, overlays=(title,), captions=style, safe_zone=preset.safe_zone)
    frames = lumas(segment, store)
    complete, early = np.abs(frames[20] - GREY) > 25, np.abs(frames[9] - GREY) > 12
    assert np.abs(frames[0] - GREY).max() > 8
    assert (complete & early).sum() > 0.9 * complete.sum()


def test_old_price_is_alone_until_the_turn_then_the_new_one_counts_up():
    card = overlay(first=5, frames=60, turn=15, text="$189", was="$249", style="amount")
    segment = make_segment(70, overlays=(card,), captions=CaptionStyle(title_animation=POP))
    texts = {}
    for event in title_events.events(segment):
        for frame in range(70):
            if event.start <= 60_000 + frame * 1000 / 30 < event.end and "$" in event.text:
                texts.setdefault(frame, []).append(event.text.rpartition("}")[2])
    assert texts[5] == texts[19] == ["$249"]
    assert [texts[frame][0] for frame in (20, 29, 37, 60)] == ["$30", "$172", "$189", "$189"]
    assert all(texts[frame][1] == "$249" for frame in range(20, 65))
    assert sorted(texts) == list(range(5, 65))


def test_card_has_the_accent_and_is_clear_of_faces_and_captions(store):
    still = Motion("still", Window(0.5, 0.5, 1.0), Window(0.5, 0.5, 1.0))
    clip = Clip(1, "still", "grey.npy", "a", "local", still, faces=(Region(0.3, 0.4, 0.4, 0.2),), aspect=9 / 16)
    style = CaptionStyle(title_animation=POP, accent="#FFE600")
    segment = make_segment(30, cues=(material.cue(0, 1000, "a caption"),), captions=style)
    card = overlay(frames=30, text="18\nsettings", style="amount")
    segment = replace(segment, incoming=ClipRange(clip, 0, 30, 30), overlays=(card,))
    (title,) = titles.titles(segment)
    zone = safe_box(segment.safe_zone, WIDTH, HEIGHT)
    assert title.box.is_inside(Box(zone.left - 0.01, zone.top - 0.01, zone.right + 0.01, zone.bottom + 0.01))
    assert not any(title.box.overlaps(box) for box in [*face_boxes(segment), titles.caption_band(segment)])
    box = title.box
    allowed = Box(box.left - 3, box.top - 3, box.right + 6, box.bottom + 6)  # with its shadow
    frames = lumas(segment, store)
    above_captions = slice(0, int(titles.caption_band(segment).top) - 4)
    assert all(drawn(luma[above_captions]).is_inside(allowed) for luma in frames)
    assert frames[-1][int(title.rest.top + 14), int(title.centre_x)] > 190
