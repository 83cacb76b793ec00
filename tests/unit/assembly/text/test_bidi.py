"""The order on the screen of lines with right-to-left text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assembly.text.bidi import LEFT_TO_RIGHT_MARK, embedding_levels, is_right_to_left, mark_before, visual_order

# א and ב are right-to-left letters, ا is an Arabic one, ￼ an emoji.
LEVELS = {
    "left to right": ("ab 1", "0000"),
    "right to left": ("אב", "11"),
    "Latin word in Hebrew": ("א ab ב", "112211"),
    "Hebrew word in Latin": ("a אב b", "001100"),
    "emoji between Hebrew words": ("א￼ב", "111"),
    "emoji between Hebrew and Latin takes the line's direction": ("א￼b", "112"),
    "emoji at the end of Hebrew in a Latin line": ("a א￼", "0010"),
    "number in Hebrew": ("א 1,250 ב", "112222211"),
    "price in Hebrew": ("א 50% ב", "1122211"),
    "number after Arabic": ("ا 12", "1122"),
    "mark belongs to its letter": ("א\u05b0ב", "111"),
}


@pytest.mark.parametrize(("text", "levels"), LEVELS.values(), ids=LEVELS)
def test_levels_follow_the_bidirectional_algorithm(text: str, levels: str) -> None:
    assert "".join(map(str, embedding_levels(text))) == levels


def test_right_to_left_line_is_reversed_and_latin_inside_it_is_not() -> None:
    assert visual_order(["אב ", "￼", " ab cd"]) == ((2, "ab cd"), (2, " "), (1, "￼"), (0, "אב "))


def test_line_of_a_left_to_right_text_that_begins_from_right_to_left_gets_a_mark() -> None:
    text = "Footage: Ana, נועה (Pexels)"
    mark = mark_before("נועה (Pexels)", text)
    assert mark == LEFT_TO_RIGHT_MARK
    assert set(embedding_levels(f"{mark}נועה (Pexels)")[-9:]) == {0}
    assert mark_before("Footage: Ana,", text) == "" == mark_before("Ana", "נועה, Ana")


def test_only_right_to_left_letters_make_a_line_right_to_left() -> None:
    assert is_right_to_left("a ש") and is_right_to_left("ا")
    assert not is_right_to_left("a 1 ￼ 字 ไทย")


@given(st.lists(st.text(st.sampled_from("ab אב12,.%￼ "), min_size=1)))
def test_order_keeps_all_text(parts: list[str]) -> None:
    ordered = visual_order(parts)
    for index, part in enumerate(parts):
        assert sorted("".join(text for i, text in ordered if i == index)) == sorted(part)
