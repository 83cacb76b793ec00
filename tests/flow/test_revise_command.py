"""``pytoon revise``, ``revisions`` and ``rollback`` against a real server, with a real database and no workers."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Result, run_command
from tests.flow.serving import audio_bytes, image_bytes
from tests.flow.stored_films import finish, get_json, stored_film

Plain = dict[str, Any]


@pytest.fixture
def film(address: str) -> Plain:
    return stored_film(address)


@pytest.fixture
def pytoon(address: str, film: Plain, capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """``pytoon("revise", "--scene", "1", …)`` about the film."""

    def run(command: str, *args: str) -> Result:
        return run_command(capsys, command, film["job_id"], *args, "--url", address)

    return run


def newest(address: str, film: Plain) -> Plain:
    return get_json(address, get_json(address, film["url"])["revisions"][-1]["links"]["self"])


def revised(pytoon: Callable[..., Result], address: str, film: Plain, *args: str) -> list[Plain]:
    """The changes that the server has stored for these options."""
    result = pytoon("revise", *args, "--no-wait")
    assert result.code == 0, result.words
    changes: list[Plain] = newest(address, film)["changes"]
    return changes


def test_a_dry_run_prints_the_preview_and_changes_nothing(pytoon: Any, address: str, film: Plain) -> None:
    result = pytoon("revise", "--scene", "2", "--caption", "Patience", "--dry-run")
    assert result.code == 0
    assert "encoded again: scene 2 made again: the film's file about" in result.words
    assert "revision" not in result.words and "rendered" not in result.words and "spoken" not in result.words
    assert newest(address, film)["number"] == 1


def test_a_dry_run_as_json_is_the_reply_of_the_server(pytoon: Any) -> None:
    result = pytoon("revise", "--scene", "2", "--caption", "Patience", "--dry-run", "--json")
    assert json.loads(result.out)["preview"]["segments"] == [2]


def test_every_option_becomes_a_change(pytoon: Any, address: str, film: Plain, tmp_path: Path) -> None:
    photo, song = tmp_path / "tea.png", tmp_path / "song.wav"
    photo.write_bytes(image_bytes())
    song.write_bytes(audio_bytes())
    scene = ["--scene", "2", "--caption", "Tea", "--voice-line", "Tea takes time.", "--media", str(photo)]
    scene += ["--duration-ms", "5000", "--take", "new", "--transition", "wipe_left:400", "--focus", "0.3,0.4"]
    scene += ["--motion", "drift", "--description", "a cup", "--clip-sound", "keep", "--subject", "0.1,0.2,0.3,0.4"]
    scene += ["--exposure", "-0.5", "--layout", "card", "--item", "Step 2/5", "--author", "Seneca", "--turn"]
    whole = ["--progress", "bar", "--title", "Tea", "--preset", "neon_night", "--no-captions"]
    whole += ["--voice", "none", "--music", str(song)]
    changes = revised(pytoon, address, film, *scene, *whole, "--remove", "3", "--order", "2,1")
    media, music = changes[2].pop("media"), changes[3]["film"].pop("music")
    assert changes == [
        {"remove": 3},
        {"order": [2, 1]},
        {
            "scene": 2,
            "caption": "Tea",
            "voice_script": "Tea takes time.",
            "duration_ms": 5000,
            "take": "new",
            "transition": {"kind": "wipe_left", "duration_ms": 400},
            "focus": {"x": 0.3, "y": 0.4},
            "style": {"motion": "drift"},
            "description": "a cup",
            "layout": "card",
            "item": {"number": 2, "total": 5, "label": "Step", "dots": True},
            "attribution": "Seneca",
            "turn": True,
        },
        {
            "film": {
                "title": "Tea",
                "preset_id": "neon_night",
                "captions": False,
                "progress": "bar",
                "voice": {"provider": "none"},
            }
        },
    ]
    assert (media["kind"], media["sound"]) == ("image", "keep")
    assert media["exposure"] == -0.5
    assert media["subject"] == {"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.4}
    assert media["asset"].startswith("ast_") and music["asset"].startswith("ast_")


def test_none_and_any_reset_fields_to_the_preset(pytoon: Any, address: str, film: Plain) -> None:
    args = ("--scene", "1", "--focus", "none", "--motion", "any", "--voice-line", "", "--music", "none")
    args += ("--layout", "none", "--item", "none", "--author", "", "--no-turn")
    assert revised(pytoon, address, film, *args) == [
        {
            "scene": 1,
            "voice_script": "",
            "focus": None,
            "style": {"motion": None},
            "layout": None,
            "item": None,
            "attribution": "",
            "turn": False,
        },
        {"film": {"music": "none"}},
    ]


def test_sound_of_clips_is_changed_for_one_scene_or_for_the_film(pytoon: Any, address: str, film: Plain) -> None:
    assert revised(pytoon, address, film, "--clip-sound", "mute") == [{"film": {"clip_sound": "mute"}}]


def test_scene_follows_the_film_again(pytoon: Any, address: str, film: Plain) -> None:
    args = ("--scene", "1", "--caption", "x", "--clip-sound", "film")
    assert revised(pytoon, address, film, *args) == [{"scene": 1, "caption": "x", "media": {"sound": None}}]


@pytest.mark.parametrize(
    "plain", [{"remove": 3}, [{"remove": 3}], {"changes": [{"remove": 3}]}], ids=["one", "list", "edit"]
)
def test_changes_are_read_from_a_file_or_standard_input(
    pytoon: Any, address: str, film: Plain, tmp_path: Path, plain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "changes.json"
    path.write_text(json.dumps(plain), encoding="utf-8")
    shown = pytoon("revise", "--from", str(path), "--dry-run", "--json")
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(plain)))
    assert (
        json.loads(shown.out)["preview"]
        == json.loads(pytoon("revise", "--from", "-", "--dry-run", "--json").out)["preview"]
    )
    assert revised(pytoon, address, film, "--from", str(path), "--scene", "1", "--caption", "x") == [
        {"remove": 3},
        {"scene": 1, "caption": "x"},
    ]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], "no change is given"),
        (["--caption", "x"], "--caption: it needs --scene N"),
        (["--scene", "1"], "it needs an option that changes the scene"),
        (["--order", "a,b"], "not a list of numbers"),
        (["--scene", "1", "--subject", "0.1,0.2"], "is not four numbers"),
        (["--scene", "1", "--exposure", "bright"], "is not a number"),
        (["--scene", "1", "--exposure", "7"], "exposure"),
        (["--scene", "1", "--subject", "0.9,0.2,0.3,0.4"], "ends outside the picture"),
        (["--scene", "1", "--transition", "explode"], "is none of cut, fade"),
        (["--scene", "1", "--transition", "fade:soon"], "is none of cut, fade"),
        (["--scene", "1", "--focus", "left"], "not two numbers"),
        (["--scene", "1", "--media", "nowhere.png"], "nowhere.png"),
        (["--music", "loud"], "neither a file"),
        (["--clip-sound", "film"], "--clip-sound: film needs --scene N"),
        (["--from", "nowhere.json"], "nowhere.json"),
        (["--from", __file__], "cannot be read"),
        (["--scene", "9", "--caption", "x"], "there is no scene 9"),
        (["--preset", "no_such_look"], "there is no preset"),
    ],
)
def test_invalid_options_exit_with_2(pytoon: Any, address: str, film: Plain, args: list[str], words: str) -> None:
    result = pytoon("revise", *args, "--no-wait")
    assert result.code == 2 and words in result.words, result.words
    assert newest(address, film)["number"] == 1


def test_a_file_without_a_list_of_changes_exits_with_2(pytoon: Any, tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    path.write_text('{"caption": "whose?"}', encoding="utf-8")
    result = pytoon("revise", "--from", str(path))
    assert result.code == 2 and "a list of changes" in result.words


def test_revisions_are_listed_with_their_changes(pytoon: Any, address: str, film: Plain) -> None:
    pytoon("revise", "--scene", "2", "--caption", "Patience [bold]", "--no-wait")
    result = pytoon("revisions")
    assert result.code == 0
    assert "1 as planned done" in result.words and "2 edited waiting for a worker Scene 2: caption" in result.words
    assert "[bold]" in result.words
    assert [revision["number"] for revision in json.loads(pytoon("revisions", "--json").out)] == [1, 2]


def test_rollback_is_done_at_once(pytoon: Any, address: str, film: Plain) -> None:
    sent = json.loads(pytoon("revise", "--scene", "2", "--caption", "Patience", "--no-wait", "--json").out)
    finish(film, sent)
    result = pytoon("rollback", "1")
    assert result.code == 0 and "Revision 3 is like revision 1." in result.words and "done" in result.words
    assert "3 like 1 done" in pytoon("revisions").words


def test_rollback_to_an_unknown_revision_exits_with_2(pytoon: Any) -> None:
    assert pytoon("rollback", "7").code == 2
    assert pytoon("rollback", "1").code == 2
