"""``pytoon create`` against a fake server."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.cli.local_url import local_url
from app.core.config import Settings

RunCommand = Callable[..., Any]


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.txt"
    path.write_text("One two three. Four five six.", encoding="utf-8")
    return path


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "pics"
    folder.mkdir()
    paths = [folder / name for name in ("b.jpg", "a.png", "c d.webp")]
    for number, path in enumerate(paths):
        path.write_bytes(b"\xff\xd8\xff" + bytes([number]) * (100 + number))
    return paths


def test_media_are_uploaded_and_named_in_the_request_in_order(
    pytoon: RunCommand, fake_server: Any, script: Path, pictures: list[Path]
) -> None:
    result = pytoon("create", "--from", str(script), "--media", *map(str, pictures))
    assert result.code == 0, result.words
    assert fake_server.uploads == [(path.name, path.read_bytes()) for path in pictures]
    assert fake_server.requests == [{"script": "One two three. Four five six.", "media": ["ast_1", "ast_2", "ast_3"]}]


def test_options_after_media_files_are_still_options(
    pytoon: RunCommand, fake_server: Any, script: Path, pictures: list[Path]
) -> None:
    first, second, third = map(str, pictures)
    pytoon("create", "--media", first, second, "--aspect", "1:1", "--media", third, "--from", str(script))
    assert [name for name, _ in fake_server.uploads] == ["b.jpg", "a.png", "c d.webp"]
    assert fake_server.requests[0]["aspect"] == "1:1"


def test_a_directory_means_its_media_files_sorted_by_name(
    pytoon: RunCommand, fake_server: Any, script: Path, pictures: list[Path]
) -> None:
    (pictures[0].parent / "notes.txt").write_text("no picture")
    (pictures[0].parent / ".hidden.jpg.part").write_text("no picture")
    pytoon("create", "--from", str(script), "--media", str(pictures[0].parent))
    assert [name for name, _ in fake_server.uploads] == ["a.png", "b.jpg", "c d.webp"]


def test_numbered_files_of_a_directory_are_sorted_by_number(
    pytoon: RunCommand, fake_server: Any, script: Path, pictures: list[Path]
) -> None:
    folder = pictures[0].parent / "numbered"
    folder.mkdir()
    for name in ("10.jpg", "2.jpg", "1.jpg", "2b.jpg"):
        (folder / name).write_bytes(pictures[0].read_bytes())
    pytoon("create", "--from", str(script), "--media", str(folder))
    assert [name for name, _ in fake_server.uploads] == ["1.jpg", "2.jpg", "2b.jpg", "10.jpg"]


def test_media_with_a_title_need_no_text(pytoon: RunCommand, fake_server: Any, pictures: list[Path]) -> None:
    assert pytoon("create", "--title", "Anna and Paul", "--media", str(pictures[0])).code == 0
    assert fake_server.requests == [{"title": "Anna and Paul", "media": ["ast_1"]}]


@pytest.mark.parametrize("options", [("--title", "Anna"), ("--media", "PICTURE"), ()])
def test_media_or_a_title_alone_are_refused(
    pytoon: RunCommand, fake_server: Any, pictures: list[Path], options: tuple[str, ...]
) -> None:
    result = pytoon("create", *(str(pictures[0]) if option == "PICTURE" else option for option in options))
    assert result.code != 0 and "--media with --title" in result.words
    assert fake_server.uploads == []


def test_every_option_becomes_a_field_of_the_request(pytoon: RunCommand, fake_server: Any) -> None:
    wishes = (
        *("--prompt", "A day in Kyoto", "--preset", "documentary", "--aspect", "16:9", "--quality", "draft"),
        *("--voice", "hibari:amy", "--music", "calm", "--seconds", "30", "--title", "Kyoto", "--language", "en"),
        *("--seed", "7", "--no-captions", "--clip-sound", "keep", "--no-effects", "--media-order", "story"),
        *("--engine", "runway:gen4_turbo", "--engine-policy", "api_only", "--budget", "2.5", "--takes", "3"),
        *("--continuity", "character", "--credits"),
    )
    assert pytoon("create", *wishes).code == 0
    assert fake_server.requests == [
        {
            "prompt": "A day in Kyoto",
            "media_order": "story",
            "preset_id": "documentary",
            "aspect": "16:9",
            "quality": "draft",
            "voice": {"provider": "hibari", "voice": "amy"},
            "music": {"mood": "calm"},
            "clip_sound": "keep",
            "effects": False,
            "engine_preference": "runway:gen4_turbo",
            "engine_policy": "api_only",
            "budget_usd": 2.5,
            "takes": 3,
            "continuity": "character",
            "target_duration_seconds": 30,
            "title": "Kyoto",
            "language": "en",
            "seed": 7,
            "captions": False,
            "credits": True,
        }
    ]


def test_the_request_of_the_command_is_valid_for_the_api(pytoon: RunCommand, fake_server: Any, script: Path) -> None:
    from schemas.job import JobRequestSchema

    pytoon("create", "--from", str(script), "--voice", "none", "--music", "none", "--seconds", "9", "--seed", "0")
    request = JobRequestSchema.read(fake_server.requests[0])
    assert (request.voice.provider, request.music, request.seed) == ("none", "none", 0)


def test_an_existing_file_takes_precedence_over_a_mood(
    pytoon: RunCommand, fake_server: Any, script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "calm").write_bytes(b"ID3 la la")
    monkeypatch.chdir(tmp_path)
    pytoon("create", "--from", str(script), "--music", "calm")
    assert fake_server.uploads == [("calm", b"ID3 la la")]
    assert fake_server.requests[0]["music"] == {"asset": "ast_1"}


def test_handle_and_logo_are_the_brand(pytoon: RunCommand, fake_server: Any, script: Path, tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"\xff\xd8\xff logo")
    pytoon("create", "--from", str(script), "--handle", "@acme", "--logo", str(tmp_path / "logo.png"))
    assert fake_server.uploads == [("logo.png", b"\xff\xd8\xff logo")]
    assert fake_server.requests[0]["brand"] == {"handle": "@acme", "logo": "ast_1"}


def test_a_music_file_is_uploaded(pytoon: RunCommand, fake_server: Any, script: Path, tmp_path: Path) -> None:
    (tmp_path / "song.mp3").write_bytes(b"ID3 la la")
    pytoon("create", "--from", str(script), "--music", str(tmp_path / "song.mp3"))
    assert fake_server.uploads == [("song.mp3", b"ID3 la la")]
    assert fake_server.requests[0]["music"] == {"asset": "ast_1"}


def test_a_script_is_read_from_standard_input(
    pytoon: RunCommand, fake_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("Words from a pipe."))
    pytoon("create", "--from", "-")
    assert fake_server.requests[0]["script"] == "Words from a pipe."


def test_a_byte_order_mark_is_removed_from_a_script(pytoon: RunCommand, fake_server: Any, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("\ufeffGrüße.".encode())
    pytoon("create", "--from", str(tmp_path / "a.txt"))
    assert fake_server.requests[0]["script"] == "Grüße."


def test_each_state_of_each_scene_is_printed(pytoon: RunCommand, fake_server: Any, script: Path) -> None:
    job, scene = fake_server.job, fake_server.scene
    fake_server.states = [
        job("QUEUED"),
        job("RENDERING_SCENES", scene(1, "RENDERING"), scene(2, "QUEUED")),
        job("RENDERING_SCENES", scene(1, "DONE", "local"), scene(2, "FALLBACK", "local")),
        fake_server.done,
    ]
    words = pytoon("create", "--from", str(script)).words
    places = [
        words.index(line)
        for line in (
            "film: waiting for a worker",
            "scene 1: rendering",
            "scene 1: done by local",
            "film: done",
        )
    ]
    assert places == sorted(places)
    assert "scene 2: done in a simpler way by local" in words


def test_warnings_of_the_request_are_printed(pytoon: RunCommand, script: Path) -> None:
    assert "warning: a.jpg is small" in pytoon("create", "--from", str(script)).words


def test_warnings_of_the_finished_film_are_printed_once_each(
    pytoon: RunCommand, fake_server: Any, script: Path
) -> None:
    scene = {**fake_server.scene(2, "DONE", "local"), "warnings": ["the clip is shorter than its scene"]}
    warnings = ["a.jpg is small", "another voice spoke"]
    fake_server.states = [fake_server.job("DONE", fake_server.scene(1, "DONE", "local"), scene, warnings=warnings)]
    words = pytoon("create", "--from", str(script)).words
    for warning in ("a.jpg is small", "another voice spoke", "scene 2: the clip is shorter than its scene"):
        assert words.count(f"warning: {warning}") == 1


def test_status_prints_the_warnings_of_a_job(pytoon: RunCommand, fake_server: Any) -> None:
    fake_server.states = [fake_server.job("DONE", warnings=["another voice spoke"])]
    assert "warning: another voice spoke" in pytoon("status", "job_1").words


def test_the_report_has_the_timings_and_the_paths(pytoon: RunCommand, script: Path) -> None:
    words = pytoon("create", "--from", str(script)).words
    assert "plan 0.1 s" in words
    assert "scene 4.2 s" in words
    assert "/files/output.mp4" in words


def test_files_are_downloaded_into_a_directory(pytoon: RunCommand, script: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "film"
    result = pytoon("create", "--from", str(script), "--out", str(out))
    assert (out / "output.mp4").read_bytes() == b"film film f"
    assert (out / "scenes" / "scene_1.mp4").read_bytes() == b"scene"
    assert str(out / "output.mp4") in result.out
    assert sorted(path.name for path in out.rglob("*") if path.is_file()) == ["output.mp4", "scene_1.mp4"]


@pytest.mark.parametrize("name", ["../evil.sh", "/etc/passwd", "a/../../b", "", "a\\..\\b"])
def test_a_server_cannot_write_outside_the_directory(
    pytoon: RunCommand, fake_server: Any, script: Path, tmp_path: Path, name: str
) -> None:
    fake_server.states = [fake_server.job("DONE", artefacts=[{"name": name, "url": "/files/output.mp4", "bytes": 1}])]
    result = pytoon("create", "--from", str(script), "--out", str(tmp_path / "out"))
    assert result.code == 2
    assert "leads elsewhere" in result.err
    assert not list(tmp_path.rglob("evil.sh"))


def test_json_output_is_plain_json(pytoon: RunCommand, fake_server: Any, script: Path) -> None:
    result = pytoon("create", "--from", str(script), "--json")
    assert json.loads(result.out) == fake_server.done


def test_no_wait_returns_after_the_submission(pytoon: RunCommand, fake_server: Any, script: Path) -> None:
    result = pytoon("create", "--from", str(script), "--no-wait")
    assert result.code == 0
    assert "pytoon status job_1" in result.words
    assert json.loads(pytoon("create", "--from", str(script), "--no-wait", "--json").out)["job_id"] == "job_1"


def test_a_failed_job_reports_stage_cause_and_advice(pytoon: RunCommand, fake_server: Any, script: Path) -> None:
    error = {"stage": "scene", "scene_id": 3, "message": "disk is full", "advice": "Make room.", "code": "x"}
    fake_server.states = [fake_server.job("FAILED", error=error)]
    result = pytoon("create", "--from", str(script))
    assert result.code == 1
    assert "scene: scene 3: disk is full Make room." in result.words


def test_a_cancelled_job_exits_with_1(pytoon: RunCommand, fake_server: Any, script: Path) -> None:
    fake_server.states = [fake_server.job("CANCELLED")]
    assert pytoon("create", "--from", str(script)).code == 1


# -- what goes wrong -------------------------------------------------------------------------------------------------


def test_a_missing_server_exits_with_3(pytoon: RunCommand, script: Path) -> None:
    result = pytoon("create", "--from", str(script), url="http://127.0.0.1:9")
    assert result.code == 3
    assert "no Pytoon server answers there; start one with `pytoon serve`" in result.words
    assert "Traceback" not in result.err


def test_a_broken_connection_is_retried_while_waiting(pytoon: RunCommand, fake_server: Any, script: Path) -> None:
    fake_server.breaks = {"/api/v2/jobs/job_1": 1}
    assert pytoon("create", "--from", str(script)).code == 0


def test_a_repeated_submission_has_the_same_idempotency_key(
    pytoon: RunCommand, fake_server: Any, script: Path, pictures: list[Path]
) -> None:
    fake_server.breaks = {"/api/v2/jobs": 1}
    assert pytoon("create", "--from", str(script), "--media", str(pictures[0])).code == 0
    assert len(set(fake_server.keys)) == 1


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422])
def test_a_refusal_is_printed_with_its_advice(
    pytoon: RunCommand, fake_server: Any, script: Path, pictures: list[Path], status: int
) -> None:
    fake_server.refuse("/api/v1/assets/upload", status, "file: the file is a playlist", "Send a whole JPEG.")
    result = pytoon("create", "--from", str(script), "--media", str(pictures[0]))
    assert result.code == 2
    assert "pytoon: b.jpg: the file is a playlist" in result.err
    assert "Send a whole JPEG." in result.err


def test_an_internal_error_of_the_server_exits_with_1(pytoon: RunCommand, fake_server: Any, script: Path) -> None:
    fake_server.refuse("/api/v2/jobs", 507, "storage has 3 bytes free")
    assert pytoon("create", "--from", str(script)).code == 1


def test_a_server_that_is_not_pytoon_is_recognised(pytoon: RunCommand, fake_server: Any, script: Path) -> None:
    fake_server.refusals["/api/v2/jobs"] = (403, b"<html>nginx</html>")
    result = pytoon("create", "--from", str(script))
    assert "answered 403" in result.err
    assert "Is this a Pytoon server?" in result.err


@pytest.mark.parametrize("url", ["nonsense", "ftp://example.com", "http://[::1", "http://"])
def test_an_invalid_url_exits_with_2(pytoon: RunCommand, script: Path, url: str) -> None:
    result = pytoon("create", "--from", str(script), url=url)
    assert result.code == 2
    assert "not the address of a server" in result.err


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
        (("--from", "{script}", "--budget", "-1"), "-1.0 is not in the range"),
        (("--from", "{script}", "--takes", "5"), "5 is not in the range"),
        (("--from", "{script}", "--nonsense"), "No such option"),
        (("--from", "{script}", "stray.jpg"), "unexpected extra argument"),
    ],
)
def test_bad_input_is_refused_before_anything_is_sent(
    pytoon: RunCommand, fake_server: Any, script: Path, tmp_path: Path, args: tuple[str, ...], why: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xfa\x00\xd8")
    places = {"script": script, "empty": tmp_path / "empty", "binary": tmp_path / "binary"}
    result = pytoon("create", *(arg.format(**places) for arg in args))
    assert result.code == 2
    assert why in result.words
    assert (fake_server.uploads, fake_server.requests) == ([], [])


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
def test_the_local_url_follows_the_settings(settings: Settings, url: str) -> None:
    assert local_url(settings) == url
