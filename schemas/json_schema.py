"""Contracts as JSON Schema (2020-12), for the files in this folder and for the OpenAPI document.

apispec converts the fields. Added here are what it does not know: descriptions and defaults from the dataclasses, rules
between fields (``Contract.rules``), and the schemas of fields with a type of their own (``json_schema``).
"""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_instance
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema, missing

from schemas.contract import Contract

Plain = dict[str, Any]


class ContractConverter(OpenAPIConverter):
    def init_attribute_functions(self) -> None:
        super().init_attribute_functions()  # type: ignore[no-untyped-call]
        self.add_attribute_function(own_json_schema)  # type: ignore[no-untyped-call]

    def schema2jsonschema(self, schema: Any) -> Plain:
        instance = resolve_schema_instance(schema)
        converted: Plain = super().schema2jsonschema(instance)  # type: ignore[no-untyped-call]
        if description := description_of(instance):
            converted = {"description": description, **converted}
        if isinstance(instance, Contract):
            for name, default in defaults_of(instance).items():
                converted["properties"][name]["default"] = default
            converted |= instance.rules
        return converted


class ContractPlugin(MarshmallowPlugin):
    """The plugin of apispec for schemas; a component is named after its class, without "Schema"."""

    Converter = ContractConverter

    def __init__(self) -> None:
        super().__init__(schema_name_resolver=schema_name)


def schema_name(schema: Any) -> str:
    schema_class = schema if isinstance(schema, type) else type(resolve_schema_instance(schema))
    return schema_class.__name__.removesuffix("Schema")


def own_json_schema(converter: OpenAPIConverter, field: Any, **_: Any) -> Plain:
    """Return the JSON Schema of a field with a type of its own; it is a dict, or made from those of other schemas."""
    own = getattr(field, "json_schema", {})
    schema = dict(own(converter.resolve_nested_schema) if callable(own) else own)
    if field.allow_none and isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    return schema


def description_of(schema: Schema) -> str | None:
    """Return the first paragraph of the docstring of a contract's dataclass, or of any other schema."""
    described = schema.dataclass_type if isinstance(schema, Contract) else type(schema)
    docstring = described.__dict__.get("__doc__")
    paragraph = inspect.cleandoc(docstring).split("\n\n")[0] if docstring else ""
    return " ".join(paragraph.split()).replace("``", "`") or None


def defaults_of(contract: Contract[Any]) -> Plain:
    """Return the JSON-ready defaults of the dataclass of ``contract`` by name of the field."""
    found: Plain = {}
    for field in dataclasses.fields(contract.dataclass_type):
        value = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
        if value is not dataclasses.MISSING and value is not missing and field.name in contract.fields:
            found[field.name] = contract.fields[field.name].serialize(field.name, {field.name: value})
    return found
