"""What every look promises, also one that another package brings."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

import pytest
from PIL import ImageFont

from assembly.text.fonts import installed
from assembly.text.typeface import typeface
from presets.library import preset, presets
from schemas.job import JobRequest
from schemas.preset import Preset, PresetSchema

EVERY = presets()
each = pytest.mark.parametrize("look", EVERY, ids=lambda look: look.id)

WCAG_AA = 4.5
FRAME_PX = 1080
# What the apps draw over a 1080 × 1920 video: pixels from the top, the bottom and the right edge.
PLATFORMS = {"tiktok": (130, 350, 120), "reels": (220, 420, 120), "shorts": (120, 300, 120)}
TALK = "The quick brown fox jumps over the lazy dog, and nobody minded at all that day"


@pytest.fixture(scope="module")
def faces() -> dict[str, set[str]]:
    """Family → styles of the installed fonts."""
    found: dict[str, set[str]] = {}
    for path in installed():
        family, style = ImageFont.truetype(path, 10).getname()
        found.setdefault(str(family), set()).add(str(style))
    return found


def luminance(colour: tuple[float, ...]) -> float:
    """Relative luminance, WCAG 2.2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def rgba(colour: str) -> tuple[float, ...]:
    values = [value / 255 for value in bytes.fromhex(colour.lstrip("#"))]
    return tuple(values if len(values) == 4 else [*values, 1.0])


def over(colour: str, ground: float) -> tuple[float, ...]:
    """A (translucent) colour over a grey ground."""
    *channels, alpha = rgba(colour)
    return tuple(alpha * channel + (1 - alpha) * ground for channel in channels)


def worst(text: str, behind: str) -> float:
    """The contrast of a text over the picture that is worst for it."""
    return min(contrast(rgba(text)[:3], over(behind, ground)) for ground in (0.0, 0.5, 1.0))


def backing(look: Preset) -> str:
    """What is directly behind the caption's letters."""
    return look.captions.box_colour or look.captions.outline_colour


@each
def test_it_is_what_its_contract_says(look: Preset) -> None:
    assert PresetSchema.read(PresetSchema.plain(look)) == look


@each
def test_it_can_be_asked_for_by_its_id(look: Preset) -> None:
    assert preset(look.id) is look


@each
def test_its_text_says_what_it_is_for(look: Preset) -> None:
    assert look.description.startswith("For ")
    assert 40 <= len(look.description) <= 160
    assert look.name != look.id


@each
def test_its_fonts_are_installed(look: Preset, faces: dict[str, set[str]]) -> None:
    for font in (look.captions.font, look.captions.title_font):
        assert font in faces
        assert typeface(font, look.captions.bold, "Hello").family == font


@each
def test_bold_letters_are_drawn_and_not_smeared(look: Preset, faces: dict[str, set[str]]) -> None:
    if look.captions.bold:
        assert "Bold" in faces[look.captions.font]


@each
def test_its_captions_can_be_read_over_any_picture(look: Preset) -> None:
    assert worst(look.captions.colour, backing(look)) >= WCAG_AA


@each
def test_the_spoken_word_can_be_read_too(look: Preset) -> None:
    style = look.captions
    if style.highlight == "box":
        assert worst(style.colour, style.highlight_colour) >= WCAG_AA
    elif style.highlight != "none":
        assert worst(style.highlight_colour, backing(look)) >= WCAG_AA


@each
def test_a_highlight_is_seen(look: Preset) -> None:
    assert look.captions.highlight == "none" or look.captions.highlight_colour != look.captions.colour


@each
def test_letters_without_a_box_have_an_edge(look: Preset) -> None:
    assert look.captions.box_colour or look.captions.outline_px >= 2


@each
def test_titles_can_be_read_on_its_grounds_and_over_pictures(look: Preset) -> None:
    style = look.captions
    assert all(worst(style.title_colour, ground) >= WCAG_AA for ground in look.palette)
    assert worst(style.title_colour, style.outline_colour) >= WCAG_AA


@each
@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_platform_draws_over_its_safe_zone(look: Preset, platform: str) -> None:
    top, bottom, right = PLATFORMS[platform]
    assert look.safe_zone.top * 1920 >= top
    assert look.safe_zone.bottom * 1920 >= bottom
    assert look.safe_zone.right * 1080 >= right


@each
def test_its_captions_stand_in_the_middle_of_the_picture(look: Preset) -> None:
    assert look.safe_zone.left == look.safe_zone.right


@each
def test_a_full_line_fits_in_its_safe_zone(look: Preset) -> None:
    style, zone = look.captions, look.safe_zone
    text = TALK.upper() if style.uppercase else TALK
    per_letter = typeface(style.font, style.bold, text).width_em(text) / len(text) * style.size_px + style.spacing_px
    room = (1 - zone.left - zone.right) * FRAME_PX
    assert 0.7 * room <= per_letter * style.max_chars <= room


@each
def test_its_lines_leave_room_for_the_picture(look: Preset) -> None:
    style = look.captions
    height = typeface(style.font, style.bold, "Hello").line_em * style.size_px * style.max_lines
    assert height <= 0.2 * 1920


@each
def test_its_scenes_can_be_as_long_as_it_says(look: Preset) -> None:
    pacing = look.pacing
    assert pacing.min_scene_ms <= pacing.silent_scene_ms <= pacing.max_scene_ms
    assert pacing.lead_ms + pacing.tail_ms < pacing.min_scene_ms
    assert 2 * look.transition.duration_ms <= pacing.min_scene_ms


@each
def test_a_look_that_stands_still_does_not_zoom(look: Preset) -> None:
    assert (look.motion.zoom > 1) == (look.motion.kinds != ("still",))


@each
def test_a_look_that_only_cuts_has_no_transition_time(look: Preset) -> None:
    assert (look.transition.duration_ms > 0) == (look.transition.kinds != ("cut",))


@each
def test_it_can_be_made_without_any_account(look: Preset) -> None:
    assert "local" in look.engines


@each
def test_music_stays_below_the_voice_and_peaks_below_full_scale(look: Preset) -> None:
    assert look.sound.music_db <= -6
    assert look.sound.true_peak_db <= -1
    assert look.sound.target_lufs == -14


def dimensions(look: Preset) -> dict[str, Any]:
    """What an eye or an ear tells looks apart by."""
    caption = look.captions
    return {
        "font": caption.font,
        "letter colour": caption.colour,
        "letter size": caption.size_px,
        "behind the letters": caption.box_colour or "edge",
        "capitals": caption.uppercase,
        "position": caption.position,
        "highlight": (caption.highlight, caption.highlight_colour),
        "motion": look.motion.kinds,
        "depth": look.motion.zoom,
        "transition": look.transition.kinds,
        "grade": look.grade,
        "music": look.sound.mood,
        "fit": look.fit,
        "ground": look.palette,
        "pace": look.pacing.silent_scene_ms,
    }


@pytest.mark.parametrize("pair", list(combinations(EVERY, 2)), ids=lambda pair: f"{pair[0].id}-{pair[1].id}")
def test_no_two_looks_are_alike(pair: tuple[Preset, Preset]) -> None:
    one, other = map(dimensions, pair)
    assert sum(one[name] != other[name] for name in one) >= 8


def test_there_are_eight_looks_and_the_default_is_one_of_them() -> None:
    assert len(EVERY) >= 8
    assert JobRequest().preset_id in {look.id for look in EVERY}


def test_together_they_use_what_the_house_can_do() -> None:
    assert {look.captions.position for look in EVERY} == {"top", "middle", "bottom"}
    assert {look.fit for look in EVERY} == {"blur", "crop", "pad"}
    assert {look.captions.highlight for look in EVERY} == {"none", "word", "box", "grow", "spoken"}
    assert len({look.captions.font for look in EVERY}) >= 7
    assert len({look.sound.mood for look in EVERY}) == 5


def test_ids_are_names() -> None:
    assert all(re.fullmatch(r"[a-z][a-z0-9_]+", look.id) for look in EVERY)
