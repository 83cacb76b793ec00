"""The OpenAPI document describes every endpoint of the API."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.api.factory import create_app
from schemas.export import json_schema
from schemas.job import JobRequestSchema


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    content: dict[str, Any] = create_app().test_client().get("/api/openapi.json").json
    return content


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    methods = ("get", "post", "put", "delete", "patch")
    return [
        (path, method, item[method]) for path, item in document["paths"].items() for method in methods if method in item
    ]


def test_every_route_is_in_the_document(document: dict[str, Any]) -> None:
    app = create_app()
    blueprints = ("jobs", "assets", "presets", "health", "revisions")
    routes = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] in blueprints}
    converters = {"{job_id}": "<id:job_id>", "{name}": "<path:name>", "{number}": "<int:number>"}
    documented = set(document["paths"])
    for parameter, converter in converters.items():
        documented = {path.replace(parameter, converter) for path in documented}
    assert documented == routes and document["openapi"] == "3.1.0"


def test_every_operation_has_a_summary_and_an_error_response(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        assert operation["summary"], (path, method)
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/DEFAULT_ERROR"}
    schema = document["components"]["responses"]["DEFAULT_ERROR"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/ErrorBody"}


def test_every_reference_resolves(document: dict[str, Any]) -> None:
    refs = references(document)
    assert {"#/components/schemas/ErrorBody", "#/components/responses/DEFAULT_ERROR"} < set(refs)
    for ref in refs:
        target: Any = document
        for name in ref.removeprefix("#/").split("/"):
            target = target[name]
        assert target


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        refs = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return refs + [ref for inner in node.values() for ref in references(inner)]
    return [ref for inner in node for ref in references(inner)] if isinstance(node, list) else []


def test_every_schema_is_a_valid_json_schema(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_job_is_accepted_as_json_or_as_a_form_with_files(document: dict[str, Any]) -> None:
    content = document["paths"]["/api/v2/jobs"]["post"]["requestBody"]["content"]
    assert set(content) == {"application/json", "multipart/form-data"}
    name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema = document["components"]["schemas"][name]
    assert set(schema["properties"]) == set(json_schema(JobRequestSchema)["properties"])
    assert {"logo", "media", "music", "request"} == set(content["multipart/form-data"]["schema"]["properties"])


def test_example_requests_are_valid_jobs(document: dict[str, Any]) -> None:
    examples = document["paths"]["/api/v2/jobs"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    assert JobRequestSchema.read(examples["script"]["value"]).script
    silent = JobRequestSchema.read(examples["media"]["value"])
    assert silent.title and silent.media and not silent.text


def test_idempotency_key_is_documented(document: dict[str, Any]) -> None:
    operation = document["paths"]["/api/v2/jobs"]["post"]
    assert [parameter["name"] for parameter in operation["parameters"]] == ["Idempotency-Key"]
    assert "Idempotency-Replayed" in operation["responses"]["202"]["headers"]
