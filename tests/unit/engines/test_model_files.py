"""The files of models of fal and Replicate: those of the project, and those of the operator."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from app.core.config import Settings
from app.core.errors import Unconfigured
from engines.adapters import fal, pika, replicate
from engines.vendors.model_files import (
    PROVIDERS,
    FieldMap,
    MappedModel,
    choose_models,
    load_models,
    model_input,
    written_duration,
)
from schemas.engine import Capabilities, CapabilitiesSchema, EngineModel
from schemas.order import ClipOrder

ROOT = Path(__file__).parents[3]
OWN = [(provider, model) for provider in PROVIDERS for model in load_models(provider).models.values()]
MINE = {
    "id": "owner/app/model",
    "name": "mine",
    "seconds": [5],
    "input": {"prompt": "text", "duration": "length", "fixed": {"quality": "best", "options": [1]}},
    "prices": [{"usd": 0.1, "source": "my contract"}],
}
every_model = pytest.mark.parametrize("model", [model for _, model in OWN], ids=[f"{p}-{m.name}" for p, m in OWN])


@pytest.fixture
def write(tmp_path):
    """A function that writes a file of the operator; ``changes`` of None remove a field."""

    def write(name: str = "mine", folder: str = "fal", text: str | None = None, **changes: object) -> str:
        (tmp_path / folder).mkdir(exist_ok=True)
        plain = {**MINE, "name": name, **changes}
        plain = {field: value for field, value in plain.items() if value is not None}
        (tmp_path / folder / f"{name}.yaml").write_text(yaml.safe_dump(plain) if text is None else text)
        return str(tmp_path)

    return write


@pytest.mark.parametrize("provider", PROVIDERS)
def test_own_files_are_valid(provider):
    library = load_models(provider)
    assert library.models
    assert library.problems == ()


@every_model
def test_model_says_what_it_takes(model):
    assert model.from_text or model.from_image
    assert model.seconds == tuple(sorted(model.seconds))
    assert model.shorter_side_px == tuple(sorted(model.shorter_side_px))
    assert model.prompt_limit > 0


@every_model
def test_every_clip_that_can_be_ordered_has_a_price(model):
    for seconds in model.seconds:
        for resolution in model.resolutions or (None,):
            fitting = [
                price
                for price in model.prices
                if price.resolution in (None, resolution) and price.seconds in (None, seconds)
            ]
            assert len(fitting) == 1
            assert fitting[0].max_usd is None or fitting[0].max_usd >= fitting[0].usd > 0


@every_model
def test_model_without_its_fields_survives_the_contract_of_capabilities(model):
    assert type(model.model) is EngineModel
    capabilities = Capabilities(("generated",), models=(model.model,))
    assert CapabilitiesSchema.read(CapabilitiesSchema.plain(capabilities)) == capabilities


def test_files_of_the_operator_add_models(write):
    library = load_models("fal", write())
    assert library.problems == ()
    mine = library.models["mine"]
    assert list(library.models)[-1] == "mine"
    assert model_input(mine, ClipOrder("owner/app/model", prompt="x"), {}) == {
        "text": "x",
        "length": 5,
        "quality": "best",
        "options": [1],
    }


def test_file_of_the_operator_replaces_a_model_by_its_name(write):
    known = load_models("fal").models
    library = load_models("fal", write("veo_3.1_image"))
    assert library.models["veo_3.1_image"].id == "owner/app/model"
    assert list(library.models) == list(known)


def test_files_of_one_provider_are_not_those_of_the_other(write):
    directory = write(folder="replicate")
    assert "mine" not in load_models("fal", directory).models
    assert "mine" in load_models("replicate", directory).models


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"id": None}, "id: Missing data for required field."),
        ({"id": "model"}, "id: Must be names separated by slashes"),
        ({"id": "owner/../secret"}, "id: Must be names separated by slashes"),
        ({"id": "owner/app?x=1"}, "id: Must be names separated by slashes"),
        ({"seconds": "five"}, "seconds: Must be a list."),
        ({"seconds": ["5"]}, "seconds.0: Must be a whole number."),
        ({"colour": "red"}, "colour: Unknown field."),
        ({"input": None}, "input: Missing data for required field."),
        ({"input": {}}, "input.prompt: Missing, but the model has prompt_limit."),
        ({"seconds": [5, 10], "input": {"prompt": "p"}}, "input.duration: Missing, but the model has several seconds."),
        ({"aspects": ["1:1", "9:16"]}, "input.aspect: Missing, but the model has several aspects."),
        ({"resolutions": ["a", "b"]}, "input.resolution: Missing, but the model has several resolutions."),
        ({"input": {"prompt": 7}}, "input.prompt: Must be a text."),
        ({"input": {"duration_as": "words"}}, "input.duration_as: Must be one of: integer, text, text_s."),
        ({"input": {"picture": "image"}}, "input.picture: Unknown field."),
        ({"from_image": True}, "input.image: Missing, but the model has from_image."),
        ({"takes_seed": True}, "input.seed: Missing, but the model has takes_seed."),
        ({"resolutions": ["720p"]}, "shorter_side_px: Must have one number for each resolution."),
        ({"prices": None}, "prices: Missing; a model without a price cannot be budgeted."),
        ({"prices": [{"usd": 1}]}, "prices.source: Every price must say where it is from."),
        ({"prices": [{"usd": "much", "source": "x"}]}, "prices.0.usd: Must be an amount in US dollars."),
        ({"text": "id: [a"}, "line"),
        ({"text": "- id"}, "line 1: must be a mapping"),
        ({"text": "id: a/b\nid: a/c\n"}, "line 2: 'id' is given twice"),
    ],
)
def test_invalid_file_is_a_problem_with_file_field_and_reason(write, changes, problem):
    write("bad", **changes)
    library = load_models("fal", write("good"))
    assert len(library.problems) == 1
    assert library.problems[0].startswith(f"fal/bad.yaml, {problem}")
    assert "good" in library.models
    assert set(load_models("fal").models) < set(library.models)


def test_name_of_a_model_is_that_of_its_file(write):
    library = load_models("fal", write("other", text=yaml.safe_dump(MINE)))
    assert library.problems == ("fal/other.yaml, name: 'mine' is not the name of the file",)


def test_two_models_cannot_have_the_same_id(write):
    write("a")
    assert load_models("fal", write("b")).problems == ("fal/b.yaml, id: the model 'a' has the same id",)


def test_missing_directory_and_misplaced_files_are_problems(tmp_path):
    assert load_models("fal", str(tmp_path / "none")).problems == ("PYTOON_ENGINE_MODELS: there is no such directory",)
    (tmp_path / "mine.yaml").write_text("")
    assert load_models("fal", str(tmp_path)).problems == (
        "mine.yaml: move it to a folder fal or replicate in the directory",
    )


def test_file_that_cannot_be_read_is_a_problem(tmp_path):
    (tmp_path / "fal" / "folder.yaml").mkdir(parents=True)
    assert load_models("fal", str(tmp_path)).problems[0].startswith("fal/folder.yaml: it cannot be read: ")


def test_engines_list_the_problems_and_stay_usable(write):
    write("bad", id="x")
    directory = write("bad", folder="replicate", id="x")
    for module, name in ((fal, "fal"), (pika, "fal"), (replicate, "replicate")):
        built = module.build(Settings(fal_api_key="k" * 9, replicate_api_key="k" * 9, engine_models=directory))
        assert built.capabilities.models
        assert [problem.partition(",")[0] for problem in built.problems] == [f"{name}/bad.yaml"]


def test_reason_of_an_unknown_model_has_the_problem_of_its_file(write):
    library = load_models("fal", write("bad", id="x"))
    with pytest.raises(Unconfigured, match=r"PYTOON_FAL_MODELS names 'bad'.*fal/bad.yaml, id: Must be names"):
        choose_models("fal", library, "bad", "PYTOON_FAL_MODELS")


def test_engine_without_models_is_unconfigured():
    with pytest.raises(Unconfigured, match="there are no models"):
        choose_models("fal", load_models("fal").only("nobody/"), "", "PYTOON_FAL_MODELS")


def test_length_is_written_as_the_model_takes_it():
    assert [written_duration(8, form) for form in ("integer", "text", "text_s")] == [8, "8", "8s"]


def test_input_has_only_fields_that_the_model_has():
    order = ClipOrder("a/b", "x", "fog", 5, "1:1", "720p", 0, "k1", "k2")
    images = {"k1": "first", "k2": "last"}
    bare = MappedModel("a/b", "b")
    assert model_input(bare, order, images) == {}
    names = FieldMap("p", "n", "d", "text", "a", "r", "s", "i", "l")
    assert model_input(MappedModel("a/b", "b", input=names), order, images) == {
        "p": "x",
        "n": "fog",
        "d": "5",
        "a": "1:1",
        "r": "720p",
        "s": 0,
        "i": "first",
        "l": "last",
    }
    empty = ClipOrder("a/b", "x", seconds=5, aspect="1:1")
    assert model_input(MappedModel("a/b", "b", input=names), empty, {}) == {"p": "x", "d": "5", "a": "1:1", "s": 0}


def test_example_of_the_documentation_is_valid(write):
    page = (ROOT / "docs" / "engine-models.md").read_text()
    example = page.partition("```yaml\n")[2].partition("```")[0]
    library = load_models("fal", write("my_model", text=example))
    assert library.problems == ()
    assert set(yaml.safe_load(example)["input"]) == {field.name for field in fields(FieldMap)}


def test_own_files_are_in_packages():
    for provider in PROVIDERS:
        assert (ROOT / "engines" / "vendors" / f"{provider}_models" / "__init__.py").exists()
