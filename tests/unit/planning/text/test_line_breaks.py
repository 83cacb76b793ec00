"""Line breaks in writing systems with and without spaces; no space is added or lost."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.planning.text.graphemes import break_runs, characters, line_units
from schemas.speech import Word, WordSchema, text_of, with_written_spaces
from schemas.text_width import line_gap, one_line, width

TEXTS = [
    "你好，世界。这是 iPhone手机（大约３０元）！他说“你好”——然后走了……",
    "新しいマグカップは、ｺｰﾋｰを六時間温かく保ちます。ｶﾞｯﾂﾎﾟｰｽﾞ３０円「Python入門」を読んだ。",
    "ขนมปังต้องใช้เวลา ขนมปังที่ดีต้องใช้เวลานานกว่านั้นมาก 30บาท ใช้iPhoneได้",
    "ເຂົ້າຈີ່ທີ່ດີຕ້ອງໃຊ້ເວລາດົນກວ່ານັ້ນ ແລະຕ້ອງອົດທົນ",
    "នំប៉័ងល្អត្រូវការពេលវេលាយូរជាងនេះ។ ខ្ញុំស្រឡាញ់ភាសាខ្មែរ",
    "ကောင်းမွန်သောပေါင်မုန့်သည် အချိန်ပိုကြာသည်။",
    "모든 위대한 이야기는 iPhone에서 시작된다",
    "很好👍🏽！👨‍👩‍👧‍👦 hello你好 world 🇩🇪ไทย",
]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ขนมปังที่ดีต้องใช้เวลานานกว่านั้นมากและต้องอดทน", "ขนมปัง|ที่|ดี|ต้อง|ใช้|เวลา|นาน|กว่า|นั้น|มาก|และ|ต้อง|อดทน"),
        ("ເຂົ້າຈີ່ທີ່ດີຕ້ອງໃຊ້ເວລາ", "ເຂົ້າຈີ່|ທີ່|ດີ|ຕ້ອງ|ໃຊ້|ເວລາ"),
        ("នំប៉័ងល្អត្រូវការពេលវេលា", "នំប៉័ង|ល្អ|ត្រូវការ|ពេលវេលា"),
        ("ပေါင်မုန့်သည်", "ပေါင်မုန့်|သည်"),
        ("コーヒーを六時間温かく保ちます。", "コーヒーを|六|時間|温かく|保ちます。"),
        ("ｶﾞｯﾂﾎﾟｰｽﾞ３０円", "ｶﾞｯﾂﾎﾟｰｽﾞ|３０円"),
        ("价格是３０元（大约）！", "价格|是|３０元|（大约）！"),
        ("他说“你好”。", "他|说|“你好”。"),
        ("ใช้iPhoneได้", "ใช้|iPhone|ได้"),
        ("很好👍🏽！", "很好|👍🏽！"),
    ],
)
def test_lines_break_between_words_and_not_before_closing_marks(text: str, parts: str) -> None:
    assert break_runs(text) == parts.split("|")


@pytest.mark.parametrize("text", ["ខ្មែ", "တ္တု", "ကား", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "ﾎﾟ", "ກຳ", "한"])
def test_grapheme_is_one_character(text: str) -> None:
    assert characters(text) == [text]


@pytest.mark.parametrize("text", TEXTS)
def test_joined_units_are_the_text(text: str) -> None:
    assert "".join(line_units(text)) == text


ALPHABET = "abé1 \n\t,.!“”…—(３０（）「」、。你好々かカｶﾞｰไทยเก็ລາວខ្មែរမြန်မာ한국👍🏽👨‍👩‍👧🇩🇪"


@given(st.one_of(st.text(max_size=60), st.text(st.sampled_from(ALPHABET), max_size=60)))
@settings(max_examples=300, deadline=None)
def test_units_of_any_text_keep_its_characters_and_spaces(text: str) -> None:
    end = " " if text.split() and text[-1].isspace() else ""
    assert "".join(line_units(text)) == " ".join(text.split()) + end
    assert "".join(characters(text)) == text


@given(st.text(st.sampled_from(ALPHABET), max_size=60))
@example("０ \u200d\n０")
@example("０\n\u200d ０")
@settings(max_examples=300, deadline=None)
def test_words_with_written_spaces_join_to_the_text(text: str) -> None:
    words = with_written_spaces([Word(word, 0, 1) for word in text.split()], text)
    assert text_of(words) == one_line(text)


@given(st.text(st.sampled_from(ALPHABET), max_size=60))
@settings(max_examples=200, deadline=None)
def test_tight_parts_join_to_the_word(text: str) -> None:
    for word in text.split():
        parts = break_runs(word)
        assert text_of([Word(part, 0, 1, tight=True) for part in parts]) == word


@pytest.mark.parametrize(
    ("before", "after", "between"),
    [
        ("你好!", "今天", ""),
        ("很好。", "iPad", ""),
        ("ร้อน", "ดี", " "),
        ("안녕.", "오늘", " "),
        ("One.", "Two.", " "),
        ("", "a", ""),
    ],
)
def test_gap_between_sentences_depends_on_the_script(before: str, after: str, between: str) -> None:
    assert line_gap(before, after) == between


def test_line_break_in_chinese_is_not_a_space() -> None:
    assert one_line("你好，\n世界  和\n平\n") == "你好，世界 和平"
    assert one_line(" two\n words ") == "two words"


def test_word_that_is_not_tight_is_serialised_without_the_field() -> None:
    assert WordSchema.plain(Word("a", 0, 1)) == {"text": "a", "start_ms": 0, "end_ms": 1}
    for tight in (True, False):
        word = Word("手", 0, 1, tight=tight)
        assert WordSchema.read(WordSchema.plain(word)) == word


def test_joined_emoji_is_as_wide_as_a_single_emoji() -> None:
    assert width("👨‍👩‍👧‍👦") == width("👍🏽") == width("🇩🇪") == 2
