"""Every operation answers any input with a status and a body that the OpenAPI document describes.

Inputs are drawn from the document itself: valid values of each parameter, values at its limits, and values of other
types. ``make fuzz-api`` does more of this, with schemathesis and the real web server.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from app.api.factory import create_app
from app.database.session import migrate
from app.queue.embedded_broker import Broker
from tests.databases import DATABASES, use

EXAMPLES = 6
METHODS = ("get", "post")
ODD_TEXTS = [
    "",
    " ",
    "\x00",
    "\ufffd",
    "\u200b",
    "a" * 300,
    "-1",
    "0",
    "1.5",
    "1e9",
    "true",
    "null",
    "[]",
    "../..",
    "%",
]
EDGES = [0, 1, -1, 2**31 - 1, 2**31, 2**32, 2**53, 2**63, 2**64, 10**30]
JSON_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([*EDGES, *ODD_TEXTS, 1.9, 1e300, -0.0]),
    st.lists(st.sampled_from([1, "a", None, {}]), max_size=2),
    st.dictionaries(
        st.sampled_from(["kind", "asset", "mood", "x", "speed"]), st.sampled_from([1, "a", None]), max_size=2
    ),
)


class Documented:
    """The API on one database, with its document and the id of a job."""

    def __init__(self) -> None:
        self.client: FlaskClient = create_app().test_client()
        self.document: dict[str, Any] = json.loads(self.client.get("/api/openapi.json").text)
        self.job_id: str = self.client.post("/api/v2/jobs", json={"script": "Bread takes time."}).get_json()["job_id"]

    def operations(self) -> list[tuple[str, str, dict[str, Any]]]:
        return [
            (
                path,
                method,
                {**item[method], "parameters": item.get("parameters", []) + item[method].get("parameters", [])},
            )
            for path, item in self.document["paths"].items()
            for method in METHODS
            if method in item
        ]

    def check(self, operation: dict[str, Any], response: TestResponse) -> None:
        """Fail unless the operation lists the status, with the content type and a schema that the body matches."""
        documented = operation["responses"].get(str(response.status_code))
        assert documented is not None and response.status_code != 500, (response.status_code, response.text)
        documented = self._resolved(documented)
        missing = {name for name in ("X-Request-Id", "Location") if name in documented["headers"]} - set(
            response.headers.keys()
        )
        assert not missing
        if "content" in documented:
            schema = documented["content"][response.mimetype]["schema"]
            if schema.get("format") != "binary":
                validator = Draft202012Validator({**schema, "components": self.document["components"]})
                assert [error.message for error in validator.iter_errors(response.get_json())] == []

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        name = node.get("$ref", "").rpartition("/")[2]
        resolved: dict[str, Any] = self.document["components"]["responses"][name] if name else node
        return resolved


@pytest.fixture(scope="module", params=DATABASES)
def api(
    request: pytest.FixtureRequest, broker: Broker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Documented]:
    with pytest.MonkeyPatch.context() as patch:
        for _ in use(request.param, tmp_path_factory.mktemp("database"), patch):
            migrate()
            yield Documented()


def texts(schema: dict[str, Any], known: list[str]) -> st.SearchStrategy[str]:
    """Texts for a parameter: values of its type and at its limits, known values, and odd ones."""
    limits = [schema[name] + step for name in ("minimum", "maximum") if name in schema for step in (-1, 0, 1)]
    usual = [str(value) for value in (*limits, *known, *([schema["default"]] if "default" in schema else []))]
    return st.sampled_from(
        [*usual, *ODD_TEXTS, *map(str, EDGES), "2026-01-01T00:00:00+00:00", "0001-01-01T00:00:00+14:00"]
    )


def known_values(api: Documented, name: str) -> list[str]:
    known = {
        "job_id": [api.job_id] * 20,
        "number": ["1"] * 20,
        "name": ["output.mp4"],
        "with": ["1"],
        "engine": ["local"] * 20,
    }
    return known.get(name, [])


def bodies(operation: dict[str, Any]) -> st.SearchStrategy[Any]:
    """JSON bodies: an example of the document, with one of its fields changed, or any JSON value."""
    media = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    examples = [example["value"] for example in media.get("examples", {}).values()] or [media.get("example", {})]
    names = sorted({name for example in examples for name in example} | {"seed", "title", "voice", "music", "surprise"})
    changed = st.builds(
        lambda example, name, value: {**example, name: value},
        st.sampled_from(examples),
        st.sampled_from(names),
        JSON_VALUES,
    )
    return st.one_of(st.sampled_from(examples), changed, JSON_VALUES)


def test_every_operation_answers_any_input_as_documented(api: Documented) -> None:
    for path, method, operation in api.operations():
        _try(api, path, method, operation)


def _try(api: Documented, path: str, method: str, operation: dict[str, Any]) -> None:
    parameters = {
        name: {
            one["name"]: texts(one["schema"], known_values(api, one["name"]))
            for one in operation["parameters"]
            if one["in"] == name
        }
        for name in ("path", "query")
    }
    optional = st.fixed_dictionaries({}, optional=parameters["query"])

    @settings(max_examples=EXAMPLES, database=None, derandomize=True)
    @given(st.fixed_dictionaries(parameters["path"]), optional, bodies(operation))
    def one_request(in_path: dict[str, str], query: dict[str, str], body: Any) -> None:
        url = path
        for name, text in in_path.items():
            url = url.replace(f"{{{name}}}", quote(text, safe=""))
        is_routed = api.client.application.url_map.bind("localhost").test(
            _unquoted(path, in_path), method=method.upper()
        )
        if not is_routed:
            return
        sent = {"json": body} if "requestBody" in operation else {}
        api.check(operation, api.client.open(url, method=method, query_string=query, **sent))

    one_request()


def _unquoted(path: str, in_path: dict[str, str]) -> str:
    for name, text in in_path.items():
        path = path.replace(f"{{{name}}}", text)
    return path
