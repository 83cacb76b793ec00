"""Where a text turns: at paragraphs, rules and headings, and not after each sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.text.passages import passages, turns_before_lines
from app.planning.text.spoken_text import script_text

BREAD, ROME = "Bread takes time. Good bread takes longer.", "Rome is old. It has many cats."
LONG = "The harbour lies empty in the morning and nobody waits for the boat from the other side of the bay"


def turns(text: str) -> list[str]:
    """The first sentences of the passages before which ``text`` turns."""
    return [part.sentences[0] for part in passages(script_text(text).lines, "en") if part.turns]


@pytest.mark.parametrize("gap", ["\n\n", "\n \n\n", "\n---\n", "\n\n***\n\n", "\n\n* * *\n\n", "\n\n---\n\n"])
def test_text_turns_at_blank_lines_and_rules(gap: str) -> None:
    assert turns(f"{BREAD}{gap}{ROME}") == ["Rome is old."]


@pytest.mark.parametrize("gap", [" ", "\n"])
def test_lines_of_one_paragraph_do_not_turn(gap: str) -> None:
    assert turns(f"{BREAD}{gap}{ROME}") == []


def test_wrapped_lines_of_a_paragraph_do_not_turn() -> None:
    assert turns(f"{LONG}\nuntil noon. Then it comes.\n\n{ROME}") == ["Rome is old."]


@pytest.mark.parametrize("heading", ["## Rome", "**Rome**", "Rome", "ROME\n----", "> # Rome"])
def test_text_turns_before_a_heading_and_not_after_it(heading: str) -> None:
    (turn,) = turns(f"{BREAD}\n\n{heading}\n\n{ROME}")
    assert turn.casefold() == "rome"


def test_heading_without_blank_lines_is_a_turn() -> None:
    assert turns(f"# Bread\n{BREAD}\n# Rome\n{ROME}") == ["Rome"]


def test_sentences_with_a_blank_line_after_each_do_not_turn() -> None:
    lines = ["The rocket stood.", "The wind fell asleep.", "One astronaut waited.", "Now she flies.", "Follow me."]
    assert turns("\n\n".join(lines)) == []
    assert turns("\n\n".join([f"{lines[0]} {lines[1]}", *lines[2:]])) == []


def test_single_sentences_in_sections_turn_at_the_sections() -> None:
    first, second = "It is old.\n\nIt is large.\n\nIt is loud.", "We go.\n\nWe look.\n\nWe stay."
    assert turns(f"{first}\n\n---\n\n{second}") == ["We go."]
    assert turns(f"# Rome\n\n{first}\n\n# Tomorrow\n\n{second}") == ["Tomorrow"]


def test_poem_without_marks_turns_at_its_stanzas() -> None:
    assert turns("the harbour\nthe morning\nthe boat\n\nnobody waits\nnobody leaves") == ["nobody waits"]


@pytest.mark.parametrize(
    "opener", ["Here is why:", "Why is that?", "These are the two things that you should know today:"]
)
def test_text_does_not_turn_after_what_announces_the_next_line(opener: str) -> None:
    assert turns(f"{BREAD} {opener}\n\n{ROME}") == []


@pytest.mark.parametrize("marks", [("- ", "- "), ("1. ", "2. ")])
def test_items_of_a_list_do_not_turn(marks: tuple[str, str]) -> None:
    first, second = marks
    assert turns(f"{BREAD} Do this:\n\n{first}{BREAD}\n\n{second}{ROME}") == []
    assert turns(f"{BREAD}\n\n{first}{BREAD}\n\n{second}{ROME}\n\n") == [f"{first.removeprefix('- ')}Bread takes time."]


def test_rows_of_a_table_do_not_turn() -> None:
    table = "| Bread | Price |\n|--|--|\n| Rye | $4 |\n| Spelt | $6 |"
    assert turns(f"{BREAD}\n\n{table}\n\n{ROME}") == ["Rye: $4. Spelt: $6.", "Rome is old."]
    wide = f"| Bread | Price |\n|--|--|\n| {LONG} | {LONG} |\n| {LONG} | {LONG} |"
    assert turns(f"{BREAD} {BREAD}\n{wide}") == []


def test_quotation_keeps_its_author_and_turns_once() -> None:
    text = f"{BREAD}\n\n“We suffer more in imagination than in reality.”\n— Seneca\n\n{ROME}"
    assert turns(text) == ["“We suffer more in imagination than in reality.” — Seneca", "Rome is old."]


def test_list_in_a_line_turns_before_its_first_item_only() -> None:
    text = f"{BREAD}\n\n1. Paris is lovely. 2. Rome is old. 3. Berlin is loud."
    assert turns(text) == ["1. Paris is lovely."]


def test_languages_without_spaces_turn_at_their_paragraphs() -> None:
    text = "面包需要时间。好面包需要更久。\n\n罗马很老。那里有很多猫。"
    assert turns(text) == ["罗马很老。"]


PARAGRAPH = st.integers(1, 4).map(lambda count: " ".join(f"Sentence {k} is here." for k in range(count)))


@given(st.lists(PARAGRAPH, min_size=1, max_size=12))
def test_at_most_every_second_sentence_is_a_turn(paragraphs: list[str]) -> None:
    parts = passages(script_text("\n\n".join(paragraphs)).lines, "en")
    lines = [sentence for part in parts for sentence in part.sentences]
    found = turns_before_lines(lines, parts)
    assert sum(found) in (0, len(paragraphs) - 1)
    assert (sum(found) + 1) * 2 <= max(2, len(lines))
    assert not found[0]


@given(st.text("ab.:?#-*\n 1", max_size=60))
def test_no_text_turns_before_its_first_line(text: str) -> None:
    parts = passages(script_text(text).lines, "en")
    assert not parts or not parts[0].turns
