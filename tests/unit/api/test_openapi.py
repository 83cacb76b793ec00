"""The OpenAPI document describes every endpoint of the API."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from app.api.factory import create_app
from schemas.export import json_schema
from schemas.job import JobRequestSchema
from tests.unit.api import openapi_rules


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    content: dict[str, Any] = create_app().test_client().get("/api/openapi.json").json
    return content


def test_every_route_is_in_the_document(document: dict[str, Any]) -> None:
    app = create_app()
    blueprints = ("jobs", "assets", "presets", "health", "revisions", "money", "engines")
    routes = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] in blueprints}
    converters = {"{job_id}": "<id:job_id>", "{name}": "<file:name>", "{number}": "<revision:number>"}
    converters |= {"{scene_id}": "<scene:scene_id>", "{engine}": "<engine:engine>"}
    documented = set(document["paths"])
    for parameter, converter in converters.items():
        documented = {path.replace(parameter, converter) for path in documented}
    assert documented == routes and document["openapi"] == "3.1.0"


def test_document_is_valid_openapi(document: dict[str, Any]) -> None:
    validate(document)


@pytest.mark.parametrize("rule", openapi_rules.RULES, ids=lambda rule: rule.__name__)
def test_document_follows_the_rule(document: dict[str, Any], rule: Callable[[dict[str, Any]], Iterator[str]]) -> None:
    assert list(rule(document)) == []


POST = ("paths", "/api/v2/jobs", "post")
FILE = ("paths", "/api/v2/jobs/{job_id}/artefacts/{name}", "get")
SCHEMAS = ("components", "schemas")
# A change of the document for each rule, and a part of the place that the rule then names.
BROKEN: dict[str, tuple[tuple[str, ...], Any, str]] = {
    "operation_has_unique_id": ((*POST, "operationId"), "list_jobs", "jobs.post.operationId"),
    "operation_has_summary_description_and_tag": ((*POST, "description"), "", "jobs.post.description"),
    "document_has_server_license_and_contact": (("servers",), [], "servers"),
    "every_field_is_described": ((*SCHEMAS, "Brand", "properties", "logo"), {"type": "string"}, "Brand.logo"),
    "every_schema_is_described": ((*SCHEMAS, "Brand", "description"), "", "Brand"),
    "every_parameter_is_described": ((*POST, "parameters"), [{"in": "header", "name": "X"}], "jobs.post.parameters.X"),
    "every_path_parameter_is_declared": (("paths", "/api/v2/jobs/{job_id}", "parameters"), [], "{job_id}.get"),
    "paths_are_not_ambiguous": (("paths", "/api/v2/jobs/{other}"), {}, "/api/v2/jobs/{other}"),
    "every_success_has_a_schema_and_an_example": ((*POST, "responses", "202", "content"), {"a/b": {}}, "202.a/b"),
    "every_error_has_the_one_schema": (
        ("components", "responses", "CONFLICT", "content", "application/json", "schema"),
        {"type": "string"},
        "jobs.post.responses.409",
    ),
    "every_operation_lists_what_can_happen": ((*FILE, "responses"), {"206": {"type": "binary"}}, "responses.416"),
    "every_response_is_described_with_its_headers": ((*POST, "responses", "202", "headers"), {}, "202.headers.X-Req"),
    "every_component_is_used": ((*SCHEMAS, "Spare"), {}, "schemas.Spare"),
    "every_reference_resolves": ((*SCHEMAS, "Brand"), {"$ref": "#/components/schemas/None"}, "schemas.Brand"),
    "every_pattern_is_of_re2_and_anchored": ((*SCHEMAS, "Brand", "pattern"), "^a$(?!b)", "schemas.Brand"),
    "every_object_says_whether_it_is_closed": ((*SCHEMAS, "Brand"), {"type": "object"}, "schemas.Brand"),
    "nullable_is_a_type": ((*SCHEMAS, "Brand", "properties", "logo", "nullable"), True, "Brand.properties.logo"),
    "every_field_has_a_type": ((*SCHEMAS, "JobRequest", "properties", "music"), {}, "JobRequest.music"),
    "every_optional_request_field_has_a_default": (
        (*SCHEMAS, "Brand", "properties", "logo"),
        {"type": "string"},
        "Brand.logo",
    ),
    "every_example_and_default_is_valid": (
        (*SCHEMAS, "Brand", "properties", "handle", "default"),
        7,
        "Brand.properties.handle",
    ),
}


@pytest.mark.parametrize("rule", openapi_rules.RULES, ids=lambda rule: rule.__name__)
def test_rule_names_the_place_that_breaks_it(
    document: dict[str, Any], rule: Callable[[dict[str, Any]], Iterator[str]]
) -> None:
    path, value, place = BROKEN[rule.__name__]
    broken = copy.deepcopy(document)
    node: Any = broken
    for name in path[:-1]:
        node = node[name]
    node[path[-1]] = value
    assert [found for found in rule(broken) if place in found]


def test_every_schema_is_a_valid_json_schema(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_music_of_a_request_is_a_union(document: dict[str, Any]) -> None:
    music = document["components"]["schemas"]["JobRequest"]["properties"]["music"]["oneOf"]
    assert [kind["type"] for kind in music] == ["string", "object", "object", "null"]
    assert [list(kind["properties"]) for kind in music[1:3]] == [["mood"], ["asset"]]


def test_job_has_exactly_one_source(document: dict[str, Any]) -> None:
    sources = document["components"]["schemas"]["JobRequest"]["oneOf"]
    assert [source["required"] for source in sources] == [["prompt"], ["script"], ["scenes"], ["media", "title"]]


def test_job_is_accepted_as_json_or_as_a_form_with_files(document: dict[str, Any]) -> None:
    content = document["paths"]["/api/v2/jobs"]["post"]["requestBody"]["content"]
    assert set(content) == {"application/json", "multipart/form-data"}
    name = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema = document["components"]["schemas"][name]
    assert set(schema["properties"]) == set(json_schema(JobRequestSchema)["properties"])
    parts = set(content["multipart/form-data"]["schema"]["properties"])
    assert parts == {"logo", "media", "music", "request", *schema["properties"]}


def test_example_requests_are_valid_jobs(document: dict[str, Any]) -> None:
    examples = document["paths"]["/api/v2/jobs"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    assert JobRequestSchema.read(examples["script"]["value"]).script
    silent = JobRequestSchema.read(examples["media"]["value"])
    assert silent.title and silent.media and not silent.text


def test_idempotency_key_is_documented(document: dict[str, Any]) -> None:
    operation = document["paths"]["/api/v2/jobs"]["post"]
    assert [parameter["name"] for parameter in operation["parameters"]] == ["Idempotency-Key"]
    assert "Idempotency-Replayed" in operation["responses"]["202"]["headers"]
