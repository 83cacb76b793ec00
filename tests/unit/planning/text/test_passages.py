"""Lists and quotations of a narration."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.text.passages import Passage, passages, passages_of_lines
from app.planning.text.spoken_text import script_text
from schemas.scene_graph import ListItem


def passages_of(text):
    return passages(script_text(text).lines, "en")


def numbered(text):
    return [
        (passage.sentences[0], passage.item and (passage.item.number, passage.item.total))
        for passage in passages_of(text)
    ]


def test_items_of_a_numbered_list_keep_their_numbers():
    text = "Three tips for better bread:\n1. Use good flour.\n2. Wait a whole day.\n3. Bake it hot.\nFollow for more."
    assert numbered(text) == [
        ("Three tips for better bread:", None),
        ("1. Use good flour.", (1, 3)),
        ("2. Wait a whole day.", (2, 3)),
        ("3. Bake it hot.", (3, 3)),
        ("Follow for more.", None),
    ]


def test_list_in_one_line_has_items():
    assert numbered("Top 3 cities. 1. Paris is lovely. 2. Rome is old. 3. Berlin is loud. Follow me.") == [
        ("Top 3 cities.", None),
        ("1. Paris is lovely.", (1, 3)),
        ("2. Rome is old.", (2, 3)),
        ("3. Berlin is loud.", (3, 3)),
        ("Follow me.", None),
    ]


@pytest.mark.parametrize("mark", ["- ", "* ", "• ", "– ", "- [ ] "])
def test_items_of_a_bulleted_list_are_counted(mark):
    assert numbered(f"We need\n{mark}flour\n{mark}water\nThen bake.") == [
        ("We need", None),
        ("flour", (1, 2)),
        ("water", (2, 2)),
        ("Then bake.", None),
    ]


@pytest.mark.parametrize(
    "marks", [("1)", "2)"), ("(1)", "(2)"), ("1️⃣", "2️⃣"), ("Tip 1:", "Tip 2:"), ("**1.**", "**2.**")]
)
def test_other_numbers_make_a_list_too(marks):
    assert [item for _, item in numbered(f"{marks[0]} Use flour.\n{marks[1]} Wait.")] == [(1, 2), (2, 2)]


def test_countdown_has_the_highest_number_as_its_total():
    found = passages_of("3) Rome\nIt is old.\n2) Paris\nIt is nice.\n1) Oslo\nIt is cold.\nBye.")
    assert [passage.item for passage in found] == [ListItem(3, 3), ListItem(2, 3), ListItem(1, 3), None]
    assert found[2].sentences == ("1) Oslo", "It is cold.")


def test_headings_are_told_from_paragraphs():
    found = passages_of("# Two towns\n\nBoth are small.\n\nPorto\n\nIt has two bridges.")
    assert [passage.is_heading for passage in found] == [True, False, True, False]


def test_quotation_in_a_paragraph_continues_it():
    found = passages_of('He smiled. "We dare not." — Seneca\n\nThen he left.')
    assert [(passage.author, passage.continues) for passage in found] == [("", False), ("Seneca", True), ("", False)]


def test_indented_line_belongs_to_its_item():
    found = passages_of("- Paris\n  It is nice.\n- Rome\n  It is old.\nBye.")
    assert [passage.sentences for passage in found] == [("Paris", "It is nice."), ("Rome", "It is old."), ("Bye.",)]


@pytest.mark.parametrize("text", ["1. Only one item.", "It rained on 5. May.", "- one bullet", "In 2020. 1. Paris"])
def test_single_number_or_bullet_is_no_list(text):
    assert [passage.item for passage in passages_of(text)] == [None]


@pytest.mark.parametrize(
    ("text", "sentence", "author"),
    [
        ("“We dare. We do not dare.” — Seneca", "“We dare. We do not dare.” — Seneca", "Seneca"),
        (
            '"To be or not to be."\n- William Shakespeare',
            '"To be or not to be." — William Shakespeare',
            "William Shakespeare",
        ),
        ("> Be yourself.\n> — Oscar Wilde", "Be yourself. — Oscar Wilde", "Oscar Wilde"),
        (
            "Bread is life.\n— Dr. Jean-Luc Müller, WHO",
            "Bread is life. — Dr. Jean-Luc Müller, WHO",
            "Dr. Jean-Luc Müller, WHO",
        ),
    ],
)
def test_quotation_is_one_sentence_with_its_author(text, sentence, author):
    assert passages_of(text) == (Passage((sentence,), author=author),)


def test_sentences_before_a_quotation_are_not_part_of_it():
    found = passages_of("Seneca said it well. “We suffer more in imagination.” – Seneca\nThink about it.")
    assert [(passage.sentences, passage.author) for passage in found] == [
        (("Seneca said it well.",), ""),
        (("“We suffer more in imagination.” — Seneca",), "Seneca"),
        (("Think about it.",), ""),
    ]


@pytest.mark.parametrize("text", ["It was late — Anna was tired.", "Come in — we are open", "Flour.\n- Water\n- Salt"])
def test_dash_without_a_quotation_names_no_author(text):
    assert {passage.author for passage in passages_of(text)} == {""}


LINES = st.sampled_from(
    (
        "1. Use flour.",
        "2. Wait.",
        "3. Bake it. It is hot.",
        "- salt",
        "• water",
        "We bake. Ready? Go.",
        "“So it is.” — Seneca",
        "— Oscar Wilde",
        "  indented words",
        "",
    )
)


@given(st.lists(LINES, min_size=1, max_size=12).filter(any), st.lists(st.integers(1, 9), min_size=1, max_size=20))
@settings(max_examples=200, deadline=None)
def test_passages_have_every_word_and_lines_find_their_passage(rows, cuts):
    lines = script_text("\n".join(rows)).lines
    found = passages(lines, "en")
    words = " ".join(line.words for line in lines).replace("—", "").split()
    spoken = [sentence for passage in found for sentence in passage.sentences]
    assert " ".join(spoken).replace("—", "").split() == words
    numbers = [passage.item.number for passage in found if passage.item]
    assert all(0 < number <= max(3, len(rows)) for number in numbers)
    sentence_passages = [passage for passage in found for _ in passage.sentences]
    assert list(passages_of_lines(spoken, found)) == sentence_passages
    assert all(a is b or a.sentences for a, b in pairwise(sentence_passages))


def test_parts_of_a_sentence_and_silent_lines_belong_to_its_passage():
    found = passages_of("We bake bread.\n1. Use good flour, then wait.\n2. Bake it.")
    lines = ("We bake", "bread.", "1. Use good flour,", "", "then wait.", "2. Bake it.", "")
    items = [passage.item and passage.item.number for passage in passages_of_lines(lines, found)]
    assert items == [None, None, 1, 1, 1, 2, 2]
