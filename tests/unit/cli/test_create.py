"""From a script and pictures on this machine to a film on this machine, over a real socket."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.cli.create import local_url
from app.core.config import Settings

Ask = Callable[..., Any]


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.txt"
    path.write_text("One two three. Four five six.", encoding="utf-8")
    return path


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "pics"
    folder.mkdir()
    made = [folder / name for name in ("b.jpg", "a.png", "c d.webp")]
    for number, path in enumerate(made):
        path.write_bytes(bytes([number]) * (100 + number))
    return made


def test_pictures_go_up_and_the_request_names_them_in_their_order(
    pytoon: Ask, double: Any, script: Path, pictures: list[Path]
) -> None:
    said = pytoon("create", "--from", str(script), "--media", *map(str, pictures))
    assert said.code == 0, said.words
    assert double.uploads == [(path.name, path.read_bytes()) for path in pictures]
    assert double.requests == [{"script": "One two three. Four five six.", "media": ["ast_1", "ast_2", "ast_3"]}]


def test_options_after_the_pictures_are_still_options(
    pytoon: Ask, double: Any, script: Path, pictures: list[Path]
) -> None:
    first, second, third = map(str, pictures)
    pytoon("create", "--media", first, second, "--aspect", "1:1", "--media", third, "--from", str(script))
    assert [name for name, _ in double.uploads] == ["b.jpg", "a.png", "c d.webp"]
    assert double.requests[0]["aspect"] == "1:1"


def test_a_folder_stands_for_the_pictures_in_it_by_name(
    pytoon: Ask, double: Any, script: Path, pictures: list[Path]
) -> None:
    (pictures[0].parent / "notes.txt").write_text("no picture")
    (pictures[0].parent / ".hidden.jpg.part").write_text("no picture")
    pytoon("create", "--from", str(script), "--media", str(pictures[0].parent))
    assert [name for name, _ in double.uploads] == ["a.png", "b.jpg", "c d.webp"]


def test_every_wish_arrives_in_the_words_of_the_api(pytoon: Ask, double: Any) -> None:
    wishes = (
        *("--prompt", "A day in Kyoto", "--preset", "documentary", "--aspect", "16:9", "--quality", "draft"),
        *("--voice", "hibari:amy", "--music", "calm", "--seconds", "30", "--title", "Kyoto", "--language", "en"),
        *("--seed", "7", "--no-captions"),
    )
    assert pytoon("create", *wishes).code == 0
    assert double.requests == [
        {
            "prompt": "A day in Kyoto",
            "preset_id": "documentary",
            "aspect": "16:9",
            "quality": "draft",
            "voice": {"provider": "hibari", "voice": "amy"},
            "music": {"mood": "calm"},
            "target_duration_seconds": 30,
            "title": "Kyoto",
            "language": "en",
            "seed": 7,
            "captions": False,
        }
    ]


def test_a_request_the_command_makes_is_one_the_api_takes(pytoon: Ask, double: Any, script: Path) -> None:
    from schemas.job import JobRequestSchema

    pytoon("create", "--from", str(script), "--voice", "none", "--music", "none", "--seconds", "9", "--seed", "0")
    request = JobRequestSchema.read(double.requests[0])
    assert (request.voice.provider, request.music, request.seed) == ("none", "none", 0)


def test_music_is_a_file_before_it_is_a_mood(
    pytoon: Ask, double: Any, script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "calm").write_bytes(b"la la")
    monkeypatch.chdir(tmp_path)
    pytoon("create", "--from", str(script), "--music", "calm")
    assert double.uploads == [("calm", b"la la")]
    assert double.requests[0]["music"] == {"asset": "ast_1"}


def test_music_may_be_a_file_of_ones_own(pytoon: Ask, double: Any, script: Path, tmp_path: Path) -> None:
    (tmp_path / "song.mp3").write_bytes(b"la la")
    pytoon("create", "--from", str(script), "--music", str(tmp_path / "song.mp3"))
    assert double.uploads == [("song.mp3", b"la la")]
    assert double.requests[0]["music"] == {"asset": "ast_1"}


def test_a_script_may_come_through_a_pipe(pytoon: Ask, double: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("Words from a pipe."))
    pytoon("create", "--from", "-")
    assert double.requests[0]["script"] == "Words from a pipe."


def test_a_mark_of_windows_at_the_beginning_of_a_script_is_not_spoken(pytoon: Ask, double: Any, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("\ufeffGrüße.".encode())
    pytoon("create", "--from", str(tmp_path / "a.txt"))
    assert double.requests[0]["script"] == "Grüße."


def test_the_way_of_each_scene_is_shown(pytoon: Ask, double: Any, script: Path) -> None:
    job, scene = double.job, double.scene
    double.states = [
        job("QUEUED"),
        job("RENDERING_SCENES", scene(1, "RENDERING"), scene(2, "QUEUED")),
        job("RENDERING_SCENES", scene(1, "DONE", "local"), scene(2, "FALLBACK", "local")),
        double.done,
    ]
    words = pytoon("create", "--from", str(script)).words
    places = [
        words.index(each)
        for each in (
            "film: waiting for a worker",
            "scene 1: rendering",
            "scene 1: done by local",
            "film: done",
        )
    ]
    assert places == sorted(places)
    assert "scene 2: done in a simpler way by local" in words


def test_what_may_look_worse_than_expected_is_said(pytoon: Ask, script: Path) -> None:
    assert "warning: a.jpg is small" in pytoon("create", "--from", str(script)).words


def test_warnings_of_the_finished_film_are_printed_once_each(pytoon: Ask, double: Any, script: Path) -> None:
    scene = {**double.scene(2, "DONE", "local"), "warnings": ["the clip is shorter than its scene"]}
    warnings = ["a.jpg is small", "another voice spoke"]
    double.states = [double.job("DONE", double.scene(1, "DONE", "local"), scene, warnings=warnings)]
    words = pytoon("create", "--from", str(script)).words
    for warning in ("a.jpg is small", "another voice spoke", "scene 2: the clip is shorter than its scene"):
        assert words.count(f"warning: {warning}") == 1


def test_status_prints_the_warnings_of_a_job(pytoon: Ask, double: Any) -> None:
    double.states = [double.job("DONE", warnings=["another voice spoke"])]
    assert "warning: another voice spoke" in pytoon("status", "job_1").words


def test_the_end_says_how_long_it_took_and_where_the_files_are(pytoon: Ask, script: Path) -> None:
    words = pytoon("create", "--from", str(script)).words
    assert "plan 0.1 s" in words
    assert "scene 4.2 s" in words
    assert "/files/output.mp4" in words


def test_files_are_fetched_into_a_folder(pytoon: Ask, script: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "film"
    said = pytoon("create", "--from", str(script), "--out", str(out))
    assert (out / "output.mp4").read_bytes() == b"film film f"
    assert (out / "scenes" / "scene_1.mp4").read_bytes() == b"scene"
    assert str(out / "output.mp4") in said.out
    assert sorted(path.name for path in out.rglob("*") if path.is_file()) == ["output.mp4", "scene_1.mp4"]


@pytest.mark.parametrize("name", ["../evil.sh", "/etc/passwd", "a/../../b", "", "a\\..\\b"])
def test_a_server_cannot_write_outside_the_folder(
    pytoon: Ask, double: Any, script: Path, tmp_path: Path, name: str
) -> None:
    double.states = [double.job("DONE", artefacts=[{"name": name, "url": "/files/output.mp4", "bytes": 1}])]
    said = pytoon("create", "--from", str(script), "--out", str(tmp_path / "out"))
    assert said.code == 2
    assert "leads elsewhere" in said.err
    assert not list(tmp_path.rglob("evil.sh"))


def test_a_script_for_machines_is_plain_json(pytoon: Ask, double: Any, script: Path) -> None:
    said = pytoon("create", "--from", str(script), "--json")
    assert json.loads(said.out) == double.done


def test_one_need_not_wait(pytoon: Ask, double: Any, script: Path) -> None:
    said = pytoon("create", "--from", str(script), "--no-wait")
    assert said.code == 0
    assert "pytoon status job_1" in said.words
    assert json.loads(pytoon("create", "--from", str(script), "--no-wait", "--json").out)["job_id"] == "job_1"


def test_a_failed_job_says_where_why_and_what_to_do(pytoon: Ask, double: Any, script: Path) -> None:
    error = {"stage": "scene", "scene_id": 3, "message": "disk is full", "advice": "Make room.", "code": "x"}
    double.states = [double.job("FAILED", error=error)]
    said = pytoon("create", "--from", str(script))
    assert said.code == 1
    assert "scene: scene 3: disk is full Make room." in said.words


def test_a_cancelled_job_is_no_film(pytoon: Ask, double: Any, script: Path) -> None:
    double.states = [double.job("CANCELLED")]
    assert pytoon("create", "--from", str(script)).code == 1


# -- what goes wrong -------------------------------------------------------------------------------------------------


def test_no_server_is_a_sentence_and_exit_code_3(pytoon: Ask, script: Path) -> None:
    said = pytoon("create", "--from", str(script), url="http://127.0.0.1:9")
    assert said.code == 3
    assert "no Pytoon server answers there; start one with `pytoon serve`" in said.words
    assert "Traceback" not in said.err


def test_a_line_that_breaks_while_waiting_is_tried_again(pytoon: Ask, double: Any, script: Path) -> None:
    double.breaks = {"/api/v2/jobs/job_1": 1}
    assert pytoon("create", "--from", str(script)).code == 0


def test_a_job_that_is_sent_twice_has_one_key(pytoon: Ask, double: Any, script: Path, pictures: list[Path]) -> None:
    double.breaks = {"/api/v2/jobs": 1}
    assert pytoon("create", "--from", str(script), "--media", str(pictures[0])).code == 0
    assert len(set(double.keys)) == 1


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422])
def test_a_no_of_the_server_is_shown_with_its_advice(
    pytoon: Ask, double: Any, script: Path, pictures: list[Path], status: int
) -> None:
    double.refuse("/api/v1/assets/upload", status, "file: the file is a playlist", "Send a whole JPEG.")
    said = pytoon("create", "--from", str(script), "--media", str(pictures[0]))
    assert said.code == 2
    assert "pytoon: file: the file is a playlist" in said.err
    assert "Send a whole JPEG." in said.err


def test_a_server_in_trouble_is_no_mistake_of_the_caller(pytoon: Ask, double: Any, script: Path) -> None:
    double.refuse("/api/v2/jobs", 507, "storage has 3 bytes free")
    assert pytoon("create", "--from", str(script)).code == 1


def test_another_kind_of_server_is_recognised(pytoon: Ask, double: Any, script: Path) -> None:
    double.refusals["/api/v2/jobs"] = (403, b"<html>nginx</html>")
    said = pytoon("create", "--from", str(script))
    assert "answered 403" in said.err
    assert "Is this a Pytoon server?" in said.err


@pytest.mark.parametrize("url", ["nonsense", "ftp://example.com", "http://[::1", "http://"])
def test_an_address_that_is_none_is_bad_input(pytoon: Ask, script: Path, url: str) -> None:
    said = pytoon("create", "--from", str(script), url=url)
    assert said.code == 2
    assert "not the address of a server" in said.err


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ((), "give either a script by --from or an idea by --prompt"),
        (("--from", "{script}", "--prompt", "x"), "give either a script by --from or an idea by --prompt"),
        (("--from", "nothing.txt"), "there is no file nothing.txt"),
        (("--from", "{script}", "--media", "nothing.jpg"), "there is no file nothing.jpg"),
        (("--from", "{script}", "--media", "{empty}"), "there are no pictures or clips in"),
        (("--from", "{script}", "--music", "jolly"), "neither a file nor one of none, happy"),
        (("--from", "{binary}"), "cannot be read as text"),
        (("--from", "{script}", "--aspect", "2:1"), "'2:1' is not one of"),
        (("--from", "{script}", "--seconds", "0"), "0 is not in the range"),
        (("--from", "{script}", "--nonsense"), "No such option"),
        (("--from", "{script}", "stray.jpg"), "unexpected extra argument"),
    ],
)
def test_bad_input_is_refused_before_anything_is_sent(
    pytoon: Ask, double: Any, script: Path, tmp_path: Path, args: tuple[str, ...], why: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xfa\x00\xd8")
    places = {"script": script, "empty": tmp_path / "empty", "binary": tmp_path / "binary"}
    said = pytoon("create", *(arg.format(**places) for arg in args))
    assert said.code == 2
    assert why in said.words
    assert (double.uploads, double.requests) == ([], [])


# -- the parts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        (Settings(), "http://127.0.0.1:8080"),
        (Settings(host="0.0.0.0", port=80), "http://127.0.0.1:80"),
        (Settings(host="::", port=80), "http://[::1]:80"),
        (Settings(public_url="https://films.example/x/"), "https://films.example/x/"),
    ],
)
def test_the_server_of_this_machine_is_found_by_its_settings(settings: Settings, url: str) -> None:
    assert local_url(settings) == url
