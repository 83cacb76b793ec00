"""No word of a text is lost: each is spoken, shown, or named in a warning; and reading takes a bounded time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.planning.text.spoken_text import script_text
from tests.fuzz.fuzz_text import main
from tests.fuzz.text_cases import check_time, check_words, written_texts

# Words and signs of narration in several languages, without labels, brackets and markup.
PLAIN = st.sampled_from(
    (
        *(
            "bread",
            "leaves.",
            "née",
            "Straße,",
            "漢字。",
            "パン",
            "хлеб",
            "خبز",
            "रोटी",
            "빵이",
            "ขนมปัง",
            "10,5",
            "24/7",
        ),
        *("7:30", "#1", "a_b_c", "~5", "&", "AT&T", "C#", "5", "*", "3", "2 < 3", "$5", "—", "–", "…", "“so”", "don’t"),
        *("🎉", "x-y", "@bread", "100%", "no.", "Dr.", "e.g.", "1984.", "(about", "five)", "\n", "\n\n", "\n  "),
    )
)


def words(text: str) -> list[str]:
    return "".join(char if char.isalnum() else " " for char in text).split()


@given(st.lists(PLAIN, min_size=1, max_size=30))
@settings(max_examples=150, deadline=None)
def test_text_without_directions_and_markup_keeps_every_word_in_order(parts: list[str]) -> None:
    text = " ".join(parts)
    script = script_text(text)
    spoken = " ".join(line.words for line in script.lines)
    assert words(spoken) == words(text) and script.left_out == ()


@given(written_texts())
@settings(max_examples=60, deadline=None)
def test_each_word_among_any_marks_is_spoken_shown_or_named(text: str) -> None:
    check_words(text)


@pytest.mark.parametrize(
    "unit",
    [
        "(",
        "()",
        "*a",
        "**a ",
        "<",
        "<!--",
        "[",
        "[a](",
        "![",
        "`a",
        "~~~\n",
        "|",
        "- a\n",
        "> ",
        "🎉\n",
        "♪a",
        "a:",
        "1. ",
    ],
)
def test_longest_script_of_one_sign_is_read_in_time(unit: str) -> None:
    check_time((unit * 20_000)[:20_000])


@pytest.mark.parametrize("text", ["(" + "fade in " * 2_499 + ")", "[" * 9_000 + "]" * 9_000, "Narrator: (a)\n" * 1_400])
def test_longest_script_of_directions_is_read_in_time(text: str) -> None:
    check_time(text)


def test_fuzz_target_ends_in_time(capsys: pytest.CaptureFixture[str], tmp_path: object) -> None:
    assert main(["--seconds", "0", "--seed", "1", "--failures", str(tmp_path)]) == 0
    assert "0 rounds" in capsys.readouterr().out
