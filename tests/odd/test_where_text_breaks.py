"""Where sentences, scenes, cues and lines break, in many languages, and that nothing is lost or added there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.text.clauses import split_text
from app.planning.text.graphemes import line_units
from app.planning.text.sentences import sentences
from app.planning.timing.cues import cues, spread
from assembly.text.subtitles import cue_text_lines
from schemas.preset import CaptionStyle
from schemas.speech import with_written_spaces
from schemas.timing import Span
from tests.waiting import bound_s, seconds_of

HERE = Path(__file__).parent


def table(name):
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))


SPACED = [(language, row) for language, rows in table("sentence_breaks.yaml").items() for row in rows]
TIGHT = [(language, *row) for language, rows in table("tight_breaks.yaml").items() for row in rows.items()]
BOUND = [(language, text) for language, texts in table("bound_expressions.yaml").items() for text in texts]


@pytest.mark.parametrize(("language", "row"), SPACED)
def test_sentences_end_where_a_reader_ends_them(language, row):
    parts = tuple(row.split(" | "))
    assert sentences(" ".join(parts), language) == parts


@pytest.mark.parametrize(("language", "text", "parts"), TIGHT)
def test_sentences_end_where_no_space_follows(language, text, parts):
    assert sentences(text, language) == tuple(parts.split(" | "))


def words_of(text):
    return with_written_spaces(spread(text.split(), Span(0, 160 * len(text))), text)


def caption_lines(text, language, max_chars=20, max_lines=2):
    style = CaptionStyle(max_chars=max_chars, max_lines=max_lines)
    shown = cues(1, words_of(text), Span(0, 160 * len(text) + 500), style, language=language)
    return [line for cue in shown for line in cue_text_lines(cue)]


@pytest.mark.parametrize(("language", "text"), BOUND)
def test_expression_is_in_one_sentence_one_part_and_one_line(language, text):
    context = f"abcd efgh {text} ijkl mnop qrst uvwx"
    assert any(text in unit for unit in line_units(context, language))
    assert len(sentences(context, language)) == 1
    assert all(any(text in part for part in split_text(context, count, language)) for count in range(2, 7))
    assert any(text in line for line in caption_lines(context, language, max_chars=24))


EXPRESSIONS = [text for language, text in BOUND if language == "en"]
FILLERS = ["bread", "We", "time.", "(so)", "now!", "he said", "“Why?”"]


@given(
    st.lists(st.sampled_from([*FILLERS, *(f"{text} bakes" for text in EXPRESSIONS)]), max_size=25), st.integers(1, 9)
)
@settings(max_examples=150, deadline=None)
def test_no_break_falls_inside_an_expression_and_no_word_is_lost(parts, count):
    text = " ".join(["It", *parts, "end"])
    assert " ".join(sentences(text, "en")) == text
    for broken in (sentences(text, "en"), split_text(text, count, "en")):
        assert " ".join(broken) == text
        positions = {len(" ".join(broken[:index])) for index in range(1, len(broken))}
        for expression in EXPRESSIONS:
            for match in re.finditer(rf"(?<!\S){re.escape(expression)}(?!\S)", text):
                assert not positions & set(range(match.start() + 1, match.end()))


ALPHABET = "abcДж. ,!?…:;0129–—()“”„«»\"'。！？，「」你好かなกขไท한글אبم।۔؟։።🎉\u200d\u0301\n\t#@/€%"


@given(
    st.one_of(st.text(max_size=80), st.text(st.sampled_from(ALPHABET), max_size=80)),
    st.sampled_from(["en", "de", "zh", "th", "ar"]),
)
@settings(max_examples=300, deadline=None)
def test_sentences_of_any_text_have_all_its_characters(text, language):
    assert "".join("".join(sentences(text, language)).split()) == "".join(text.split())


WITHOUT_ADDED_SPACES = [
    ("zh", "好的面包需要更长的时间，还要有耐心。价格是３０元（大约）！"),
    ("zh", "他今年３５岁，身高１．７５米，住在北京（大概）。“真的吗？”她问。"),
    ("zh", "价格：¥30～50元／份——便宜！……真的"),
    ("ja", "新しいマグカップは、コーヒーを６時間「温かく」保ちます！価格は３，０００円（税込）です。"),
    ("ja", "家族👨‍👩‍👧‍👦と🇩🇪へ行く1️⃣番だ！👍🏽ﾊﾟｿｺﾝも。"),
    ("ja", "東京・大阪・名古屋ー「ラーメン」をちょっと食べるぞぉぉぉー！！"),
    ("ko", "모든 위대한 이야기는 iPhone에서 시작된다. 가격은 3,000원(대략)입니다!"),
    ("th", "ขนมปังต้องใช้เวลา ขนมปังที่ดีต้องใช้เวลานานกว่านั้นมากและต้องอดทน"),
    ("lo", "ເຂົ້າຈີ່ທີ່ດີຕ້ອງໃຊ້ເວລາດົນກວ່ານັ້ນ"),
    ("km", "ខ្ញុំស្រឡាញ់ភាសាខ្មែរនំប៉័ងល្អត្រូវការពេលវេលាយូរជាងនេះ។"),
    ("my", "ကောင်းမွန်သောပေါင်မုန့်သည်အချိန်ပိုကြာသည်။"),
    ("hi", "हिन्दी में किताबें और क्षत्रिय ज्ञान की बात करते हैं। तुम कौन हो?"),
    ("he", 'שלום עולם, זה (מבחן) של 5 ₪ ב-"ארץ".'),
    ("ar", "هذا خبز (جيد) بسعر ٣٠ ريال، كيف حالك؟"),
    ("en", "Café\u0301 naïve “world” (this is) [a] «test» ¡hola! and—so … on"),
]


@pytest.mark.parametrize(("language", "text"), WITHOUT_ADDED_SPACES)
@pytest.mark.parametrize("max_chars", [8, 14, 20])
def test_captions_have_the_spaces_that_were_written_and_no_others(language, text, max_chars):
    lines = caption_lines(text, language, max_chars)
    position = 0
    for line in lines:
        position = text.index(line, position) + len(line)
    assert "".join("".join(lines).split()) == "".join(text.split())


@pytest.mark.parametrize(("language", "text"), WITHOUT_ADDED_SPACES)
@pytest.mark.parametrize("max_chars", [8, 14, 20])
def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one(language, text, max_chars):
    for line in caption_lines(text, language, max_chars):
        assert line[0] not in "、。，．！？：；）」』】》〉)]}!?.,;:%％’”»ーっゃゅょ々"
        assert line[-1] not in "（「『【《〈([{¿¡“‘«"


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("th", "ขนมปังที่ดีต้องใช้เวลานานกว่านั้นมากและต้องอดทน", "ขนมปัง เวลา กว่า มาก และ อดทน"),
        ("zh", "我们的新杯子可以让咖啡保温六小时而且不需要电池", "我们 杯子 可以 咖啡 保温 小时 而且 需要 电池"),
        ("ja", "新しいマグカップはコーヒーを温かく保ちます", "新しい マグカップ コーヒー 温かく 保ちます"),
        ("lo", "ເຂົ້າຈີ່ທີ່ດີຕ້ອງໃຊ້ເວລາດົນ", "ເຂົ້າຈີ່ ຕ້ອງ ເວລາ"),
        ("km", "នំប៉័ងល្អត្រូវការពេលវេលា", "នំប៉័ង ត្រូវការ ពេលវេលា"),
    ],
)
@pytest.mark.parametrize("max_chars", [12, 16, 22])
def test_lines_of_scripts_without_spaces_break_between_words(language, text, words, max_chars):
    lines = caption_lines(text, language, max_chars)
    assert all(any(word in line for line in lines) for word in words.split())


MONOTONOUS = [
    "a.",
    "。",
    "Dr. ",
    "1. ",
    "! ",
    "? ",
    '"a." ',
    "Ab.Cd",
    "好。",
    "Ready? ",
    "J. ",
    "1) ",
    "z. B. ",
    "ก ",
    "ข",
    "10 – ",
]


@pytest.mark.parametrize("unit", MONOTONOUS)
def test_long_text_of_one_kind_is_broken_in_time_that_grows_with_its_length(unit):
    text = (unit * 20_000)[:20_000]
    usual_s = seconds_of(lambda: break_up("We bake good bread. " * 1000))
    assert seconds_of(lambda: break_up(text)) < bound_s(2, usual_s)


def break_up(text):
    return sentences(text, "en"), split_text(text, 8, "en")
