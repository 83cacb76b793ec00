"""Captions in writing systems without spaces between words show the text as written."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.text.graphemes import break_runs, characters
from app.planning.timing.cues import cues, spread
from assembly.text import subtitles
from assembly.text.caption_slot import lay_out_cue
from assembly.text.cue_layout import line_text as burned_text_of
from schemas.preset import CaptionStyle
from schemas.segment import ClipRange
from schemas.speech import Word, WordSchema, text_of
from schemas.text_width import gap, is_east_asian, width
from schemas.timeline import Cue, TimedScene, Timeline, Tracks
from schemas.timing import Span
from tests.media import material

ONE_LINE = CaptionStyle(max_chars=60, max_lines=1)
NARROW = CaptionStyle(max_chars=16, max_lines=2)

WRITTEN = {
    "Chinese": "你好，世界。这是第一句话。",
    "Chinese, digits and brackets": "价格是３０元（大约）！",
    "Chinese, Latin name": "我的iPhone手机很好用",
    "Japanese": "新しいマグカップは、とても軽いです。",
    "Japanese, half-width kana": "ｶﾀｶﾅでｼｮｰﾄ動画を作る",
    "Japanese, brackets": "価格は３０円（大約）、「安い」！",
    "Thai": "ขนมปังต้องใช้เวลา ขนมปังที่ดีต้องอดทน",
    "Lao": "ພາສາລາວ ເປັນພາສາ",
    "Khmer": "ភាសាខ្មែរ គឺជាភាសា",
    "Burmese": "မြန်မာဘာသာ စကား",
    "Korean": "안녕하세요 세계 여러분",
    "Chinese, spaces around a Latin name": "我的 iPhone 手机",
}


def cues_of(text: str, style: CaptionStyle = ONE_LINE) -> tuple[Cue, ...]:
    return cues(1, spread(text.split(), Span(0, 5000)), Span(0, 6000), style)


def film(cues: tuple[Cue, ...]) -> Timeline:
    return Timeline("2.0", Fraction(30), 108, 192, 300, (TimedScene(1, 0, 300, 0, 10_000),), Tracks(captions=cues))


@pytest.mark.parametrize("script", WRITTEN)
def test_caption_is_the_text_as_written(script: str) -> None:
    text = WRITTEN[script]
    assert [cue.text for cue in cues_of(text)] == [text]


@pytest.mark.parametrize("script", WRITTEN)
@pytest.mark.parametrize("to_file", [subtitles.srt, subtitles.vtt])
def test_subtitle_files_have_the_text_as_written(script: str, to_file) -> None:
    text = WRITTEN[script]
    assert text in to_file(film(cues_of(text))).split("\n")


@pytest.mark.parametrize("script", WRITTEN)
def test_burned_lines_have_the_text_of_the_cue(script: str) -> None:
    for cue in cues_of(WRITTEN[script], NARROW):
        clip = ClipRange(material.still("x"), 0, 90, 90)
        layout = lay_out_cue(cue, material.segment(clip, 90, captions=CaptionStyle(size_px=20)))
        assert "\n".join(map(burned_text_of, layout.lines)) == cue.text


def test_cues_of_chinese_sentences_have_no_space() -> None:
    text = "好的面包需要更长的时间，还要有耐心。价格是３０元（大约）！"
    shown = [cue.text for cue in cues_of(text, NARROW)]
    assert "".join(shown).replace("\n", "") == text


def test_space_between_thai_phrases_is_kept_within_a_line() -> None:
    text = "ขนมปังต้องใช้เวลา ขนมปังที่ดีต้องใช้เวลานานกว่านั้นมากและต้องอดทน"
    (cue,) = cues_of(text, CaptionStyle(max_chars=100, max_lines=1))
    assert cue.text == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ｶﾀｶﾅでｼｮｰﾄ", ["ｶﾀｶﾅ", "で", "ｼｮｰﾄ"]),
        ("３０元（大約）！", ["３０元", "（大約）！"]),
        ("ＡＢＣ株式", ["ＡＢＣ株式"]),
    ],
)
def test_half_width_kana_and_full_width_digits_are_one_run(text: str, parts: list[str]) -> None:
    assert break_runs(text) == parts


@pytest.mark.parametrize("text", ["ｶﾞ", "ក្ដ", "ကို", "ກຳ", "क्षि", "각", "1️⃣", "🏴\U000e0067\U000e007f", "❤️"])
def test_grapheme_cluster_is_never_split(text: str) -> None:
    assert characters(text * 2) == [text, text]


def test_tight_word_survives_serialisation() -> None:
    tight, spaced = Word("好", 0, 10, tight=True), Word("好", 0, 10)
    schema = WordSchema()
    assert schema.load(schema.dump(tight)) == tight
    assert schema.load(schema.dump(spaced)) == spaced


def test_word_that_is_not_tight_is_serialised_without_the_field() -> None:
    assert WordSchema().dump(Word("a", 0, 10)) == {"text": "a", "start_ms": 0, "end_ms": 10}


def test_only_the_space_inside_east_asian_text_is_omitted() -> None:
    assert gap("你", "好") == gap("，", "世") == gap("ｶ", "３") == ""
    assert gap("ก", "ข") == gap("ខ", "គ") == gap("你", "a") == gap("안녕", "세상") == " "


@pytest.mark.parametrize(
    ("text", "columns"), [("ｶﾞ", 2), ("３０", 4), ("ก็", 1), ("👨‍👩‍👧‍👦", 2), ("a\x00b", 2), ("각", 2)]
)
def test_width_is_in_terminal_columns(text: str, columns: int) -> None:
    assert width(text) == columns


ALPHABET = "ab,.!?-'1２３ＡｶﾅﾞかなカーＢ漢字（）「」，。、ไทยเก็าກຳລາខ្មែរမြန်မာ안녕é👍🏽ا"
WHITE_SPACE = (" ", "\n", "\u3000", "  ", "")


@st.composite
def texts(draw) -> str:
    words = draw(st.lists(st.text(ALPHABET, min_size=1, max_size=12), min_size=1, max_size=12))
    return "".join(word + draw(st.sampled_from(WHITE_SPACE)) for word in words)


def without_white_space(text: str) -> str:
    return "".join(text.split())


@given(texts(), st.sampled_from((12, 24, 60)))
@settings(max_examples=200, deadline=None)
def test_every_space_of_a_caption_was_white_space_in_the_text(text: str, max_chars: int) -> None:
    lines = [cue.text for cue in cues_of(text, CaptionStyle(max_chars=max_chars, max_lines=1))]
    source = text
    for line in lines:
        source = source.lstrip()
        for before, char in zip([" ", *line], line, strict=False):
            if char == " ":
                assert source[:1].isspace()
                source = source.lstrip()
                continue
            stripped = source.lstrip()
            assert stripped == source or (is_east_asian(before) and is_east_asian(char)), "a written space is missing"
            if char == "-" and stripped[:1] != "-":
                continue  # The hyphen of a split word.
            assert stripped[:1] == char
            source = stripped[1:]
    assert source.strip() == ""


@given(texts())
@settings(max_examples=200, deadline=None)
def test_joined_cue_words_are_the_text(text: str) -> None:
    text_cues = cues_of(text, CaptionStyle(max_chars=400, max_lines=1))
    joined = "".join(text_of(line) for cue in text_cues for line in cue.lines)
    assert without_white_space(joined) == without_white_space(text)
