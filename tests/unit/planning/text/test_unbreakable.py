"""Words that stay together: numbers with their units, abbreviations, names, dates."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.scenes.beats import Pace, beats, trim_to_length
from app.planning.text.clauses import split_text
from app.planning.text.graphemes import line_units
from app.planning.text.sentence_ends import ends_sentence, opens_next
from app.planning.text.sentences import sentences, shorten
from app.planning.text.unbreakable import MAX_RUN_COLUMNS, bonds
from app.planning.timing.cue_lines import MAX_WIDTH_FACTOR
from app.planning.timing.cues import cues, spread
from schemas.preset import CaptionStyle, Pacing
from schemas.text_width import width
from schemas.timing import Span

TOGETHER = (
    ("unit", "1 l"),
    ("unit", "500 g"),
    ("unit", "3,5 %"),
    ("unit", "5 €"),
    ("unit", "25 °C"),
    ("unit", "900 sq. ft."),
    ("unit", "5 p.m."),
    ("unit", "12 Minuten"),
    ("unit", "$2.4 million euros"),
    ("unit", "1.2 bn"),
    ("currency", "$ 5"),
    ("currency", "CHF 12.50"),
    ("numbered", "No. 7"),
    ("numbered", "Nr. 12"),
    ("numbered", "Step 2"),
    ("numbered", "chapter IV"),
    ("digits", "1 000 000"),
    ("digits", "12 500"),
    ("phone", "+49 30 123456"),
    ("phone", "(555) 010-7788"),
    ("range", "10 – 20 %"),
    ("range", "3 x 4 m"),
    ("date", "12 March"),
    ("date", "Jan. 5"),
    ("date", "12. März 2026"),
    ("date", "12 de marzo de 2026"),
    ("date", "1er janvier"),
    ("title", "Dr. Müller"),
    ("title", "St. Gallen"),
    ("title", "Mr Bean"),
    ("title", "Mme. Martin"),
    ("title", "Prof. Dr. h. c. Weber"),
    ("abbreviation", "z. B. Brot"),
    ("abbreviation", "e. g. bread"),
    ("abbreviation", "p. ex. ceci"),
    ("abbreviation", "approx. 5 kg"),
    ("abbreviation", "U.S. and"),
    ("initials", "J. R. R. Tolkien"),
    ("initials", "George W. Bush"),
    ("suffix", "Acme Inc."),
    ("address", "24 Linden Ave."),
    ("address", "24 Old Linden Ave."),
    ("mark", "« beau »"),
    ("mark", "& Paul"),
)
APART = (
    "we ate 5 in the morning",
    "Plan B. Then we leave",
    "Vitamin C. Oranges have it",
    "He came in 2019. 12 people left",
    "Main St. The shop",
    "I said no. Seven people left",
    "They may go",
    "It was late. We left",
    "room for 24 people",
)


@pytest.mark.parametrize(("reason", "text"), TOGETHER)
def test_expression_is_one_unit(reason, text):
    assert line_units(text) == [text]
    words = [f"{word} " for word in text.split()]
    assert reason in bonds(words) and all(bonds(words)[:-1])


@pytest.mark.parametrize("text", APART)
def test_words_that_only_resemble_an_expression_may_be_parted(text):
    assert line_units(text) == [f"{word} " for word in text.split()[:-1]] + [text.split()[-1]]


@pytest.mark.parametrize(("text", "units"), [("99元吃饭", ["99元", "吃饭"]), ("7月7日", ["7月", "7日"])])
def test_counter_stays_with_its_digits_in_text_without_spaces(text, units):
    assert line_units(text) == units


def test_long_row_of_numbers_may_be_parted():
    units = line_units(" ".join(["100"] * 50))
    assert len(units) > 3 and max(width(unit.strip()) for unit in units) <= MAX_RUN_COLUMNS


FILLER = st.sampled_from(("bread", "is", "good", "water", "and", "we", "bake", "slowly", "morning,", "today."))
EXPRESSIONS = [text for _, text in TOGETHER]


@st.composite
def texts_with_expressions(draw):
    parts, expressions = [], []
    for _ in range(draw(st.integers(1, 5))):
        parts += draw(st.lists(FILLER, min_size=1, max_size=6))
        expressions.append(draw(st.sampled_from(EXPRESSIONS)))
        parts.append(expressions[-1])
    return " ".join([*parts, "daily"]), expressions


@given(texts_with_expressions(), st.integers(1, 8))
@settings(max_examples=150, deadline=None)
def test_no_split_parts_an_expression(text, count):
    words, expressions = text
    parts = split_text(words, count, "xx")
    assert " ".join(parts) == words
    assert all(any(expression in part for part in parts) for expression in expressions)


@given(texts_with_expressions(), st.sampled_from((15, 19, 25)), st.integers(1, 2), st.integers(60, 400))
@settings(max_examples=150, deadline=None)
def test_no_cue_and_no_line_parts_an_expression(text, max_chars, max_lines, letter_ms):
    words, expressions = text
    style = CaptionStyle(max_chars=max_chars, max_lines=max_lines)
    length_ms = letter_ms * len(words) // 4
    shown = cues(1, spread(words.split(), Span(0, length_ms)), Span(0, length_ms + 500), style)
    lines = [line for cue in shown for line in cue.text.split("\n")]
    assert " ".join(lines) == words
    fitting = [text for text in expressions if width(text) <= max_chars * MAX_WIDTH_FACTOR]
    assert all(any(expression in line for line in lines) for expression in fitting)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "M. Dupont et Mme. Martin font du pain."),
        ("en", "It weighs approx. 5 kg."),
        ("de", "Sie kostete 1.250,50 € und z. B. Dr. Müller zahlte 3,5 %."),
        ("en", "Meet J. R. R. Tolkien of St. Gallen at No. 7."),
    ],
)
def test_abbreviation_does_not_end_a_sentence(language, text):
    assert sentences(f"{text} Ok.", language) == (text, "Ok.")


def test_number_of_an_item_belongs_to_the_item():
    text = "Top 3 cities. 1. Paris is lovely. 2. Rome is old. 3. Berlin is loud."
    assert sentences(text) == ("Top 3 cities.", "1. Paris is lovely.", "2. Rome is old.", "3. Berlin is loud.")


def test_number_of_an_item_is_shown_with_the_item():
    assert line_units("1. Use flour. 2. Wait.") == ["1. Use ", "flour. ", "2. Wait."]
    shown = cues(
        1, spread(["1.", "Use", "good", "flour", "from", "a", "mill"], Span(0, 4000)), Span(0, 4500), CaptionStyle()
    )
    assert shown[0].text.startswith("1. Use")


def test_number_at_the_end_of_a_sentence_ends_it():
    assert sentences("There are 12. Five left.") == ("There are 12.", "Five left.")


def test_long_sentence_is_not_split_at_the_dot_of_a_title():
    text = (
        "In the cold spring of that year the old baker, who had never left the valley, went to see Dr. Smith about the "
        "pain in his hand, and they talked for hours about the U.S. and the long way to St. Louis."
    )
    for count in range(2, 9):
        assert not any(part.endswith(("Dr.", "U.S.", "St.")) for part in split_text(text, count))


def test_shortened_text_ends_before_an_expression_and_not_inside():
    assert shorten("Add exactly 1 l of water to it", 15) == "Add exactly…"


def test_dot_before_a_small_letter_does_not_end_a_sentence():
    assert not ends_sentence(["etc.", "and"], 0)
    for words in (["late.", "We"], ["late!”", "“And"], ["好。", "我"]):
        assert ends_sentence(words, 0)


@pytest.mark.parametrize("opener", ["Ready?", "Here's why:", "Want to know more?", "准备好了吗？"])
def test_question_or_opener_belongs_to_what_follows(opener):
    words = [*["It", "is", "late."], *opener.split(), *["we", "go", "on", "and", "on"]]
    last = 2 + len(opener.split())
    assert opens_next(words, last)
    assert not opens_next(words, 2) and not opens_next(words[: last + 1], last)


def test_text_is_not_split_after_a_question():
    parts = split_text("We bake bread slowly here. Want to know why? It tastes better after a whole day.", 2)
    assert parts == ("We bake bread slowly here.", "Want to know why? It tastes better after a whole day.")


def test_caption_keeps_a_question_with_what_follows():
    words = spread(["We", "wait", "a", "whole", "day.", "Ready?", "Let", "it", "rise."], Span(0, 6000))
    shown = cues(1, words, Span(0, 6500), CaptionStyle(max_chars=20, max_lines=1))
    assert "Ready? Let it rise." in [cue.text for cue in shown]


def test_scene_begins_with_its_question():
    pace = Pace(Pacing(lead_ms=200, tail_ms=350, min_scene_ms=1500, max_scene_ms=6000))
    lines = beats(("Bread takes a whole day.", "Ready?", "Let us begin with the flour.", "Why?"), pace, 0, 400)
    assert lines == ("Bread takes a whole day.", "Ready? Let us begin with the flour. Why?")
    assert beats(("Here's why:", "It rises slowly."), pace, 0, 400) == ("Here's why: It rises slowly.",)


def test_trimmed_narration_does_not_end_with_a_question():
    pace = Pace(Pacing(min_scene_ms=1500, max_scene_ms=6000))
    max_ms = pace.line_ms("It rises slowly.") + pace.line_ms("Ready?")
    assert trim_to_length(("It rises slowly.", "Ready?", "Let us begin."), pace, max_ms) == ("It rises slowly.",)


@pytest.mark.parametrize(
    "word", ["de", "of", "1", "12", "1.", "A.", "z. B.", "St.", "24 Main", "+1 2", "10 –", "May", "5 of"]
)
def test_long_row_of_one_word_has_bounded_runs(word):
    units = line_units(" ".join([word] * 3000))
    assert "".join(units) == " ".join([word] * 3000)
    assert max(width(unit.strip()) for unit in units) <= MAX_RUN_COLUMNS
