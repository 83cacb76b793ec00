"""The web application, put together."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePosixPath

from flask import Flask
from flask_smorest import Api
from werkzeug.routing import BaseConverter

from app.api import assets, errors, health, jobs, presets, revisions, swagger_page
from app.api.bodies import ErrorBody
from app.api.http import limits, request_context
from app.core import config, log
from app.core.config import Settings
from schemas.export import register_field_schemas

DOCUMENT = "/api/openapi.json"


class IdConverter(BaseConverter):
    """An id of ours; what cannot be one is not even looked up."""

    regex = "[A-Za-z0-9_-]{1,64}"


def create_app(settings: Settings | None = None) -> Flask:
    """A WSGI application. Limits are those of ``settings``; where things are is always the environment's to say."""
    chosen = settings or config.settings()
    log.configure(chosen.process or "web")
    app = Flask("pytoon", static_folder=None)
    app.config |= _documented()
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.converters["id"] = IdConverter
    request_context.register_request_context(app)
    limits.register_limits(app, chosen)
    _open(app)
    errors.register_error_handlers(app)
    return app


def _documented() -> dict[str, object]:
    return {
        "API_TITLE": "Pytoon",
        "API_VERSION": _version(),
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": str(PurePosixPath(DOCUMENT).parent),
        "OPENAPI_JSON_PATH": PurePosixPath(DOCUMENT).name,
        "API_SPEC_OPTIONS": {"info": {"description": "A prompt or a script in, a finished short video out."}},
    }


def _version() -> str:
    try:
        return version("pytoon-studio")
    except PackageNotFoundError:  # run from a source tree
        return "0"


def _open(app: Flask) -> None:
    api = Api()
    api.ERROR_SCHEMA = ErrorBody
    api.init_app(app)
    register_field_schemas(api.ma_plugin)
    api.register_converter(IdConverter, lambda _: {"type": "string", "pattern": f"^{IdConverter.regex}$"})
    for part in (assets, presets, jobs, revisions, health):
        api.register_blueprint(part.blueprint)
    app.register_blueprint(swagger_page.swagger_ui(DOCUMENT))
