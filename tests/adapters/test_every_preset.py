"""Rules for every preset, including those of other installed packages."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

import pytest
from PIL import ImageFont

from app.planning.scenes.transitions import WHIPS
from assembly.text.fonts import installed_fonts
from assembly.text.typeface import typeface
from presets import library
from schemas.job import JobRequest
from schemas.preset import CUTS, TRANSITIONS, Preset, PresetSchema

PRESETS = library.presets()
every_preset = pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)

WCAG_AA = 4.5
FRAME_WIDTH_PX = 1080
# The margins that the apps cover on a 1080 × 1920 video: pixels from the top, the bottom and the right edge.
PLATFORM_MARGINS = {"tiktok": (130, 350, 120), "reels": (220, 420, 120), "shorts": (120, 300, 120)}
SAMPLE_TEXT = "The quick brown fox jumps over the lazy dog, and nobody minded at all that day"


@pytest.fixture(scope="module")
def font_styles() -> dict[str, set[str]]:
    """Family → styles of the installed fonts."""
    styles: dict[str, set[str]] = {}
    for path in installed_fonts():
        family, style = ImageFont.truetype(path, 10).getname()
        styles.setdefault(str(family), set()).add(str(style))
    return styles


def luminance(colour: tuple[float, ...]) -> float:
    """Relative luminance, WCAG 2.2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def rgba(colour: str) -> tuple[float, ...]:
    values = [value / 255 for value in bytes.fromhex(colour.lstrip("#"))]
    return tuple(values if len(values) == 4 else [*values, 1.0])


def blend_over(colour: str, grey: float) -> tuple[float, ...]:
    """Return a translucent colour blended over a grey."""
    *channels, alpha = rgba(colour)
    return tuple(alpha * channel + (1 - alpha) * grey for channel in channels)


def lowest_contrast(text: str, behind: str) -> float:
    """Return the lowest contrast of ``text`` on ``behind`` over a black, grey and white picture."""
    return min(contrast(rgba(text)[:3], blend_over(behind, grey)) for grey in (0.0, 0.5, 1.0))


def background(preset: Preset) -> str:
    """Return the colour directly behind the letters of captions: the box or the outline."""
    return preset.captions.box_colour or preset.captions.outline_colour


@every_preset
def test_preset_survives_its_contract(preset: Preset) -> None:
    assert PresetSchema.read(PresetSchema.plain(preset)) == preset


@every_preset
def test_preset_is_found_by_its_id(preset: Preset) -> None:
    assert library.preset(preset.id) is preset


@every_preset
def test_description_says_what_the_preset_is_for(preset: Preset) -> None:
    assert preset.description.startswith("For ")
    assert 40 <= len(preset.description) <= 160
    assert preset.name != preset.id


@every_preset
def test_fonts_are_installed(preset: Preset, font_styles: dict[str, set[str]]) -> None:
    for font in (preset.captions.font, preset.captions.title_font):
        assert font in font_styles
        assert typeface(font, preset.captions.bold, "Hello").family == font


@every_preset
def test_bold_font_has_a_bold_style(preset: Preset, font_styles: dict[str, set[str]]) -> None:
    if preset.captions.bold:
        assert "Bold" in font_styles[preset.captions.font]


@every_preset
def test_captions_have_enough_contrast_over_any_picture(preset: Preset) -> None:
    assert lowest_contrast(preset.captions.colour, background(preset)) >= WCAG_AA


@every_preset
def test_highlighted_word_has_enough_contrast(preset: Preset) -> None:
    style = preset.captions
    if style.highlight == "box":
        assert lowest_contrast(style.colour, style.highlight_colour) >= WCAG_AA
    elif style.highlight != "none":
        assert lowest_contrast(style.highlight_colour, background(preset)) >= WCAG_AA


@every_preset
def test_highlight_has_another_colour(preset: Preset) -> None:
    assert preset.captions.highlight == "none" or preset.captions.highlight_colour != preset.captions.colour


@every_preset
def test_letters_without_a_box_have_an_outline(preset: Preset) -> None:
    assert preset.captions.box_colour or preset.captions.outline_px >= 2


@every_preset
def test_titles_have_enough_contrast_on_backgrounds_and_pictures(preset: Preset) -> None:
    style = preset.captions
    assert all(lowest_contrast(style.title_colour, colour) >= WCAG_AA for colour in preset.palette)
    assert lowest_contrast(style.title_colour, style.outline_colour) >= WCAG_AA


@every_preset
@pytest.mark.parametrize("platform", PLATFORM_MARGINS)
def test_safe_zone_excludes_the_controls_of_platforms(preset: Preset, platform: str) -> None:
    top, bottom, right = PLATFORM_MARGINS[platform]
    assert preset.safe_zone.top * 1920 >= top
    assert preset.safe_zone.bottom * 1920 >= bottom
    assert preset.safe_zone.right * 1080 >= right


@every_preset
def test_captions_are_centred(preset: Preset) -> None:
    assert preset.safe_zone.left == preset.safe_zone.right


@every_preset
def test_full_line_fits_the_safe_zone(preset: Preset) -> None:
    style, zone = preset.captions, preset.safe_zone
    text = SAMPLE_TEXT.upper() if style.uppercase else SAMPLE_TEXT
    per_letter = typeface(style.font, style.bold, text).width_em(text) / len(text) * style.size_px + style.spacing_px
    available_px = (1 - zone.left - zone.right) * FRAME_WIDTH_PX
    assert 0.7 * available_px <= per_letter * style.max_chars <= available_px


@every_preset
def test_caption_covers_at_most_a_fifth_of_the_height(preset: Preset) -> None:
    style = preset.captions
    height = typeface(style.font, style.bold, "Hello").line_em * style.size_px * style.max_lines
    assert height <= 0.2 * 1920


@every_preset
def test_capitals_have_a_thirtieth_of_an_upright_frame(preset: Preset) -> None:
    style = preset.captions
    capitals_em, _ = typeface(style.font, style.bold, "H").ink_em("H")
    assert capitals_em * style.size_px >= 0.033 * 1920


@every_preset
def test_key_words_have_enough_contrast(preset: Preset) -> None:
    if preset.captions.key_words:
        assert lowest_contrast(preset.accent, background(preset)) >= WCAG_AA


FAST = ("clean_bold", "pop_meme", "neon_night", "product_hero")
CALM = ("documentary", "editorial_serif", "minimal_mono", "warm_memories")


@pytest.mark.parametrize("name", FAST)
def test_fast_presets_show_few_words_with_a_pop_and_a_larger_key_word(name: str) -> None:
    style = library.preset(name).captions
    assert (style.animation.kind, style.animation.ms, style.animation.scales) == ("pop", 130, (0.85, 1.06, 1.0))
    assert style.max_words is not None and style.max_words <= 4
    assert (style.key_words, style.key_scale) == (True, 1.25)


@pytest.mark.parametrize("name", CALM)
def test_calm_presets_fade_or_rise_and_keep_the_size_of_words(name: str) -> None:
    style = library.preset(name).captions
    assert {style.animation.kind, style.title_animation.kind} <= {"fade", "rise"}
    assert style.key_scale == 1


@every_preset
def test_captions_of_wide_frames_are_smaller_and_their_lines_longer(preset: Preset) -> None:
    upright, wide = preset.captions_of(1080, 1920), preset.captions_of(1920, 1080)
    assert upright.accent == wide.accent == preset.accent
    assert upright.size_px == preset.captions.size_px > wide.size_px
    assert wide.max_chars > upright.max_chars == preset.captions.max_chars


@every_preset
def test_scene_lengths_are_consistent(preset: Preset) -> None:
    pacing = preset.pacing
    assert pacing.min_scene_ms <= pacing.silent_scene_ms <= pacing.max_scene_ms
    assert pacing.lead_ms + pacing.tail_ms < pacing.min_scene_ms
    assert 2 * preset.transition.duration_ms <= pacing.min_scene_ms


@every_preset
def test_preset_with_still_motion_only_does_not_zoom(preset: Preset) -> None:
    assert (preset.motion.zoom > 1) == (preset.motion.kinds != ("still",))


@every_preset
def test_preset_with_cuts_only_has_no_transition_time(preset: Preset) -> None:
    assert (preset.transition.duration_ms > 0) == (not set(preset.transition.kinds) <= set(CUTS))


@every_preset
def test_at_least_seven_of_ten_scene_changes_are_cuts(preset: Preset) -> None:
    assert set(preset.transition.kinds) <= set(CUTS) or preset.transition.every >= 4


# Fades that flash, wipes, slides and zooms without motion blur are kept for films that name them.
MECHANICAL = {"fade_black", "fade_white", "circle_open", "zoom_in", "blur"} | {
    kind for kind in TRANSITIONS if kind.startswith(("wipe", "slide"))
}
MOVES = {*WHIPS, "zoom_through", "push_card"}


@every_preset
def test_transitions_do_not_show_how_they_are_made(preset: Preset) -> None:
    assert not MECHANICAL & set(preset.transition.kinds)


@every_preset
def test_presets_with_effects_move_and_calm_ones_dissolve_and_match(preset: Preset) -> None:
    kinds = set(preset.transition.kinds)
    if preset.sound.effects_db is None:
        assert kinds <= {"cut", "fade", "match_cut"} and "match_cut" in kinds
    else:
        assert kinds <= MOVES and {"zoom_through", "push_card"} <= kinds
        assert preset.transition.duration_ms <= 400


@every_preset
def test_engines_include_local(preset: Preset) -> None:
    assert "local" in preset.engines


@every_preset
def test_music_is_below_the_voice_and_peaks_below_full_scale(preset: Preset) -> None:
    assert preset.sound.music_db <= -6
    assert preset.sound.effects_db is None or -18 <= preset.sound.effects_db <= -12
    assert preset.sound.true_peak_db <= -1
    assert preset.sound.target_lufs == -14


def traits(preset: Preset) -> dict[str, Any]:
    """Return the visible and audible traits of a preset."""
    caption = preset.captions
    return {
        "font": caption.font,
        "letter colour": caption.colour,
        "letter size": caption.size_px,
        "box": caption.box_colour or "outline",
        "capitals": caption.uppercase,
        "position": caption.position,
        "highlight": (caption.highlight, caption.highlight_colour),
        "motion": preset.motion.kinds,
        "zoom": preset.motion.zoom,
        "transition": preset.transition.kinds,
        "grade": preset.grade,
        "music": preset.sound.mood,
        "fit": preset.fit,
        "background": preset.palette,
        "pacing": preset.pacing.silent_scene_ms,
    }


@pytest.mark.parametrize("pair", list(combinations(PRESETS, 2)), ids=lambda pair: f"{pair[0].id}-{pair[1].id}")
def test_any_two_presets_differ_in_eight_traits(pair: tuple[Preset, Preset]) -> None:
    first, second = map(traits, pair)
    assert sum(first[name] != second[name] for name in first) >= 8


def test_there_are_eight_presets_with_the_default() -> None:
    assert len(PRESETS) >= 8
    assert JobRequest().preset_id in {preset.id for preset in PRESETS}


def test_presets_together_use_every_position_fit_highlight_and_mood() -> None:
    assert {preset.captions.position for preset in PRESETS} == {"top", "middle", "bottom"}
    assert {preset.fit for preset in PRESETS} == {"blur", "crop", "pad"}
    assert {preset.captions.highlight for preset in PRESETS} == {"none", "word", "box", "grow", "spoken"}
    assert len({preset.captions.font for preset in PRESETS}) >= 7
    assert len({preset.sound.mood for preset in PRESETS}) == 5


def test_ids_match_the_pattern_of_names() -> None:
    assert all(re.fullmatch(r"[a-z][a-z0-9_]+", preset.id) for preset in PRESETS)
