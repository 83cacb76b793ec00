"""The library of looks: found by file, refused with file, field and reason."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presets.library import BadPreset, UnknownPreset, load_packages, parse_preset, preset, presets

GOOD = "id: plain\nname: Plain\ndescription: For tests.\n"


def refusal(text: str | bytes, file: str = "plain.yaml") -> tuple[str, str, str]:
    with pytest.raises(BadPreset) as caught:
        parse_preset(file, text)
    name, field, reason = caught.value.args
    return name, field, reason


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of somebody else's, ``guest_looks``, with no looks in it yet."""
    folder = tmp_path / "guest_looks"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    sys.modules.pop("guest_looks", None)


def test_every_yaml_file_of_the_folder_is_a_look() -> None:
    names = {path.stem for path in (Path(__file__).parents[3] / "presets").glob("*.yaml")}
    assert {look.id for look in presets()} >= names


def test_looks_come_in_the_order_of_their_ids() -> None:
    ids = [look.id for look in presets()]
    assert ids == sorted(ids)


def test_a_look_is_read_once() -> None:
    assert preset("clean_bold") is preset("clean_bold")


def test_an_unknown_look_is_a_key_error_that_names_those_there_are() -> None:
    with pytest.raises(KeyError) as caught:
        preset("sparkles")
    assert isinstance(caught.value, UnknownPreset)
    assert "'sparkles'" in str(caught.value)
    assert "clean_bold" in str(caught.value)


def test_what_is_left_out_is_the_default() -> None:
    look = parse_preset("plain.yaml", GOOD)
    assert look.captions.size_px == 76
    assert look.engines == ("local",)


def test_a_wrong_field_is_named_with_its_whole_path() -> None:
    assert refusal(GOOD + "captions: {size_px: 7000}\n")[:2] == ("plain.yaml", "captions.size_px")


def test_a_wrong_item_of_a_list_is_named_with_its_place() -> None:
    assert refusal(GOOD + 'palette: ["#000000", "black"]\n')[1] == "palette.1"


def test_an_unknown_field_is_refused() -> None:
    _, field, reason = refusal(GOOD + "capitons: {}\n")
    assert (field, reason) == ("capitons", "Unknown field.")


def test_a_colour_without_quotes_is_not_taken_for_a_comment() -> None:
    assert refusal(GOOD + "accent: #FFD700\n")[1] == "accent"


def test_a_field_given_twice_is_refused() -> None:
    _, field, reason = refusal(GOOD + "fit: crop\nfit: pad\n")
    assert (field, reason) == ("line 5", "'fit' is given twice")


def test_text_that_is_no_yaml_is_refused_with_its_line() -> None:
    assert refusal(GOOD + "captions: [\n")[1].startswith("line ")


@pytest.mark.parametrize("text", [b"name: caf\xe9", "name: \x07", "name: 2026-05-99"])
def test_text_that_yaml_cannot_hold_is_refused(text: str | bytes) -> None:
    assert refusal(text)[1] == "line 1"


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words", "7"])
def test_a_file_that_is_no_mapping_is_refused(text: str) -> None:
    assert refusal(text)[1] == "line 1"


def test_a_key_that_is_no_name_is_refused() -> None:
    assert refusal(GOOD + "? [a, b]\n: 1\n")[1].startswith("line ")


def test_a_file_must_have_the_name_of_its_look() -> None:
    assert refusal(GOOD, "fancy.yaml") == ("fancy.yaml", "id", "'plain' is not the name of the file")


def test_a_refusal_is_one_sentence_with_file_field_and_reason() -> None:
    with pytest.raises(BadPreset, match=r"^preset plain\.yaml, fit: Must be one of: blur, crop, pad\.$"):
        parse_preset("plain.yaml", GOOD + "fit: squeeze\n")


@given(st.text(max_size=60))
def test_whatever_is_in_a_file_it_is_a_look_or_a_refusal(text: str) -> None:
    with pytest.raises(BadPreset):
        parse_preset("plain.yaml", text)


def test_yaml_never_builds_python_objects() -> None:
    assert refusal("!!python/object/apply:os.getcwd []")[1].startswith("line ")


def test_another_package_can_bring_looks(package: Path) -> None:
    (package / "plain.yaml").write_text(GOOD)
    (package / "notes.txt").write_text("no look")
    assert set(load_packages(("guest_looks",))) == {"plain"}


def test_a_guest_cannot_take_the_place_of_a_look(package: Path) -> None:
    (package / "clean_bold.yaml").write_text(GOOD.replace("plain", "clean_bold"))
    with pytest.raises(BadPreset, match=r"guest_looks/clean_bold\.yaml, id: there is already"):
        load_packages(("presets", "guest_looks"))


def test_an_entry_point_that_leads_nowhere_is_named() -> None:
    with pytest.raises(BadPreset, match="no_such_package"):
        load_packages(("no_such_package",))


def test_reading_looks_imports_nothing_above_them() -> None:
    import subprocess

    code = "import presets.library, sys; presets.library.presets(); print(*sys.modules)"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"app", "engines", "audio", "assembly", "tasks", "flask", "celery"} & set(seen)
