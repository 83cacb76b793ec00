"""JSON of requests: read exactly, or refused with the place of what is wrong with it."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from flask import request
from werkzeug.exceptions import BadRequest as MalformedRequest
from werkzeug.exceptions import UnsupportedMediaType

from app.api.http import limits
from app.core.errors import BadRequest
from app.planning.text.long_words import TOO_LONG, has_long_word

INVALID_CHARACTER = re.compile("[\x00\ud800-\udfff]")
# A longer name is not repeated in an error.
MAX_NAME = 200
# Of one object or list, and of a whole body. No request needs so many, and the error of each takes time.
MAX_ENTRIES, MAX_VALUES = 1000, 50_000
# The words of a script are checked when it is read: the address of a picture in it may have all its data.
SCRIPT = "script"
REQUIRED: Any = object()


class _Repeating(dict[str, Any]):
    """An object of which a key is given more than once."""

    key: str = ""


def read(default: Any = REQUIRED) -> Any:
    """Return the JSON body of the current request, or ``default``, if there is one, for a request without a body.

    Raises 400 or 415 for a body that is not JSON, and ``BadRequest`` like ``check``.
    """
    body = limits.read_body()
    if not body and default is not REQUIRED:
        return default
    if not request.is_json:
        raise UnsupportedMediaType("The body must be application/json.")
    data = parse(body)
    check(data)
    return data


def parse(text: str | bytes) -> Any:
    """Parse JSON; raises 400 with the line and column of a syntax error."""
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        message = f"This is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        raise MalformedRequest(message) from error
    except UnicodeDecodeError as error:
        raise MalformedRequest("This is not JSON: it is not UTF-8.") from error
    except (ValueError, RecursionError) as error:  # a number with thousands of digits, thousands of nested brackets
        message = "This is not JSON that can be parsed: a number is too long, or it is nested too deeply."
        raise MalformedRequest(message) from error


def check(data: Any, path: str = "") -> None:
    """Raise ``BadRequest``, with the dotted path, for what JSON may have and a request may not.

    These are a key that an object has twice; NUL and unpaired surrogates, which cannot be stored, spoken or drawn; and
    more values, or longer words, than a request needs.
    """
    stack: list[tuple[str, Any]] = [(path, data)]
    values = 0
    while stack:
        path, value = stack.pop()
        values += 1
        if values > MAX_VALUES:
            raise BadRequest("body", f"has more than {MAX_VALUES:,} values")
        if isinstance(value, dict | list) and len(value) > MAX_ENTRIES:
            raise BadRequest(path or "body", f"has more than {MAX_ENTRIES:,} entries")
        if isinstance(value, str):
            check_text(path, value)
        elif isinstance(value, dict):
            _check_keys(path, value)
            stack += [(_joined(path, name), inner) for name, inner in value.items()]
        elif isinstance(value, list):
            stack += [(_joined(path, index), inner) for index, inner in enumerate(value)]


def check_text(path: str, text: str) -> None:
    if INVALID_CHARACTER.search(text):
        raise BadRequest(path or "body", "has invalid characters (NUL or an unpaired surrogate)")
    if path != SCRIPT and has_long_word(text):
        raise BadRequest(path or "body", TOO_LONG)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built = dict(pairs)
    if len(built) == len(pairs):
        return built
    keys: set[str] = set()
    repeating = _Repeating(built)
    repeating.key = next(key for key, _ in pairs if key in keys or keys.add(key))  # type: ignore[func-returns-value]
    return repeating


def _check_keys(path: str, value: dict[str, Any]) -> None:
    for name in value:
        check_text(path, name)
        if len(name) > MAX_NAME:
            raise BadRequest(path or "body", f"a name in it is longer than {MAX_NAME} characters")
    if isinstance(value, _Repeating):
        raise BadRequest(_joined(path, value.key), "given more than once in the same object")


def _joined(path: str, name: str | int) -> str:
    return f"{path}.{name}" if path else str(name)


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedRequest(f"This is not JSON: {name} is not a JSON number.")
