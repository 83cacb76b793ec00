"""Write the JSON Schema files of the contracts: ``python -m schemas.export``. Do not edit the files by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from apispec import APISpec

from schemas.contract import Contract
from schemas.edit import EditSchema
from schemas.job import JobRequestSchema
from schemas.json_schema import ContractPlugin, schema_name
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


def json_schema(contract: type[Contract[Any]]) -> dict[str, Any]:
    """Return the self-contained JSON Schema (2020-12) of ``contract``; it refuses unknown properties."""
    spec = APISpec("contracts", "1", openapi_version="3.1.0", plugins=[ContractPlugin()])
    spec.components.schema(schema_name(contract), schema=contract)
    schemas = spec.to_dict()["components"]["schemas"]
    root = schemas.pop(schema_name(contract))
    document = {"$schema": DRAFT, "title": schema_name(contract), **root}
    if schemas:
        document["$defs"] = schemas
    text = json.dumps(document).replace("#/components/schemas/", "#/$defs/")
    plain: dict[str, Any] = json.loads(text)
    return plain


def file_texts() -> dict[str, str]:
    """Return the text of each JSON Schema file by file name."""
    return {
        name: json.dumps(json_schema(contract), indent=2, sort_keys=True) + "\n" for name, contract in FILES.items()
    }


if __name__ == "__main__":
    for name, text in file_texts().items():
        (DIRECTORY / name).write_text(text)
