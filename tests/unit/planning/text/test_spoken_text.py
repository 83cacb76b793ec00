"""Extraction of the spoken words of a written script."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.text.spoken_text import script_text, spoken_text


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("# A heading", "A heading"),
        ("### A heading", "A heading"),
        ("- one\n* two\n• three", "one\ntwo\nthree"),
        ("- [x] done", "done"),
        ("> a quote", "a quote"),
        ("It is **very** hot", "It is very hot"),
        ("It is *very* hot", "It is very hot"),
        ("It is _very_ hot and `small`", "It is very hot and small"),
        ("See [our shop](https://example.com) now", "See our shop now"),
        ("![a mug](mug.png) Look", "Look"),
        ("[![CI](https://example.com/ci.svg)](https://example.com/ci) ![PyPI](pypi.svg)\nA queue.", "A queue."),
        ("One.\n---\nTwo.", "One.\nTwo."),
        ("[music swells] Hello. [pause]", "Hello."),
        ("(pause) Hello (soft music plays) there", "Hello there"),
        ("(0:05) Hello", "Hello"),
        ("Narrator: Hello.", "Hello."),
        ("**Narrator:** Hello.", "Hello."),
        ("VOICEOVER (calm): Hello.", "Hello."),
        ("Speaker 2: Hello.", "Hello."),
        ("Scene 3: Hello.", "Hello."),
        ("Sprecherin: Hallo.", "Hallo."),
        ("旁白：你好。", "你好。"),
        ("Music: upbeat\nHello.", "Hello."),
        ("B-roll: a mug\nHello.", "Hello."),
    ],
)
def test_markup_and_stage_directions_are_not_spoken(written, spoken):
    assert spoken_text(written) == spoken


@pytest.mark.parametrize(
    "text",
    [
        "Note: this is spoken.",
        "The music of Bach (and the silence after it) is spoken.",
        "5 * 3 * 2 is thirty",
        "snake_case_names stay",
        "A well-known fact - with a dash",
        "He said: wait.",
        "Our scene: a harbour at dawn.",
        "It is #1 in town",
    ],
)
def test_text_that_resembles_markup_is_unchanged(text):
    assert spoken_text(text) == text


def test_wrapped_lines_are_joined():
    wrapped = "Most mornings begin the same way: you pour a coffee, you answer two\nemails, and it is cold."
    assert spoken_text(wrapped) == wrapped.replace("\n", " ")


def test_short_lines_are_not_joined():
    assert spoken_text("Meet Luna\nThe smart lamp\n\nBuy it today") == "Meet Luna\nThe smart lamp\nBuy it today"


def test_heading_after_a_long_line_is_not_joined():
    line = "Most mornings begin the same way, you pour a coffee and answer two emails"
    assert spoken_text(f"{line}\n# Luna") == f"{line}\nLuna"
    assert spoken_text(f"{line}\n\nLuna") == f"{line}\nLuna"


def test_text_of_only_markup_is_spoken():
    assert spoken_text("[music]") == "music"
    assert spoken_text("[](https://example.com)")


@given(
    st.lists(st.sampled_from(["boat", "leaves.", "née", "漢字。", "🎉", "7:30", "-", "and", "\n", "\n\n"]), min_size=1)
)
@settings(max_examples=80, deadline=None)
def test_every_plain_word_is_spoken_in_order(words):
    text = " ".join(words)
    spoken = [word for word in spoken_text(text).split() if word != "-"]
    assert spoken == [word for word in text.split() if word != "-"] or not any(c.isalnum() for c in text)


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("你好【音乐】世界", "你好世界"),
        ("你好 [music] 世界", "你好 世界"),
        ("One [music] two", "One two"),
        ("One[music]two", "One two"),
        ("你好。(pause)今天", "你好。今天"),
    ],
)
def test_removed_text_leaves_a_space_only_in_scripts_with_spaces(written, spoken):
    assert spoken_text(written) == spoken


def test_wrapped_chinese_lines_are_joined_without_a_space():
    first, second = "好的面包需要更长的时间还要有耐心所以我们等了整整一夜直到面团发起来", "早上面包师打开门。"
    assert spoken_text(f"{first}\n{second}") == first + second


PHONE = "Meet the new phone.\nCamera: forty-eight megapixels.\nSound: stereo speakers.\nMusic: it plays all day."


def test_label_that_narration_may_have_is_spoken():
    assert spoken_text(PHONE) == PHONE


def test_label_is_a_direction_in_a_text_with_a_speaker():
    written = script_text(f"Narrator: Look at it.\n{PHONE}")
    assert [line.words for line in written.lines] == ["Look at it.", "Meet the new phone."]
    assert written.left_out == tuple(PHONE.split("\n")[1:])


def test_script_of_a_chat_model_has_only_the_words_of_its_narrator():
    written = script_text(
        "**Scene 1 (0:00-0:05)**\n*Visual: A sunrise over the city.*\n"
        '**Narrator:** "Every morning begins with light."\n\n'
        "**Scene 2 (0:05-0:10)**\n**Narrator:** “And then comes coffee.”\n\n**Text on screen:** Follow for more!"
    )
    assert [line.words for line in written.lines] == ["Every morning begins with light.", "And then comes coffee."]
    assert "*Visual: A sunrise over the city.*" in written.left_out


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("(Laughing) Hello there, friends.", "Hello there, friends."),
        ("This is fun (laughs).", "This is fun."),
        ("(pause for two seconds) Then it came.", "Then it came."),
        ("*sighs* I give up.", "I give up."),
        ("(upbeat music playing)\nHello.", "Hello."),
        ("Bread is old [1]. Wheat came first [2][3].", "Bread is old. Wheat came first."),
    ],
)
def test_stage_directions_leave_no_hole(written, spoken):
    assert spoken_text(written) == spoken


def test_short_code_is_shown_with_the_words_before_it():
    written = script_text("Look at this.\n```py\nprint(1)\nprint(2)\n```\nIt prints.")
    assert [line.words for line in written.lines] == ["Look at this.", "It prints."]
    assert [line.shown and line.shown.text for line in written.lines] == ["```py\nprint(1)\nprint(2)", None]
    assert written.left_out == ()


def test_code_at_the_beginning_is_shown_with_the_first_words():
    (line,) = script_text("```\nls\n```\nIt lists files.").lines
    assert line.shown and line.shown.text == "ls"


def test_long_code_is_left_out_and_named():
    code = "\n".join(f"print({number})" for number in range(40))
    written = script_text(f"Look at this.\n```py\n{code}\n```\nIt prints.")
    assert written.left_out == ("print(0)",) and not any(line.shown for line in written.lines)


def test_second_code_after_the_same_words_is_left_out_and_named():
    written = script_text("Look.\n```\none\n```\n```\ntwo\n```")
    assert written.lines[0].shown and written.lines[0].shown.text == "one"
    assert written.left_out == ("two",)


def test_table_is_spoken_row_by_row():
    table = "| Thing | Amount |\n|---|---|\n| Flour | 500 g |\n| Salt | 10 g |"
    assert spoken_text(table) == "Flour: 500 g\nSalt: 10 g"
    wide = "| Thing | Amount | Price |\n|--|--|--|\n| Flour | 500 g | 2 € |\n| Salt | | 1 € |"
    assert spoken_text(wide) == "Flour: Amount 500 g, Price 2 €\nSalt: Price 1 €"
    assert spoken_text("| no table |") == "| no table |"


@pytest.mark.parametrize("line", ["漢字。 7:30", "Anna 7:30", "Gate 12:05", "会议 9:00"])
def test_time_of_day_after_a_word_is_not_the_label_of_a_speaker(line: str) -> None:
    spoken = " ".join(each.words for each in script_text(f"{line}\n{line}", "9:16").lines)
    assert "".join(spoken.split()) == "".join((line + line).split())
