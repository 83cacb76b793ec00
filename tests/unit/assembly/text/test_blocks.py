"""Lower thirds, counters, tables, code and credits: inside their zones, beside captions and faces, in every aspect."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.text.shown_blocks import CODE_COLUMNS, code_block, table_block
from assembly.picture.regions import face_boxes
from assembly.text import ass_document, titles
from assembly.text.blocks.layouts import code_rows, counter_rows, credits_rows, dots_em, lower_third_rows, place_of
from assembly.text.blocks.rows import LEFT, RIGHT
from assembly.text.blocks.syntax import COLOURS, PLAIN, coloured_lines
from assembly.text.blocks.tables import table_rows
from assembly.text.caption_slot import lay_out_cue
from assembly.text.colours import contrast_of, scheme
from assembly.text.layout import safe_box
from assembly.text.title_layout import Title
from assembly.text.typeface import monospaced, typeface
from presets.library import preset, presets
from schemas.clip import Motion, Window
from schemas.frame import ASPECTS
from schemas.preset import POSITIONS
from schemas.region import Region
from schemas.scene_graph import Overlay
from schemas.segment import ClipRange, Segment, TimedOverlay
from schemas.timeline import Cue
from tests.media import material

FACE = typeface("Poppins", True, "a")
FPS, FRAMES = Fraction(30), 90
TEXTS = {
    "lower_third": (
        "Dr. Jean-Luc Müller\nWHO",
        "Bo\nX",
        "מריה חן\nמהנדסת",
        "山田太郎\n主任技師",
        "A" * 60 + "\nB",
    ),
    "counter": ("2/5", "12/40", "Step 2\n2/5", "שלב 2\n2/5", "3/9\n3/9"),
    "table": (
        "Bread | Price\nRye | $4",
        "Method | Water | Time\nFrench press | 500 ml | 4 min\nPour over | 300 ml | 3 min\nEspresso | 40 ml | 25 s",
        "לחם | מחיר\nשיפון | 4",
        "面包 | 价格\n黑麦 | 4",
        "Ready | State\nOven | ✅",
    ),
    "credits": (
        "Footage: Ana (Pexels)",
        "Footage: Jane Doe, John Roe and 3 others (Pexels); 王小明, Łukasz Żółć, نور (Pixabay)",
        "Footage: " + ", ".join(["Adriana Wolfeschlegelsteinhausen"] * 3) + " and 12 others (Pexels)",
        "A" * 130,
    ),
    "code": ("print(1)", "```python\ndef one():\n    return '面包'", "x" * 60, "```nothing\n  a\n\n    b"),
}
SIZES = {"9:16": (1080, 1920), "4:5": (1080, 1350), "1:1": (1080, 1080), "16:9": (1920, 1080)}
STILL = Motion("still", Window(0.5, 0.5, 1.0), Window(0.5, 0.5, 1.0))
STYLES = sorted(TEXTS)


def segment_of(
    style: str, text: str, preset_id: str, aspect: str, *, position: str = "bottom", faces: tuple[Region, ...] = ()
) -> Segment:
    """Return a segment of a preset with one overlay and a caption."""
    used, size = preset(preset_id), SIZES[aspect]
    clip = replace(
        material.still("x"),
        faces=faces,
        aspect=size[0] / size[1],
        motion=STILL,
    )
    overlay = TimedOverlay(Overlay(text=text, style=style, position=position), 0, FRAMES)
    cue = Cue(1, 0, 3000, (material.cue(0, 3000, "One word here").lines[0],))
    zone = used.safe_zone_of(*size)
    plain = material.segment(ClipRange(clip, 0, FRAMES, FRAMES), FRAMES, FPS, cues=(cue,), overlays=(overlay,))
    style_of = used.captions_of(*size)
    return replace(plain, width=size[0], height=size[1], captions=style_of, safe_zone=zone, free_zone=zone)


def only_title(segment: Segment) -> Title:
    (title,) = titles.titles(segment)
    return title


@given(st.sampled_from(STYLES), st.data())
@settings(max_examples=60, deadline=None)
def test_block_is_in_the_safe_zone_and_clear_of_captions(style: str, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(TEXTS[style]))
    preset_id = data.draw(st.sampled_from([one.id for one in presets()]))
    aspect, position = data.draw(st.sampled_from(sorted(ASPECTS))), data.draw(st.sampled_from(POSITIONS))
    segment = segment_of(style, text, preset_id, aspect, position=position)
    title = only_title(segment)
    zone = safe_box(segment.safe_zone, segment.width, segment.height)
    assert title.box.is_inside(replace(zone, left=zone.left - 0.01, right=zone.right + 0.01))
    assert title.rest.is_inside(replace(title.box, left=title.box.left - 0.01, right=title.box.right + 0.01))
    assert not any(title.box.overlaps(lay_out_cue(cue, segment).box) for cue in segment.cues)
    document = ass_document.ass_document(segment)
    assert document is not None and len(document.events) > len(segment.cues)


@given(st.floats(0, 0.7), st.floats(0, 0.7), st.floats(0.05, 0.5), st.sampled_from(sorted(ASPECTS)))
@settings(max_examples=25, deadline=None)
def test_lower_third_covers_no_face(left: float, top: float, size: float, aspect: str) -> None:
    face = Region(left, top, min(size, 1 - left), min(size, 1 - top))
    segment = segment_of("lower_third", TEXTS["lower_third"][0], "clean_bold", aspect, faces=(face,))
    for title in titles.titles(segment):
        assert not any(title.box.overlaps(box) for box in face_boxes(segment))


def test_lower_third_between_captions_and_a_face_that_fills_the_frame_is_left_out() -> None:
    segment = segment_of("lower_third", "A B\nC", "clean_bold", "9:16", faces=(Region(0, 0, 1, 1),))
    assert titles.titles(segment) == ()


@pytest.mark.parametrize("aspect", sorted(ASPECTS))
@pytest.mark.parametrize("preset_id", [one.id for one in presets()])
def test_credits_are_smaller_than_captions_but_readable(preset_id: str, aspect: str) -> None:
    segment = segment_of("credits", TEXTS["credits"][1], preset_id, aspect)
    assert 24 <= only_title(segment).size <= 0.6 * segment.captions.size_px


@pytest.mark.parametrize("aspect", sorted(ASPECTS))
def test_credits_cover_a_face_that_fills_the_frame_but_no_captions(aspect: str) -> None:
    segment = segment_of("credits", TEXTS["credits"][1], "clean_bold", aspect, faces=(Region(0, 0, 1, 1),))
    title = only_title(segment)
    assert not any(title.box.overlaps(lay_out_cue(cue, segment).box) for cue in segment.cues)


def test_lines_of_credits_end_between_names() -> None:
    text = TEXTS["credits"][1]
    for max_width in (600, 700, 900):
        lines = [row.text for row in credits_rows(text, FACE, 30, max_width).rows]
        assert " ".join(lines) == text
        assert len(lines) > 1 and all(line.endswith((",", ";")) for line in lines[:-1])


def test_credits_beside_a_logo_do_not_cover_it() -> None:
    segment = segment_of("credits", TEXTS["credits"][0], "clean_bold", "16:9")
    logo = TimedOverlay(Overlay("image", asset="logo", position="bottom", scale=0.3), 0, FRAMES, "assets/logo.png")
    with_logo = replace(segment, cues=(), overlays=(logo, *segment.overlays))
    zone = safe_box(segment.safe_zone, segment.width, segment.height)
    assert only_title(replace(segment, cues=())).box.bottom == pytest.approx(zone.bottom)
    assert only_title(with_logo).box.bottom <= zone.bottom - 0.3 * zone.height


def test_credits_without_a_place_beside_other_words_are_left_out() -> None:
    segment = segment_of("credits", TEXTS["credits"][0], "clean_bold", "9:16")
    table = TimedOverlay(Overlay(text="A | B\n" * 60, style="table", position="middle"), 0, FRAMES)
    image = TimedOverlay(Overlay("image", asset="a", position="middle", scale=1.0), 0, FRAMES, "assets/a.png")
    assert titles.has_place_for_credits(segment) and titles.has_place_for_credits(replace(segment, overlays=(table,)))
    assert not titles.has_place_for_credits(replace(segment, overlays=(image, *segment.overlays)))


@pytest.mark.parametrize("aspect", sorted(ASPECTS))
@pytest.mark.parametrize("preset_id", [one.id for one in presets()])
def test_what_the_planner_shows_has_letters_of_two_hundredths_of_the_frame(preset_id: str, aspect: str) -> None:
    row = ["French press", "500 ml", "4 min"]
    table = table_block([["Method", "Water", "Time"], *[row] * 5], aspect)
    code = code_block(["x" * CODE_COLUMNS[aspect]] * 6, "", aspect)
    for block in (table, code):
        assert block
        title = only_title(segment_of(block.style, block.text, preset_id, aspect, position="middle"))
        assert title.size >= 0.022 * SIZES[aspect][1]
    name = only_title(segment_of("lower_third", TEXTS["lower_third"][0], preset_id, aspect))
    assert min(line.size for line in name.rows) >= 0.02 * SIZES[aspect][1]


@pytest.mark.parametrize("preset_id", [one.id for one in presets()])
def test_letters_have_the_contrast_of_wcag_aa_on_their_ground(preset_id: str) -> None:
    colours = scheme(preset(preset_id).captions_of(1080, 1920))
    for letters in (colours.ink, colours.written_accent):
        assert contrast_of(letters, colours.ground) >= 4.5
    assert contrast_of(colours.accent, colours.ground) >= 3
    assert all(contrast_of(colour, "#12151B") >= 4.5 for colour in (PLAIN, *COLOURS.values()))


def test_right_to_left_lower_third_is_at_the_right_edge() -> None:
    left, right = (lower_third_rows(TEXTS["lower_third"][k], FACE, 60, 800) for k in (0, 2))
    assert {row.anchor for row in left.rows} == {LEFT} and {row.anchor for row in right.rows} == {RIGHT}


def test_right_to_left_table_has_its_first_column_at_the_right() -> None:
    rows = table_rows(TEXTS["table"][2], FACE, 40, 800).rows
    first, second = rows[0], rows[1]
    assert (first.x or 0) > (second.x or 0)


@given(st.integers(2, 3), st.integers(1, 5), st.data())
@settings(max_examples=60, deadline=None)
def test_cells_of_a_table_stay_in_their_columns(columns: int, rows: int, data: st.DataObject) -> None:
    words = st.text("abcdeÄ你", min_size=1, max_size=9)
    cell = st.lists(words, min_size=1, max_size=4).map(" ".join)
    text = "\n".join(" | ".join(data.draw(cell) for _ in range(columns)) for _ in range(rows + 1))
    laid = table_rows(text, FACE, 30, 700)
    assert laid.width <= 700.1
    assert list(laid.bounds) == sorted(laid.bounds) and laid.bounds[-1] == pytest.approx(laid.height)
    tops = (0.0, *laid.bounds)
    for row in laid.rows:
        width = FACE.width_em(row.text) * row.size
        start = row.x if row.anchor == LEFT else (row.x or 0) - width
        assert start is not None and start >= 0 and start + width <= laid.width
        assert tops[row.part] <= row.middle <= tops[row.part + 1]
    assert "".join("".join(row.text.split()) for row in laid.rows if row.part == 0)


def test_dots_of_a_counter_have_their_space() -> None:
    assert place_of("2/5") is None and place_of("Step 2\n2/5") == (2, 5)
    plain, dotted = counter_rows("Step 2", FACE, 50, 900), counter_rows("Step 2\n2/5", FACE, 50, 900)
    assert dotted.width - plain.width == pytest.approx(dots_em(5) * 50)


def test_code_is_in_a_monospaced_font_in_columns() -> None:
    rows = code_rows("```py\nif x:\n    y = 1\n面", 40, 900).rows
    assert [row.text for row in rows] == ["if x:", "y = 1", "面"]
    assert (rows[1].x or 0) - (rows[0].x or 0) == pytest.approx(4 * 0.5 * 40)
    assert monospaced("ja").family == "Noto Sans Mono CJK JP"


def test_parts_of_code_have_the_colours_of_their_syntax_and_all_of_its_letters() -> None:
    text = "```python\nimport time\n\n# wait\nprint('done')"
    lines = coloured_lines(text)
    assert ["".join(part for part, _ in line) for line in lines] == text.splitlines()[1:]
    assert dict(lines[0])["import"] == COLOURS["Keyword"]
    assert {colour for _, colour in coloured_lines("a = 1")[0]} == {PLAIN}
