"""The library of presets: loading of files and packages, and refusals with file, field and reason."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presets.library import BadPreset, UnknownPreset, load_packages, parse_preset, preset, presets
from schemas.preset import PresetSchema

VALID = "id: plain\nname: Plain\ndescription: For tests.\n"


def refusal(text: str | bytes, file: str = "plain.yaml") -> tuple[str, str, str]:
    with pytest.raises(BadPreset) as caught:
        parse_preset(file, text)
    name, field, reason = caught.value.args
    return name, field, reason


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of an installed package ``third_party_presets`` without presets."""
    folder = tmp_path / "third_party_presets"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    sys.modules.pop("third_party_presets", None)


def test_every_yaml_file_of_the_package_is_a_preset() -> None:
    names = {path.stem for path in (Path(__file__).parents[3] / "presets").glob("*.yaml")}
    assert {p.id for p in presets()} >= names


def test_presets_are_sorted_by_id() -> None:
    ids = [p.id for p in presets()]
    assert ids == sorted(ids)


def test_preset_is_loaded_once() -> None:
    assert preset("clean_bold") is preset("clean_bold")


def test_unknown_preset_raises_key_error_that_lists_the_presets() -> None:
    with pytest.raises(KeyError) as caught:
        preset("sparkles")
    assert isinstance(caught.value, UnknownPreset)
    assert "'sparkles'" in str(caught.value)
    assert "clean_bold" in str(caught.value)


def test_missing_fields_have_their_defaults() -> None:
    parsed = parse_preset("plain.yaml", VALID)
    assert parsed.captions.size_px == 76
    assert parsed.engines == ("local",)


def test_invalid_field_is_named_by_its_path() -> None:
    assert refusal(VALID + "captions: {size_px: 7000}\n")[:2] == ("plain.yaml", "captions.size_px")


def test_invalid_list_item_is_named_by_its_index() -> None:
    assert refusal(VALID + 'palette: ["#000000", "black"]\n')[1] == "palette.1"


def test_unknown_field_is_refused() -> None:
    _, field, reason = refusal(VALID + "capitons: {}\n")
    assert (field, reason) == ("capitons", "Unknown field.")


def test_unquoted_colour_is_refused() -> None:
    assert refusal(VALID + "accent: #FFD700\n")[1] == "accent"


def test_duplicate_field_is_refused() -> None:
    _, field, reason = refusal(VALID + "fit: crop\nfit: pad\n")
    assert (field, reason) == ("line 5", "'fit' is given twice")


def test_invalid_yaml_is_refused_with_its_line() -> None:
    assert refusal(VALID + "captions: [\n")[1].startswith("line ")


@pytest.mark.parametrize("text", [b"name: caf\xe9", "name: \x07", "name: 2026-05-99"])
def test_text_with_invalid_characters_or_dates_is_refused(text: str | bytes) -> None:
    assert refusal(text)[1] == "line 1"


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words", "7"])
def test_yaml_that_is_not_a_mapping_is_refused(text: str) -> None:
    assert refusal(text)[1] == "line 1"


def test_key_that_is_not_a_string_is_refused() -> None:
    assert refusal(VALID + "? [a, b]\n: 1\n")[1].startswith("line ")


def test_id_must_be_the_name_of_the_file() -> None:
    assert refusal(VALID, "fancy.yaml") == ("fancy.yaml", "id", "'plain' is not the name of the file")


def test_message_has_file_field_and_reason() -> None:
    with pytest.raises(BadPreset, match=r"^preset plain\.yaml, fit: Must be one of: blur, crop, pad\.$"):
        parse_preset("plain.yaml", VALID + "fit: squeeze\n")


def test_former_level_of_the_voice_is_read_without_effect() -> None:
    named = parse_preset("plain.yaml", VALID + "sound: {voice_lufs: -18, music_db: -9}\n")
    assert named == parse_preset("plain.yaml", VALID + "sound: {music_db: -9}\n")


def test_turn_is_written_only_if_it_is_stated() -> None:
    plain = parse_preset("plain.yaml", VALID + "pacing: {lead_ms: 100}\n")
    longer = parse_preset("plain.yaml", VALID + "pacing: {lead_ms: 100, turn_ms: 700}\n")
    assert "turn_ms" not in PresetSchema.plain(plain)["pacing"]
    assert PresetSchema.plain(longer)["pacing"]["turn_ms"] == 700


@given(st.text(max_size=60))
def test_random_text_is_refused_with_bad_preset(text: str) -> None:
    with pytest.raises(BadPreset):
        parse_preset("plain.yaml", text)


def test_yaml_does_not_construct_python_objects() -> None:
    assert refusal("!!python/object/apply:os.getcwd []")[1].startswith("line ")


def test_package_provides_presets(package: Path) -> None:
    (package / "plain.yaml").write_text(VALID)
    (package / "notes.txt").write_text("not a preset")
    assert set(load_packages(("third_party_presets",))) == {"plain"}


def test_duplicate_id_in_another_package_is_refused(package: Path) -> None:
    (package / "clean_bold.yaml").write_text(VALID.replace("plain", "clean_bold"))
    with pytest.raises(BadPreset, match=r"third_party_presets/clean_bold\.yaml, id: there is already"):
        load_packages(("presets", "third_party_presets"))


def test_missing_package_is_refused_by_name() -> None:
    with pytest.raises(BadPreset, match="no_such_package"):
        load_packages(("no_such_package",))


def test_loading_presets_imports_no_higher_layer() -> None:
    import subprocess

    code = "import presets.library, sys; presets.library.presets(); print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"app", "engines", "audio", "assembly", "tasks", "flask", "celery"} & set(modules)
