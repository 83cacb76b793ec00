"""Scripts as people and models of language write them: what is spoken, shown, and left out with a warning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from app.inputs.registry import read_script
from app.planning.text.left_out import omissions_of
from app.planning.text.passages import passages
from app.planning.text.script_lines import ScriptLine
from app.planning.text.spoken_text import script_text
from schemas.omissions import OMITTED

FORMS: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("script_forms.yaml").read_text(encoding="utf-8"))
every_form = pytest.mark.parametrize("form", FORMS, ids=[str(form["text"])[:40] for form in FORMS])


def facts(text: str) -> dict[str, Any]:
    """What ``text`` gives, under the names of the table."""
    script = script_text(text)
    parts = passages(script.lines, "en")
    return {
        "spoken": [line.words for line in script.lines],
        "sentences": [sentence for part in parts for sentence in part.sentences],
        "items": [part.item.number for part in parts if part.item],
        "left_out": list(script.left_out),
        "on_screen": [line.on_screen for line in script.lines if line.on_screen],
        "pictures": [line.picture for line in script.lines if line.picture],
        "pauses": [index for index, line in enumerate(script.lines) if line.pauses],
        "title": script.title,
        "aliases": [f"{alias.written}: {alias.spoken}" for alias in script.aliases],
    }


@every_form
def test_text_is_read_as_its_author_means_it(form: dict[str, Any]) -> None:
    found = facts(form["text"])
    expected = {name: value for name, value in form.items() if name != "text"}
    assert {name: found[name] for name in expected} == expected


def test_table_has_many_forms_in_many_languages() -> None:
    assert len(FORMS) >= 120
    assert not [name for form in FORMS for name in form if name not in ("text", *facts("Bread."))]


@every_form
def test_file_standard_input_and_request_have_the_same_lines(form: dict[str, Any]) -> None:
    data = form["text"].encode()
    texts = [read_script(data, name).text for name in ("a.txt", "standard input", "a", "a.text")]
    lines: list[tuple[ScriptLine, ...]] = [script_text(text).lines for text in (*texts, form["text"])]
    assert all(found == lines[0] for found in lines)


@every_form
def test_markdown_file_has_the_same_words(form: dict[str, Any]) -> None:
    script = read_script(form["text"].encode(), "a.md")
    spoken = " ".join(line.words for line in script_text(script.text).lines)
    written = " ".join(line.words for line in script_text(form["text"]).lines)
    assert words(spoken) in (words(written), words(written.removeprefix(script.title or "")))


def words(text: str) -> list[str]:
    return "".join(char if char.isalnum() else " " for char in text).split()


@every_form
def test_what_is_left_out_is_named_in_a_warning(form: dict[str, Any]) -> None:
    parts = script_text(form["text"]).parts_left_out
    warnings = [omission.warning for omission in omissions_of(parts)]
    assert len(warnings) == len({part.kind for part in parts})
    assert all(warning.startswith(OMITTED) for warning in warnings)
