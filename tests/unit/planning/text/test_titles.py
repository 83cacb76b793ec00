"""Titles: given ones stay, made ones are short and whole."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.scenes.planner import plan
from app.planning.text.clauses import LEADING_WORDS
from app.planning.text.sentences import sentences
from app.planning.text.titles import MAX_HOOK_WORDS, headline, title_of, without_full_stop
from presets.library import preset
from schemas.job import JobRequest
from schemas.scene_graph import Scene


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("our new mug.", "Our new mug"),
        ("Why not?", "Why not?"),
        ("24 Linden Ave.", "24 Linden Ave."),
        ("He met Smith Jr.", "He met Smith Jr."),
        ("We live in the U.S.", "We live in the U.S."),
        ("This one is for me.", "This one is for me"),
        ("Wait for it…", "Wait for it"),
        ("Here's why:", "Here's why"),
        ("1. Use good flour.", "Use good flour"),
        ("Most mornings begin the same way.", "Most mornings begin the same way"),
        ("You pour a coffee, you answer two emails, and it is cold.", "You pour a coffee"),
        ("In the cold spring of that year the old baker went away.", "In the cold spring of that year"),
        ("The bakery of Dr. Müller and of St. Gallen", "The bakery of Dr. Müller and of St. Gallen"),
        ("Read more at https://www.example.com/path?x=1. Write to us today.", "Write to us today"),
        ("Read more at https://www.example.com/path?x=1.", ""),
        ("iPhone users love this", "iPhone users love this"),
        ("我们的新杯子可以让咖啡保温六小时，而且不需要电池。", "我们的新杯子可以让咖啡保温六小时"),
    ],
)
def test_made_title_is_short_and_whole(text, title):
    assert title_of([text]) == title


def test_title_comes_from_the_first_sentence_with_two_words():
    assert title_of(["Ready?", "Let us begin."]) == "Let us begin"
    assert title_of(["Ready?"]) == "Ready?"
    assert title_of(["https://example.com", "Come in."]) == "Come in"
    assert title_of([]) == title_of(["…"]) == ""


@given(
    st.lists(
        st.sampled_from(
            ["the", "of", "bread", "No.", "7", "and", "Dr.", "Müller", "rises,", "1", "kg", "well.", "Ave."]
        ),
        min_size=1,
        max_size=20,
    )
)
@settings(max_examples=200, deadline=None)
def test_any_made_title_is_at_most_ten_words_and_not_cut(words):
    title = title_of([" ".join(words)])
    assert len(title.split()) <= MAX_HOOK_WORDS and not title.endswith("…")
    whole_titles = [without_full_stop(sentence).lower() for sentence in sentences(" ".join(words))]
    is_whole = title.lower() in whole_titles
    assert is_whole or len(title.split()) < 2 or title.split()[-1].lower() not in LEADING_WORDS


@pytest.mark.parametrize(
    "title",
    ["24 Linden Ave.", "a title in lower case.", "Wait…", "The title of a film that has many more than six words"],
)
def test_given_title_is_unchanged_in_the_film_and_over_its_pictures(title):
    graph = plan(JobRequest(script="Come in. It is open today.", title=title), [], preset("clean_bold"))
    assert graph.title == title
    assert title in [overlay.text for scene in graph.scenes for overlay in scene.overlays]
    assert plan(JobRequest(scenes=(Scene(1, caption="Come in"),), title=title), [], preset("clean_bold")).title == title


def test_text_over_a_picture_has_a_capital_and_no_full_stop():
    assert headline("our new mug.", 40) == "Our new mug"
    assert headline("Meet us at 24 Linden Ave.", 40) == "Meet us at 24 Linden Ave."
