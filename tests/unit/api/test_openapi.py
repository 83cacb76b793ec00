"""The OpenAPI document says what the API does."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.api.factory import create_app
from schemas.export import json_schema
from schemas.job import JobRequestSchema

BARE = {"/api/v2/jobs/{job_id}/artefacts/{name}"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    plain: dict[str, Any] = create_app().test_client().get("/api/openapi.json").json
    return plain


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    verbs = ("get", "post", "put", "delete", "patch")
    return [(path, verb, doors[verb]) for path, doors in document["paths"].items() for verb in verbs if verb in doors]


def test_every_door_is_in_the_document(document: dict[str, Any]) -> None:
    app = create_app()
    ours = ("jobs", "assets", "presets", "health", "revisions")
    doors = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] in ours}
    kinds = {"{job_id}": "<id:job_id>", "{name}": "<path:name>", "{number}": "<int:number>"}
    shown = set(document["paths"])
    for name, rule in kinds.items():
        shown = {path.replace(name, rule) for path in shown}
    assert shown == doors and document["openapi"] == "3.1.0"


def test_every_door_has_a_summary_and_says_what_an_error_looks_like(document: dict[str, Any]) -> None:
    for path, verb, door in operations(document):
        assert door["summary"], (path, verb)
        assert door["responses"]["default"] == {"$ref": "#/components/responses/DEFAULT_ERROR"}
    shown = document["components"]["responses"]["DEFAULT_ERROR"]["content"]["application/json"]["schema"]
    assert shown == {"$ref": "#/components/schemas/ErrorBody"}


def test_every_reference_leads_to_something(document: dict[str, Any]) -> None:
    found = references(document)
    assert {"#/components/schemas/ErrorBody", "#/components/responses/DEFAULT_ERROR"} < set(found)
    for reference in found:
        place: Any = document
        for name in reference.removeprefix("#/").split("/"):
            place = place[name]
        assert place


def references(plain: Any) -> list[str]:
    if isinstance(plain, dict):
        own = [plain["$ref"]] if isinstance(plain.get("$ref"), str) else []
        return own + [found for inner in plain.values() for found in references(inner)]
    return [found for inner in plain for found in references(inner)] if isinstance(plain, list) else []


def test_every_schema_is_a_json_schema(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_a_job_may_be_sent_as_json_or_as_a_form_with_files(document: dict[str, Any]) -> None:
    content = document["paths"]["/api/v2/jobs"]["post"]["requestBody"]["content"]
    assert set(content) == {"application/json", "multipart/form-data"}
    name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
    shown = document["components"]["schemas"][name]
    assert set(shown["properties"]) == set(json_schema(JobRequestSchema)["properties"])
    assert {"media", "music", "request"} == set(content["multipart/form-data"]["schema"]["properties"])


def test_the_example_of_the_document_is_a_job(document: dict[str, Any]) -> None:
    example = document["paths"]["/api/v2/jobs"]["post"]["requestBody"]["content"]["application/json"]["example"]
    assert JobRequestSchema.read(example).script


def test_the_idempotency_key_is_documented(document: dict[str, Any]) -> None:
    door = document["paths"]["/api/v2/jobs"]["post"]
    assert [each["name"] for each in door["parameters"]] == ["Idempotency-Key"]
    assert "Idempotency-Replayed" in door["responses"]["202"]["headers"]
