"""Bundled fonts, fallback between them, and text widths."""

import shutil
import threading
from importlib.util import find_spec

import pytest

from app.media.ffmpeg import Command, run
from assembly.text.fonts import PACKAGES, fonts, installed_fonts
from assembly.text.typeface import FAMILIES, SCRIPT_FAMILIES, font_runs, typeface


def test_every_package_contains_a_font():
    folders = {part for path in installed_fonts() for part in path.parts}
    assert set(PACKAGES) <= folders


def test_fonts_folder_links_every_font_and_is_created_once(tmp_path):
    created = fonts(tmp_path)
    assert sorted(path.name for path in created.files.iterdir()) == sorted(path.name for path in installed_fonts())
    before = (created.folder / "fonts.conf").stat().st_ino
    assert fonts(tmp_path) == created
    assert (created.folder / "fonts.conf").stat().st_ino == before


def test_concurrent_creation_gives_one_folder(tmp_path):
    results = []
    threads = [threading.Thread(target=lambda: results.append(fonts(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert len(set(results)) == 1
    assert [path.name for path in (tmp_path / "fonts").iterdir()] == [results[0].folder.name]


def test_fingerprint_depends_on_the_fonts_and_not_on_their_paths(tmp_path, monkeypatch):
    bundled = fonts(tmp_path / "home")
    (other := tmp_path / "other").mkdir()
    for package in PACKAGES:
        shutil.copytree(find_spec(package).submodule_search_locations[0], other / package)
    monkeypatch.syspath_prepend(str(other))
    copied = fonts(tmp_path / "home")
    assert (copied.folder == bundled.folder, copied.fingerprint == bundled.fingerprint) == (False, True)
    with installed_fonts()[0].open("ab") as file:
        file.write(b"more")
    assert fonts(tmp_path / "home").fingerprint != bundled.fingerprint


def test_configuration_contains_no_system_folder(tmp_path):
    text = (fonts(tmp_path).folder / "fonts.conf").read_text()
    assert "/usr" not in text
    assert "include" not in text
    assert text.count("<dir>") == 1


def test_special_characters_in_paths_are_escaped(tmp_path):
    created = fonts(tmp_path / "a & b <c>")
    assert "a &amp; b &lt;c&gt;" in (created.folder / "fonts.conf").read_text()


@pytest.mark.parametrize("family", [*FAMILIES, *SCRIPT_FAMILIES, "Noto Sans CJK JP", "Noto Sans CJK SC"])
def test_libass_selects_every_family_by_name(tmp_path_factory, family):
    """libass reports the file that it selects for a name; a fallback would be another file."""
    storage_home = tmp_path_factory.getbasetemp() / "fonts-home"
    path = storage_home / "x.ass"
    storage_home.mkdir(exist_ok=True)
    path.write_text(
        "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\n"
        f"Style: a,{family},20\n\n[Events]\nFormat: Start, End, Style, Text\nDialogue: 0:00:00.00,0:00:01.00,a,x\n"
    )
    args = ("-v", "verbose", "-f", "lavfi", "-i", "color=s=64x64:r=1:d=1", "-vf", f"ass={path}", "-f", "null", "-")
    report = run(Command("select font", args, 60, fonts(storage_home).env))
    selected = [line for line in report.splitlines() if "fontselect:" in line and family in line.split("->")[0]]
    assert selected, report
    compact_family = family.replace(" ", "")
    assert (
        compact_family in selected[0].split("->")[1].replace(" ", "").replace("-", "")
        or "CJK" in selected[0].split("->")[1]
    )


@pytest.mark.parametrize(
    ("text", "language", "family"),
    [
        ("Hello wörld", "en", "Poppins"),
        ("नमस्ते", "hi", "Poppins"),
        ("Привет мир", "ru", "Noto Sans"),
        ("مرحبا", "ar", "Noto Sans Arabic"),
        ("שלום", "he", "Noto Sans Hebrew"),
        ("你好世界", "zh", "Noto Sans CJK SC"),
        ("你好世界", "zh-Hant", "Noto Sans CJK TC"),
        ("こんにちは", "ja", "Noto Sans CJK JP"),
        ("안녕하세요", "ko", "Noto Sans CJK KR"),
        ("สวัสดี", "th", "Noto Sans Thai"),
        ("Hello 你好 there everybody", "en", "Poppins"),
        ("😀", "en", "Poppins"),
        ("", "en", "Poppins"),
    ],
)
def test_text_gets_a_font_that_has_its_glyphs(text, language, family):
    assert typeface("Poppins", True, text, language).family == family


def test_unknown_family_falls_back_to_noto_sans():
    assert typeface("Comic Sans MS", True, "x").family == "Noto Sans"


def test_missing_glyphs_come_from_other_fonts():
    face = typeface("Poppins", True, "a")
    assert [(run_face.family, run_text) for run_face, run_text in font_runs(face, "Hi 😀 你")] == [
        ("Poppins", "Hi "),
        ("Noto Emoji", "😀 "),
        ("Noto Sans CJK SC", "你"),
    ]


def test_joined_emoji_stay_in_one_run():
    face = typeface("Poppins", True, "a")
    assert [run_text for _, run_text in font_runs(face, "a👩\u200d👧❤\ufe0fb")] == ["a", "👩\u200d👧❤\ufe0f", "b"]


def test_font_runs_keep_all_characters():
    face = typeface("Anton", True, "a")
    text = "aя你😀\u0301 ∮ 𝔘 \U0001fae8"
    assert "".join(run_text for _, run_text in font_runs(face, text)) == text


def test_width_grows_with_the_text():
    face = typeface("Poppins", True, "a")
    assert face.width_em("iii") < face.width_em("mmm")
    assert face.width_em("") == 0
    assert face.width_em("ab") == pytest.approx(face.width_em("a") + face.width_em("b"), abs=0.05)


def test_bold_text_is_wider_than_regular():
    assert typeface("Poppins", True, "a").width_em("word") > typeface("Poppins", False, "a").width_em("word")


def test_has_bold_is_false_for_display_fonts():
    assert typeface("Poppins", True, "a").has_bold
    assert not typeface("Anton", True, "a").has_bold


def test_rendering_is_independent_of_system_fonts(tmp_path):
    """ffmpeg runs with an empty home directory and only our font configuration."""
    path = tmp_path / "x.ass"
    path.write_text(
        "[Script Info]\nScriptType: v4.00+\nPlayResX: 64\nPlayResY: 64\n\n[V4+ Styles]\n"
        "Format: Name, Fontname, Fontsize, PrimaryColour\nStyle: a,Poppins,20,&H00FFFFFF\n\n"
        "[Events]\nFormat: Start, End, Style, Text\n"
        "Dialogue: 0:00:00.00,0:00:01.00,a,g你\n"
    )
    frames = []
    for name, env in (("one", ()), ("two", (("HOME", str(tmp_path)), ("XDG_DATA_HOME", str(tmp_path))))):
        out = tmp_path / f"{name}.raw"
        args = ("-v", "error", "-f", "lavfi", "-i", "color=s=64x64:r=1:d=1", "-vf", f"ass={path}")
        command = Command("draw", (*args, "-f", "rawvideo", str(out)), 60, (*fonts(tmp_path).env, *env))
        run(command)
        frames.append(out.read_bytes())
    assert frames[0] == frames[1]
    assert len(set(frames[0])) > 2
    assert next(fonts(tmp_path).files.iterdir()).is_symlink()
