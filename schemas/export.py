"""Write the JSON Schema files of the contracts: ``python -m schemas.export``. Do not edit the files by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from schemas.contract import Contract, Rate
from schemas.edit import CHANGE_SCHEMAS, AnyChange, EditSchema
from schemas.job import JobRequestSchema, Music
from schemas.money import Usd
from schemas.preset import PresetSchema
from schemas.scene_graph import SceneGraphSchema
from schemas.timeline import TimelineSchema

DIRECTORY = Path(__file__).parent
FILES: dict[str, type[Contract[Any]]] = {
    "scene_graph_v2.json": SceneGraphSchema,
    "timeline_v2.json": TimelineSchema,
    "preset_v1.json": PresetSchema,
    "job_request_v2.json": JobRequestSchema,
    "edit_v2.json": EditSchema,
}
DRAFT = "https://json-schema.org/draft/2020-12/schema"


def register_field_schemas(plugin: MarshmallowPlugin) -> None:
    """Register the JSON Schema types of the custom fields with apispec."""
    plugin.map_to_openapi_type(Rate, "string", None)  # type: ignore[no-untyped-call]
    plugin.map_to_openapi_type(Usd, "number", None)  # type: ignore[no-untyped-call]
    plugin.map_to_openapi_type(Music, None, None)  # type: ignore[no-untyped-call]
    plugin.map_to_openapi_type(AnyChange, None, None)  # type: ignore[no-untyped-call]
    if plugin.converter is not None:
        plugin.converter.add_attribute_function(_change_attributes)  # type: ignore[no-untyped-call]


def _change_attributes(converter: Any, field: Any, **_: Any) -> dict[str, Any]:
    """Return the ``oneOf`` of a change: each kind has a required key that no other kind allows."""
    if not isinstance(field, AnyChange):
        return {}
    return {"oneOf": [converter.resolve_nested_schema(kind) for kind in CHANGE_SCHEMAS.values()]}


def json_schema(contract: type[Contract[Any]]) -> dict[str, Any]:
    """Return the self-contained JSON Schema (2020-12) of ``contract``; it refuses unknown properties."""
    plugin = MarshmallowPlugin(schema_name_resolver=_schema_name)
    spec = APISpec("contracts", "1", openapi_version="3.1.0", plugins=[plugin])
    register_field_schemas(plugin)
    spec.components.schema(_schema_name(contract), schema=contract)
    schemas = spec.to_dict()["components"]["schemas"]
    root = schemas.pop(_schema_name(contract))
    document = {"$schema": DRAFT, "title": _schema_name(contract), **root}
    if schemas:
        document["$defs"] = schemas
    text = json.dumps(document).replace("#/components/schemas/", "#/$defs/")
    plain: dict[str, Any] = json.loads(text)
    for schema in (plain, *plain.get("$defs", {}).values()):
        schema["additionalProperties"] = False
    return plain


def _schema_name(schema: Any) -> str:
    schema_class = schema if isinstance(schema, type) else type(schema)
    return schema_class.__name__.removesuffix("Schema")


def file_texts() -> dict[str, str]:
    """Return the text of each JSON Schema file by file name."""
    return {
        name: json.dumps(json_schema(contract), indent=2, sort_keys=True) + "\n" for name, contract in FILES.items()
    }


if __name__ == "__main__":
    for name, text in file_texts().items():
        (DIRECTORY / name).write_text(text)
