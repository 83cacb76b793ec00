"""The number of a list's item stays with the item, in sentences, scenes, captions and titles."""

from __future__ import annotations

import re

import pytest

from app.planning.scenes.beats import Pace, beats
from app.planning.text.clauses import split_text
from app.planning.text.graphemes import line_units
from app.planning.text.sentences import sentences
from app.planning.text.titles import title_of
from app.planning.timing.cues import cues, spread
from schemas.preset import CaptionStyle, Pacing
from schemas.timing import Span

PACE = Pace(Pacing(lead_ms=200, tail_ms=350, min_scene_ms=1500, max_scene_ms=6000))
# Texts, with the numbers of their items.
LISTS = [
    ("Top 3 cities. 1. Paris is lovely. 2. Rome is old. 3. Berlin is loud.", "1. 2. 3."),
    (
        "Three tips for better bread:\n1. Use good flour from a mill.\n2. Wait a whole day for it.\n3. Bake it.",
        "1. 2. 3.",
    ),
    ("You need 1. Flour 2. Water 3. Salt", "1. 2. 3."),
    ("You need: 1) flour 2) water 3) salt.", "1) 2) 3)"),
    ("Rules (1) Eat well. (2) Sleep well. (3) Move.", "(1) (2) (3)"),
    ("I. Mix it well. II. Bake it long. III. Eat it.", "I. II. III."),
    ("#1 Eat well. #2 Sleep well. #3 Move.", "#1 #2 #3"),
    ("1️⃣ Paris is lovely. 2️⃣ Rome is old. 3️⃣ Berlin is loud.", "1️⃣ 2️⃣ 3️⃣"),
    ("1.1 Intro to bread. 1.2 The flour. 2.1 The oven.", "1.1 1.2 2.1"),
    ("1. Mehl kaufen. 2. Wasser kochen. 3. Brot backen.", "1. 2. 3."),
    ("1. Achetez du pain. 2. Attendez. 3. Mangez.", "1. 2. 3."),
    ("1. Купите муку. 2. Ждите день. 3. Пеките хлеб.", "1. 2. 3."),
    ("1. खरीदें आटा। 2. रुकें दिन। 3. खाएं रोटी।", "1. 2. 3."),
    ("Step 1. Mix the flour and water. Step 2. Let it rest for a night. Step 3. Bake it.", "1. 2. 3."),
]


@pytest.mark.parametrize(("text", "numbers"), LISTS)
def test_no_sentence_scene_or_caption_ends_with_the_number_of_an_item(text, numbers):
    words = text.split()
    shown = cues(1, spread(words, Span(0, 300 * len(words))), Span(0, 400 * len(words)), CaptionStyle(max_chars=20))
    parts = [*beats(sentences(text), PACE, 0, 400), *split_text(text, 4), *(cue.text for cue in shown)]
    parts += [line for cue in shown for line in cue.text.split("\n")] + line_units(text)
    ends = [part for part in parts if part.split()[-1] in numbers.split() and not re.search(r"Step \d\.\s*$", part)]
    assert ends == []
    assert not re.search(r"\d[.)]?$", title_of([text])) or title_of([text]).startswith("Top")


@pytest.mark.parametrize(("text", "numbers"), LISTS[:-1])
def test_item_of_a_list_is_a_sentence_that_begins_with_its_number(text, numbers):
    starts = [part.split()[0] for part in sentences(text)]
    assert [start for start in starts if start in numbers.split()] == numbers.split()


@pytest.mark.parametrize(
    "text",
    ["Ich habe 3. Du hast 5.", "There are 12. Five left.", "Er kam am 3. Oktober.", "Sie gewann 1. und 2. Preise."],
)
def test_number_that_is_no_item_stays_with_the_words_before_it(text):
    assert all(not re.match(r"\d", part) for part in sentences(text))
