"""The house's own letters, and nobody else's."""

import shutil
import threading
from importlib.util import find_spec

import pytest

from app.media.ffmpeg import Command, run
from assembly.text.fonts import PACKAGES, fonts, installed
from assembly.text.typeface import FAMILIES, SCRIPT_FAMILIES, font_runs, typeface


def test_every_package_gives_a_font():
    folders = {part for path in installed() for part in path.parts}
    assert set(PACKAGES) <= folders


def test_the_folder_lists_every_font_and_is_made_once(tmp_path):
    made = fonts(tmp_path)
    assert sorted(path.name for path in made.files.iterdir()) == sorted(path.name for path in installed())
    before = (made.folder / "fonts.conf").stat().st_ino
    assert fonts(tmp_path) == made
    assert (made.folder / "fonts.conf").stat().st_ino == before


def test_two_workers_may_make_the_folder_at_once(tmp_path):
    found = []
    threads = [threading.Thread(target=lambda: found.append(fonts(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert [path.name for path in (tmp_path / "fonts").iterdir()] == [found[0].folder.name]


def test_the_same_fonts_elsewhere_are_the_same_edition_and_an_update_of_one_is_another(tmp_path, monkeypatch):
    here = fonts(tmp_path / "home")
    (other := tmp_path / "other").mkdir()
    for package in PACKAGES:
        shutil.copytree(find_spec(package).submodule_search_locations[0], other / package)
    monkeypatch.syspath_prepend(str(other))
    there = fonts(tmp_path / "home")
    assert (there.folder == here.folder, there.fingerprint == here.fingerprint) == (False, True)
    with installed()[0].open("ab") as file:
        file.write(b"more")
    assert fonts(tmp_path / "home").fingerprint != here.fingerprint


def test_the_configuration_names_no_folder_of_the_machine(tmp_path):
    text = (fonts(tmp_path).folder / "fonts.conf").read_text()
    assert "/usr" not in text
    assert "include" not in text
    assert text.count("<dir>") == 1


def test_a_home_with_odd_characters_is_named_rightly(tmp_path):
    made = fonts(tmp_path / "a & b <c>")
    assert "a &amp; b &lt;c&gt;" in (made.folder / "fonts.conf").read_text()


@pytest.mark.parametrize("family", [*FAMILIES, *SCRIPT_FAMILIES, "Noto Sans CJK JP", "Noto Sans CJK SC"])
def test_libass_finds_every_family_by_its_name(tmp_path_factory, family):
    """It says which file it took for a name; a fallback would be another one."""
    home = tmp_path_factory.getbasetemp() / "fonts-home"
    path = home / "x.ass"
    home.mkdir(exist_ok=True)
    path.write_text(
        "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\n"
        f"Style: a,{family},20\n\n[Events]\nFormat: Start, End, Style, Text\nDialogue: 0:00:00.00,0:00:01.00,a,x\n"
    )
    args = ("-v", "verbose", "-f", "lavfi", "-i", "color=s=64x64:r=1:d=1", "-vf", f"ass={path}", "-f", "null", "-")
    report = run(Command("ask libass", args, 60, fonts(home).env))
    chosen = [line for line in report.splitlines() if "fontselect:" in line and family in line.split("->")[0]]
    assert chosen, report
    squeezed = family.replace(" ", "")
    assert squeezed in chosen[0].split("->")[1].replace(" ", "").replace("-", "") or "CJK" in chosen[0].split("->")[1]


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
def test_a_text_gets_a_face_that_has_its_letters(text, language, family):
    assert typeface("Poppins", True, text, language).family == family


def test_a_font_nobody_has_is_replaced_by_one_that_is_there():
    assert typeface("Comic Sans MS", True, "x").family == "Noto Sans"


def test_what_a_face_lacks_comes_from_another_one():
    face = typeface("Poppins", True, "a")
    assert [(one.family, part) for one, part in font_runs(face, "Hi 😀 你")] == [
        ("Poppins", "Hi "),
        ("Noto Emoji", "😀 "),
        ("Noto Sans CJK SC", "你"),
    ]


def test_joined_emoji_stay_together():
    face = typeface("Poppins", True, "a")
    assert [part for _, part in font_runs(face, "a👩\u200d👧❤\ufe0fb")] == ["a", "👩\u200d👧❤\ufe0f", "b"]


def test_nothing_is_lost_between_faces():
    face = typeface("Anton", True, "a")
    text = "aя你😀\u0301 ∮ 𝔘 \U0001fae8"
    assert "".join(part for _, part in font_runs(face, text)) == text


def test_wider_texts_measure_wider():
    face = typeface("Poppins", True, "a")
    assert face.width_em("iii") < face.width_em("mmm")
    assert face.width_em("") == 0
    assert face.width_em("ab") == pytest.approx(face.width_em("a") + face.width_em("b"), abs=0.05)


def test_bold_is_wider_than_regular():
    assert typeface("Poppins", True, "a").width_em("word") > typeface("Poppins", False, "a").width_em("word")


def test_only_faces_that_have_one_are_made_bold():
    assert typeface("Poppins", True, "a").has_bold
    assert not typeface("Anton", True, "a").has_bold


def test_a_machine_without_fonts_of_its_own_sets_the_same(tmp_path):
    """ffmpeg is given an empty home and no system configuration besides ours."""
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
        todo = Command("draw", (*args, "-f", "rawvideo", str(out)), 60, (*fonts(tmp_path).env, *env))
        run(todo)
        frames.append(out.read_bytes())
    assert frames[0] == frames[1]
    assert len(set(frames[0])) > 2
    assert next(fonts(tmp_path).files.iterdir()).is_symlink()
