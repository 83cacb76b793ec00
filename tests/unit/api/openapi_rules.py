"""Rules for the OpenAPI document, like the recommended ones of Redocly and Spectral; each returns the places it finds.

A place is written as a path in the document, such as ``paths./api/v2/jobs.get.summary``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

VALUES = ("example", "examples", "default", "enum")
METHODS = ("get", "post", "put", "delete", "patch")
Document = dict[str, Any]
Found = Iterator[str]
# What RE2 does not have: look around, back references, possessive and atomic groups, \Z.
NOT_IN_RE2 = re.compile(r"\(\?[=!<>]|\(\?P=|\\[1-9]|\\Z|[*+?}]\+")
SENTENCE = re.compile(r"[A-Z0-9`−].*\.", re.DOTALL)


def walk(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every object of the document with its path, but not what is inside examples and defaults."""
    if isinstance(node, dict):
        yield path, node
        for name, inner in node.items():
            if name not in VALUES or path.endswith((".responses", ".properties")):
                yield from walk(inner, f"{path}.{name}".lstrip("."))
    elif isinstance(node, list):
        for index, inner in enumerate(node):
            yield from walk(inner, f"{path}.{index}")


def operations(document: Document) -> Iterator[tuple[str, Document]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"paths.{path}.{method}", item[method]


def parameters(document: Document) -> Iterator[tuple[str, Document]]:
    for path, item in document["paths"].items():
        for owner, node in (("", item), *((f".{m}", item[m]) for m in METHODS if m in item)):
            for parameter in node.get("parameters", []):
                yield f"paths.{path}{owner}.parameters.{parameter['name']}", parameter


def responses(document: Document) -> Iterator[tuple[str, str, Document]]:
    for place, operation in operations(document):
        for status, response in operation["responses"].items():
            yield f"{place}.responses.{status}", status, resolved(document, response)


def resolved(document: Document, node: Document) -> Document:
    while "$ref" in node:
        target: Any = document
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        node = target
    return node


def schemas(document: Document) -> Iterator[tuple[str, Document]]:
    """Yield every schema of the document: those of components, of parameters, of bodies and of headers."""
    for place, node in walk(document.get("components", {}).get("schemas", {}), "components.schemas"):
        if place.count(".") >= 2 and _is_schema(place, node):
            yield place, node
    for place, node in walk({key: value for key, value in document.items() if key != "components"}):
        if ".schema" in place and _is_schema(place, node):
            yield place, node


def _is_schema(place: str, node: Document) -> bool:
    return not place.endswith((".properties", ".additionalProperties.properties"))


def fields(document: Document) -> Iterator[tuple[str, Document]]:
    """Yield every property that a schema declares; those of rules (``oneOf``) only repeat them."""
    for name, schema in document["components"]["schemas"].items():
        for field, declared in schema.get("properties", {}).items():
            yield f"components.schemas.{name}.{field}", declared
    for place, operation in operations(document):
        for content_type, media in operation.get("requestBody", {}).get("content", {}).items():
            for field, declared in media["schema"].get("properties", {}).items():
                yield f"{place}.requestBody.{content_type}.{field}", declared


# -- rules -----------------------------------------------------------------------------------------------------------


def operation_has_unique_id(document: Document) -> Found:
    ids = Counter(operation.get("operationId") for _, operation in operations(document))
    for place, operation in operations(document):
        name = operation.get("operationId", "")
        if not re.fullmatch(r"[a-z]+(_[a-z]+)+", name) or ids[name] > 1:
            yield f"{place}.operationId"


def operation_has_summary_description_and_tag(document: Document) -> Found:
    described = {tag["name"] for tag in document["tags"] if tag.get("description")}
    for place, operation in operations(document):
        yield from (f"{place}.{name}" for name in ("summary", "description") if not operation.get(name))
        if len(operation.get("tags", ())) != 1 or not set(operation["tags"]) <= described:
            yield f"{place}.tags"


def document_has_server_license_and_contact(document: Document) -> Found:
    if not document.get("servers") or not all(server.get("url") for server in document["servers"]):
        yield "servers"
    info = document["info"]
    yield from (f"info.{name}" for name in ("title", "version", "description", "license", "contact") if not info[name])


def every_field_is_described(document: Document) -> Found:
    for place, field in fields(document):
        described = resolved(document, field) if set(field) == {"$ref"} else field
        if not SENTENCE.fullmatch(described.get("description", "")):
            yield place


def every_schema_is_described(document: Document) -> Found:
    all_schemas = document["components"]["schemas"]
    return (f"components.schemas.{name}" for name, schema in all_schemas.items() if not schema.get("description"))


def every_parameter_is_described(document: Document) -> Found:
    for place, parameter in parameters(document):
        if not parameter.get("description") or not parameter.get("schema", {}).get("type"):
            yield place


def every_path_parameter_is_declared(document: Document) -> Found:
    for path, item in document["paths"].items():
        wanted = set(re.findall(r"{(\w+)}", path))
        for method in METHODS:
            declared = [*item.get("parameters", []), *item.get(method, {}).get("parameters", [])]
            if method in item and {one["name"] for one in declared if one["in"] == "path"} != wanted:
                yield f"paths.{path}.{method}.parameters"


def paths_are_not_ambiguous(document: Document) -> Found:
    shapes = Counter(re.sub(r"{\w+}", "{}", path) for path in document["paths"])
    return (f"paths.{path}" for path in document["paths"] if shapes[re.sub(r"{\w+}", "{}", path)] > 1)


def every_success_has_a_schema_and_an_example(document: Document) -> Found:
    for place, status, response in responses(document):
        if not status.startswith("2"):
            continue
        for content_type, media in response.get("content", {"": {}}).items():
            is_binary = media.get("schema", {}).get("format") == "binary"
            if not media.get("schema") or not (is_binary or "example" in media or "examples" in media):
                yield f"{place}.{content_type}"


def every_error_has_the_one_schema(document: Document) -> Found:
    for place, status, response in responses(document):
        if status == "default" or status >= "400":
            content = response["content"]["application/json"]["schema"]
            if content.get("$ref") not in ("#/components/schemas/ErrorBody", "#/components/schemas/HealthBody"):
                yield place


def every_operation_lists_what_can_happen(document: Document) -> Found:
    for place, operation in operations(document):
        wanted = {"400", "421", "500", "503", "default", *(("403",) if place.endswith("post") else ())}
        if place.startswith("paths./api/"):
            wanted |= {"401"}
        if "requestBody" in operation:
            wanted |= {"408", "413", "415", "422"}
        if any(parameter.get("in") == "query" for parameter in operation.get("parameters", [])):
            wanted |= {"422"}
        if "{job_id}" in place:
            wanted |= {"404"}
        if any("binary" in str(response) for response in operation["responses"].values()):
            wanted |= {"200", "206", "304", "404", "412", "416"}
        yield from (f"{place}.responses.{status}" for status in sorted(wanted - set(operation["responses"])))


def every_response_is_described_with_its_headers(document: Document) -> Found:
    for place, _, response in responses(document):
        if not SENTENCE.fullmatch(response.get("description", "")):
            yield f"{place}.description"
        if "X-Request-Id" not in response.get("headers", {}):
            yield f"{place}.headers.X-Request-Id"
        for name, header in response.get("headers", {}).items():
            if not header.get("description") or not header.get("schema", {}).get("type"):
                yield f"{place}.headers.{name}"


def every_component_is_used(document: Document) -> Found:
    used = {node["$ref"] for _, node in walk(document) if isinstance(node.get("$ref"), str)}
    used |= {f"#/components/securitySchemes/{name}" for scheme in document["security"] for name in scheme}
    for kind, components in document["components"].items():
        yield from (f"components.{kind}.{name}" for name in components if f"#/components/{kind}/{name}" not in used)


def every_reference_resolves(document: Document) -> Found:
    for place, node in walk(document):
        if isinstance(node.get("$ref"), str):
            try:
                resolved(document, node)
            except (KeyError, TypeError):
                yield place


def every_pattern_is_of_re2_and_anchored(document: Document) -> Found:
    for place, node in schemas(document):
        pattern = node.get("pattern")
        is_anchored = isinstance(pattern, str) and (pattern[0], pattern[-1]) == ("^", "$")
        if isinstance(pattern, str) and (NOT_IN_RE2.search(pattern) or not (is_anchored or pattern == r"\S")):
            yield place


def every_object_says_whether_it_is_closed(document: Document) -> Found:
    for place, node in schemas(document):
        if node.get("type") == "object" and "additionalProperties" not in node:
            yield place


def nullable_is_a_type(document: Document) -> Found:
    for place, node in schemas(document):
        types = node.get("type")
        if "nullable" in node or (isinstance(types, list) and (len(types) != len(set(types)) or "null" not in types)):
            yield place
        if None in node.get("enum", ()) and "null" not in (types or ()):
            yield place


def every_field_has_a_type(document: Document) -> Found:
    any_value = ("DifferenceBody.before", "DifferenceBody.after")
    for place, field in fields(document):
        if not {"type", "$ref", "oneOf", "anyOf", "allOf"} & set(field) and not place.endswith(any_value):
            yield place


def every_optional_request_field_has_a_default(document: Document) -> Found:
    for name in ("JobRequest", "SceneDraft", "Media", "Overlay", "VoiceChoice", "Brand", "SceneStyle", "Transition"):
        schema = document["components"]["schemas"][name]
        for field, declared in schema["properties"].items():
            if field not in schema.get("required", ()) and "default" not in declared:
                yield f"components.schemas.{name}.{field}"


def every_example_and_default_is_valid(document: Document) -> Found:
    registry: Registry[Any] = Registry().with_resource("urn:api", Resource(document, DRAFT202012))
    for place, node in walk(document):
        schema = node.get("schema")
        if isinstance(schema, dict) and not _has_binary(schema):
            named = node.get("examples", {}) if isinstance(node.get("examples"), dict) else {}
            values = {name: facts["value"] for name, facts in named.items()}
            values |= {"example": node["example"]} if "example" in node else {}
            for name, value in values.items():
                if not _validator(schema, registry).is_valid(value):
                    yield f"{place}.{name}"
    for place, node in schemas(document):
        values = [*node.get("examples", ()), *([node["default"]] if "default" in node else [])]
        yield from (place for value in values if not _validator(node, registry).is_valid(value))


def _has_binary(schema: Document) -> bool:
    return any(node.get("format") == "binary" for _, node in walk(schema))


def _validator(schema: Document, registry: Registry[Any]) -> Draft202012Validator:
    absolute = {"$id": "urn:one", "allOf": [_absolute(schema)]}
    return Draft202012Validator(absolute, registry=registry)


def _absolute(node: Any) -> Any:
    """Return a schema in which references to the document are absolute."""
    if isinstance(node, dict):
        return {
            name: f"urn:api{inner}" if name == "$ref" and inner.startswith("#") else _absolute(inner)
            for name, inner in node.items()
        }
    return [_absolute(inner) for inner in node] if isinstance(node, list) else node


RULES = (
    operation_has_unique_id,
    operation_has_summary_description_and_tag,
    document_has_server_license_and_contact,
    every_field_is_described,
    every_schema_is_described,
    every_parameter_is_described,
    every_path_parameter_is_declared,
    paths_are_not_ambiguous,
    every_success_has_a_schema_and_an_example,
    every_error_has_the_one_schema,
    every_operation_lists_what_can_happen,
    every_response_is_described_with_its_headers,
    every_component_is_used,
    every_reference_resolves,
    every_pattern_is_of_re2_and_anchored,
    every_object_says_whether_it_is_closed,
    nullable_is_a_type,
    every_field_has_a_type,
    every_optional_request_field_has_a_default,
    every_example_and_default_is_valid,
)
