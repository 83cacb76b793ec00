"""Models of fal and Replicate as YAML files: what a model takes, what it costs, and the names of its input fields.

The project's own files are package data. The operator's directory (``PYTOON_ENGINE_MODELS``) has one folder for each
provider, ``fal`` and ``replicate``; a file there adds a model, or replaces the one with the same name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, ClassVar, cast

from marshmallow import ValidationError, validate, validates_schema

from app.core.errors import Unconfigured
from engines.hosted.models import chosen_models, model_of
from presets.yaml_files import BadFile, parse, yaml_files
from schemas.contract import Contract
from schemas.engine import EngineModel, EngineModelSchema
from schemas.fields import Dict, FullMatch, Nested, Raw, Str
from schemas.order import ClipOrder

SETTING = "PYTOON_ENGINE_MODELS"
PROVIDERS = ("fal", "replicate")
DURATIONS = ("integer", "text", "text_s")
NAME = FullMatch(r"^[a-z0-9][a-z0-9._-]*$", error="Must be lower-case letters, digits and . _ -")
# The id becomes a part of a URL.
ID = FullMatch(r"^[\w-][\w.-]*(/[\w-][\w.-]*)+$", error="Must be names separated by slashes, such as owner/model.")


@dataclass(frozen=True, slots=True)
class FieldMap:
    """The names of the input fields of a model; ``None`` for what it does not take.

    ``duration_as`` says how the length is written: 5 (``integer``), "5" (``text``) or "5s" (``text_s``). ``fixed`` are
    further fields with the same value in every order.
    """

    prompt: str | None = None
    negative_prompt: str | None = None
    duration: str | None = None
    duration_as: str = "integer"
    aspect: str | None = None
    resolution: str | None = None
    seed: str | None = None
    image: str | None = None
    last_image: str | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MappedModel(EngineModel):
    """A model and the names of its input fields; ``version`` is the id of a version at Replicate, if one is needed."""

    input: FieldMap = field(default_factory=FieldMap)
    version: str = ""

    @property
    def model(self) -> EngineModel:
        """The model without the names of its input fields."""
        return EngineModel(**{each.name: getattr(self, each.name) for each in fields(EngineModel)})


@dataclass(frozen=True, slots=True)
class ModelLibrary:
    """The models by name, and a sentence for each file that cannot be used."""

    models: Mapping[str, MappedModel]
    problems: tuple[str, ...] = ()

    def only(self, ids: str) -> ModelLibrary:
        """The library with only the models whose id begins with ``ids``."""
        return replace(self, models={n: model for n, model in self.models.items() if model.id.startswith(ids)})

    def without(self, ids: str) -> ModelLibrary:
        """The library without the models whose id begins with ``ids``."""
        return replace(self, models={n: model for n, model in self.models.items() if not model.id.startswith(ids)})


class FieldMapSchema(Contract[FieldMap]):
    dataclass_type = FieldMap
    prompt = Str(allow_none=True)
    negative_prompt = Str(allow_none=True)
    duration = Str(allow_none=True)
    duration_as = Str(validate=validate.OneOf(DURATIONS))
    aspect = Str(allow_none=True)
    resolution = Str(allow_none=True)
    seed = Str(allow_none=True)
    image = Str(allow_none=True)
    last_image = Str(allow_none=True)
    fixed = Dict(keys=Str(), values=Raw())


DEFAULTS = {each.name: each.default for each in fields(EngineModel)}


class MappedModelSchema(EngineModelSchema):
    dataclass_type = MappedModel
    id = Str(required=True, validate=ID)
    name = Str(required=True, validate=NAME)
    input = Nested(FieldMapSchema, required=True)
    version = Str(validate=FullMatch(r"^[\w.:/-]*$"))
    needs: ClassVar[Mapping[str, str]] = {
        "from_image": "image",
        "takes_last_image": "last_image",
        "takes_negative_prompt": "negative_prompt",
        "takes_seed": "seed",
        "prompt_limit": "prompt",
    }
    # Without a field, the model has one length, aspect or resolution.
    choices: ClassVar[Mapping[str, str]] = {"seconds": "duration", "aspects": "aspect", "resolutions": "resolution"}

    @validates_schema(skip_on_field_errors=True)
    def _check_fields(self, data: Mapping[str, Any], **_: Any) -> None:
        """Check that what the model takes has the name of a field, and that every price says where it is from."""
        has = {taken: data.get(taken, DEFAULTS[taken]) for taken in (*self.needs, *self.choices)}
        wanted = {name: taken for taken, name in self.needs.items() if has[taken]}
        wanted |= {name: f"several {taken}" for taken, name in self.choices.items() if len(has[taken]) > 1}
        for name, taken in wanted.items():
            if getattr(data["input"], name) is None:
                raise ValidationError({"input": {name: [f"Missing, but the model has {taken}."]}})
        if len(data.get("resolutions", ())) != len(data.get("shorter_side_px", ())):
            raise ValidationError("Must have one number for each resolution.", "shorter_side_px")
        if not data.get("prices"):
            raise ValidationError("Missing; a model without a price cannot be budgeted.", "prices")
        if not all(price.source for price in data["prices"]):
            raise ValidationError("Every price must say where it is from.", "prices.source")


def load_models(provider: str, directory: str = "") -> ModelLibrary:
    """Return the models of ``provider``: those of the project, then those in the operator's ``directory``.

    A file that is not valid is a problem, with file, field and reason, and the other files are still loaded.
    """
    models: dict[str, MappedModel] = {}
    problems: list[str] = []
    for name, text in (*_own_files(provider), *_operator_files(provider, directory, problems)):
        try:
            model = cast(MappedModel, parse(Path(name).name, text, MappedModelSchema, named="name"))
        except BadFile as error:
            problems.append(f"{name}, {error.args[1]}: {error.args[2]}")
            continue
        if other := next((each for each in models.values() if each.id == model.id and each.name != model.name), None):
            problems.append(f"{name}, id: the model {other.name!r} has the same id")
            continue
        models[model.name] = model
    return ModelLibrary(models, tuple(problems))


def _own_files(provider: str) -> Iterator[tuple[str, bytes]]:
    return ((file.name, file.read_bytes()) for file in yaml_files(f"engines.vendors.{provider}_models"))


def _operator_files(provider: str, directory: str, problems: list[str]) -> Iterator[tuple[str, bytes]]:
    if not directory:
        return
    root = Path(directory).expanduser()
    if not root.is_dir():
        problems.append(f"{SETTING}: there is no such directory")
        return
    for file in _yaml_in(root):
        problems.append(f"{file.name}: move it to a folder {' or '.join(PROVIDERS)} in the directory")
    for file in _yaml_in(root / provider):
        try:
            yield f"{provider}/{file.name}", file.read_bytes()
        except OSError as error:
            problems.append(f"{provider}/{file.name}: it cannot be read: {error.strerror}")


def _yaml_in(directory: Path) -> list[Path]:
    return sorted(path for path in directory.glob("*") if path.suffix in (".yaml", ".yml"))


def choose_models(engine: str, library: ModelLibrary, names: str, setting: str) -> tuple[MappedModel, ...]:
    """Return the models that the operator chose, as ``chosen_models`` does; a problem of a file is part of the reason.

    Raises ``Unconfigured`` for a name that is not known, and if there are no models.
    """
    problems = "".join(f"; {problem}" for problem in library.problems)
    if not library.models:
        raise Unconfigured(engine, f"{setting}: there are no models{problems}")
    try:
        chosen = chosen_models(engine, [model.model for model in library.models.values()], names, setting)
    except Unconfigured as error:
        raise Unconfigured(engine, f"{error.setting}{problems}") from None
    return tuple(library.models[model.name] for model in chosen)


def model_of_order(engine: str, models: Sequence[MappedModel], order: ClipOrder) -> MappedModel:
    """Return the model of an order. Raises ``ProviderRefused`` if the engine has it no longer."""
    return cast(MappedModel, model_of(engine, models, order))


def model_input(model: MappedModel, order: ClipOrder, images: Mapping[str, str]) -> dict[str, Any]:
    """Return the input of ``model`` for ``order``; ``images`` has the URL of each storage key in ``order.files``."""
    names = model.input
    values: dict[str | None, Any] = {
        names.prompt: order.prompt,
        names.negative_prompt: order.negative_prompt or None,
        names.duration: written_duration(order.seconds, names.duration_as),
        names.aspect: order.aspect,
        names.resolution: order.resolution or None,
        names.seed: order.seed,
        names.image: images[order.image] if order.image else None,
        names.last_image: images[order.last_image] if order.last_image else None,
    }
    given = {name: value for name, value in values.items() if name and value is not None}
    return {**given, **names.fixed}


def written_duration(seconds: int, form: str) -> int | str:
    """Return a length as a model takes it: 5, "5" or "5s"."""
    forms: dict[str, int | str] = {"integer": seconds, "text": str(seconds), "text_s": f"{seconds}s"}
    return forms[form]
