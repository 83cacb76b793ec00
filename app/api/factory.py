"""The application factory of the web API."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePosixPath

from flask import Flask
from werkzeug.routing import BaseConverter, PathConverter, ValidationError

from app.api import assets, engines, errors, health, jobs, money, presets, revisions, swagger_page
from app.api.bodies import ErrorBody
from app.api.http import before_body, limits, origins, request_context
from app.api.openapi_document import Api, openapi_options
from app.api.openapi_parts import MAX_FILE_NAME, PATH_PARAMETERS
from app.core import config, log
from app.core.config import Settings
from app.revisions.queries import MAX_NUMBER

OPENAPI_URL = "/api/openapi.json"


class IdConverter(BaseConverter):
    """Match the id of a job; any other text gets a 404 without a query."""

    regex = "[A-Za-z0-9_-]{1,64}"


class RevisionConverter(BaseConverter):
    """Match the number of a revision in decimal digits; any other text, and any larger number, gets a 404."""

    regex = "[1-9][0-9]{0,9}"

    def to_python(self, value: str) -> int:
        if int(value) > MAX_NUMBER:
            raise ValidationError
        return int(value)


class SceneConverter(RevisionConverter):
    """Match the number of a scene in decimal digits, as ``RevisionConverter`` does."""

    regex = "0|[1-9][0-9]{0,9}"


class EngineConverter(BaseConverter):
    """Match the name of an engine; any other text gets a 404 without a query."""

    regex = "[a-z][a-z0-9_]{0,63}"


class FileConverter(PathConverter):
    """Match the name of an artifact, which may have folders; a name that no artifact can have gets a 404."""

    regex = rf"[^/\x00-\x1f\x7f][^\x00-\x1f\x7f]{{0,{MAX_FILE_NAME - 1}}}"


CONVERTERS = {
    "engine": EngineConverter,
    "file": FileConverter,
    "id": IdConverter,
    "revision": RevisionConverter,
    "scene": SceneConverter,
}


def create_app(settings: Settings | None = None) -> Flask:
    """Create the WSGI application.

    The request limits come from ``settings``; paths and URLs of services always come from the environment.
    """
    app_settings = settings or config.settings()
    log.configure(app_settings.process or "web")
    app = Flask("pytoon", static_folder=None)
    app.config |= _openapi_config()
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.converters |= CONVERTERS
    request_context.register_request_context(app)
    origins.register_cors(app)
    before_body.register_checks(app)
    limits.register_limits(app, app_settings)
    _register_blueprints(app)
    errors.register_error_handlers(app)
    return app


def _openapi_config() -> dict[str, object]:
    return {
        "API_TITLE": "Pytoon",
        "API_VERSION": _version(),
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": str(PurePosixPath(OPENAPI_URL).parent),
        "OPENAPI_JSON_PATH": PurePosixPath(OPENAPI_URL).name,
        "API_SPEC_OPTIONS": openapi_options(config.settings()),
    }


def _version() -> str:
    try:
        return version("pytoon-studio")
    except PackageNotFoundError:  # run from a source tree
        return "0"


def _register_blueprints(app: Flask) -> None:
    api = Api()
    api.ERROR_SCHEMA = ErrorBody
    api.init_app(app)
    api.register_converter(EngineConverter, lambda _: PATH_PARAMETERS["engine"]["schema"])
    api.register_converter(IdConverter, lambda _: PATH_PARAMETERS["job_id"]["schema"])
    api.register_converter(FileConverter, lambda _: PATH_PARAMETERS["name"]["schema"])
    api.register_converter(RevisionConverter, lambda _: PATH_PARAMETERS["number"]["schema"])
    api.register_converter(SceneConverter, lambda _: PATH_PARAMETERS["scene_id"]["schema"])
    for module in (assets, presets, jobs, revisions, money, engines, health):
        api.register_blueprint(module.blueprint)
    app.register_blueprint(swagger_page.swagger_blueprint(OPENAPI_URL))
