"""Files given as scripts that are no plain text: read by their content, or refused by what they are."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest
from PIL import Image

from app.core.errors import BadRequest
from app.inputs.registry import read_script
from app.planning.scenes.planner import plan
from app.planning.text.spoken_text import script_text
from presets.library import preset
from schemas.alias import Alias
from schemas.job import JobRequest
from schemas.scene_graph import SceneGraph, SceneGraphSchema

RTF = rb"""{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}{\*\generator Word;}
{\info{\title Secret}}\f0\fs24 Bread takes \b time\b0 .\par Caf\'e9 \u8220?bread\u8221? takes longer.\par}"""
SPOKEN = ["Bread takes time.", "Café “bread” takes longer."]


def archive(*names: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as files:
        for name in names:
            files.writestr(name, "x" * 100)
    return data.getvalue()


def picture(form: str) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (8, 8)).save(data, form)
    return data.getvalue()


def documents() -> Iterator[tuple[str, bytes, str]]:
    yield "a.docx", archive("[Content_Types].xml", "word/document.xml"), "is a Word document"
    yield "a.txt", archive("[Content_Types].xml", "word/document.xml"), "is a Word document"
    yield "a.xlsx", archive("[Content_Types].xml", "xl/workbook.xml"), "is an Excel workbook"
    yield "a.zip", archive("notes.txt"), "is a zip archive"
    yield "a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old version of Word"
    yield "a.pdf", b"%PDF-1.4\n1 0 obj << >> endobj", "is a PDF document"
    yield "a.png", picture("PNG"), "is an image"
    yield "a.md", picture("JPEG"), "is an image"


@pytest.mark.parametrize(("file", "data", "reason"), list(documents()), ids=[file for file, _, _ in documents()])
def test_document_without_text_is_refused_by_what_it_is(file: str, data: bytes, reason: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_script(data, file)
    assert file in str(refused.value) and reason in str(refused.value) and "save its words" in str(refused.value)


@pytest.mark.parametrize("text", ["MZ is a code.", "The free range hen.", "ID3 tags are old.", "PK is short for park."])
def test_text_that_begins_like_another_file_is_read(text: str) -> None:
    assert read_script(text.encode(), "a.txt").text == text


@pytest.mark.parametrize("file", ["a.rtf", "a.txt", "a.md", "standard input"])
def test_rich_text_is_read_under_every_name(file: str) -> None:
    script = read_script(RTF, file)
    assert [line.words for line in script_text(script.text).lines] == SPOKEN


def test_rich_text_in_a_request_is_read() -> None:
    assert [line.words for line in script_text(RTF.decode("ascii")).lines] == SPOKEN


def test_captions_that_roll_up_are_read_once() -> None:
    cues = [("one two", "three four"), ("three four", "five six"), ("five six", "seven eight")]
    rows = (f"00:0{k}.000 --> 00:0{k + 1}.000\n{a}\n{b}\n" for k, (a, b) in enumerate(cues))
    lines = script_text("WEBVTT\n\n" + "\n".join(rows)).lines
    assert [line.words for line in lines] == ["one two", "three four", "five six", "seven eight"]


def test_words_of_ass_subtitles_are_read() -> None:
    text = (
        "[Script Info]\nTitle: x\n\n[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,no\n"
        "Dialogue: 0,0:00:00.00,0:00:02.00,Default,,0,0,0,,{\\b1}Bread{\\b0} takes time.\n"
    )
    assert [line.words for line in script_text(text).lines] == ["Bread takes time."]


def graph(text: str) -> SceneGraph:
    return plan(JobRequest(script=text), (), preset("clean_bold"))


def test_script_of_a_model_becomes_scenes_with_pictures_and_texts() -> None:
    film = graph(
        "Title: Mornings\n\nScene 1\nVisual: A sunrise over the city.\nText on screen: Good morning\n"
        "Narrator: Every morning begins with light.\n\nScene 2\nVisual: Coffee being poured.\n"
        "Narrator: And then comes coffee.\nText on screen: Follow for more!"
    )
    assert film.title == "Mornings"
    first, second = film.scenes[:2]
    assert [scene.voice_script for scene in (first, second)] == [
        "Every morning begins with light.",
        "And then comes coffee.",
    ]
    assert [scene.description for scene in (first, second)] == [
        "A sunrise over the city.",
        "Coffee being poured.",
    ]
    texts = [[overlay.text for overlay in scene.overlays if overlay.kind == "text"] for scene in (first, second)]
    assert texts == [["Good morning"], ["Follow for more!"]]


def test_break_of_ssml_is_a_pause_in_the_film() -> None:
    film = graph('<speak>Bread takes time.<break time="2s"/> Good bread takes longer.</speak>')
    assert [(scene.voice_script, scene.turn) for scene in film.scenes[:2]] == [
        ("Bread takes time.", False),
        ("Good bread takes longer.", True),
    ]


@pytest.mark.parametrize("file", ["a.txt", "a.md", "a.html"])
def test_alias_of_ssml_is_in_the_plan_whichever_way_the_text_comes(file: str) -> None:
    text = '<speak>Welcome to the <sub alias="World Wide Web Consortium">W3C</sub> of today.</speak>'
    html = f"<!DOCTYPE html><html><body>{text}</body></html>" if file == "a.html" else text
    film = graph(read_script(html.encode(), file).text)
    assert film.scenes[0].voice_script == "Welcome to the W3C of today."
    assert film.global_audio.aliases == (Alias("W3C", "World Wide Web Consortium"),)
    assert SceneGraphSchema.read(SceneGraphSchema.plain(film)) == film


def test_table_too_wide_to_be_shown_is_named() -> None:
    long = "a long description of what is to be done with the flour and the water"
    script = script_text(f"| Step | What |\n|---|---|\n| One | {long} |\n| Two | {long} |")
    assert [part.kind for part in script.parts_left_out] == ["table"]
    assert len(script.lines) == 2
