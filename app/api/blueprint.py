"""The blueprint of the API: each view becomes an operation that refuses unknown parameters and lists its errors."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import flask_smorest
from flask import Request, request
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import MultiDict

from app.api.openapi_parts import ERROR_NAME, PATH_PARAMETERS
from app.core.errors import BadRequest

View = Callable[..., Any]


class QueryParser(FlaskParser):
    """Read query strings; a parameter that is given more than once is refused."""

    def load_querystring(self, req: Request, schema: Schema) -> MultiDict[str, str]:
        if repeated := {name: [f"Given {len(texts)} times."] for name, texts in req.args.lists() if len(texts) > 1}:
            raise ValidationError(repeated)
        return req.args


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    ARGUMENTS_PARSER = QueryParser()

    def operation(
        self, rule: str, *, method: str = "GET", query: type[Schema] | None = None, errors: tuple[int, ...] = ()
    ) -> Callable[[View], View]:
        """Register a view as an operation; the name of the view is the id of the operation.

        ``query`` is the schema of its query string, whose values are the first argument of the view. ``errors`` are the
        statuses of its errors, beside those that every operation has.
        """

        def register(view: View) -> View:
            operation = view if query else _without_query(view)
            for status in errors if query else (*errors, 422):
                operation = self.alt_response(status, ERROR_NAME[status])(operation)
            if query:
                operation = self.arguments(query, location="query", unknown=RAISE)(operation)
            self.open_operation(rule, method=method)(operation)
            return view

        return register

    def open_operation(self, rule: str, *, method: str = "GET") -> Callable[[View], View]:
        """Register a view as an operation that ignores its query string."""
        parameters = [
            {"in": "path", "name": name, **facts} for name, facts in PATH_PARAMETERS.items() if f":{name}>" in rule
        ]

        def register(view: View) -> View:
            self.route(rule, methods=[method], parameters=parameters)(self.doc(operationId=view.__name__)(view))
            return view

        return register


def _without_query(view: View) -> View:
    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        for name in request.args:
            raise BadRequest(name, "unknown parameter")
        return view(*args, **kwargs)

    return checked
