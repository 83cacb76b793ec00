"""The comparison of two requests finds each difference that a provider could notice."""

from __future__ import annotations

import json
from dataclasses import replace
from email.message import Message

import pytest

from tests.adapters.wire import assert_same, shape_of
from tests.emulators.base import Call

BODY = {"model": "ray", "seconds": 5, "images": [{"url": "a"}], "options": {}}
HEADERS = {"Host": "api.example", "Authorization": "Bearer key", "Content-Type": "application/json", "User-Agent": "a"}


def call(headers=None, body=BODY, **changes):
    message = Message()
    for name, value in {**HEADERS, **(headers or {})}.items():
        if value is not None:
            message[name] = value
    return replace(Call("POST", "/v1/orders", {"wait": "0"}, message, json.dumps(body).encode(), 0.0), **changes)


def test_requests_that_differ_in_the_order_of_fields_and_in_the_client_are_the_same():
    other = call({"user-agent": "b", "Accept": "*/*"}, dict(reversed(BODY.items())))
    assert_same(other, call())


@pytest.mark.parametrize(
    "other",
    [
        call(method="PUT"),
        call(path="/v2/orders"),
        call(query={"wait": "1"}),
        call({"Host": "other.example"}),
        call({"Authorization": "Key key"}),
        call({"Content-Type": "text/plain"}),
        call({"X-Version": "2"}),
        call({"Authorization": None}),
        call(body={**BODY, "model": "sun"}),
        call(body={**BODY, "seconds": 5.0}),
        call(body={**BODY, "seconds": "5"}),
        call(body={**BODY, "seed": None}),
        call(body={**BODY, "options": []}),
        call(body={**BODY, "images": [{"url": "a"}, {"url": "b"}]}),
        call(body={"model": "ray", "seconds": 5, "images": [{"url": "a"}]}),
    ],
)
def test_each_difference_is_found_from_both_sides(other):
    for library, engine in ((other, call()), (call(), other)):
        with pytest.raises(AssertionError):
            assert_same(library, engine)


def test_header_of_the_library_alone_is_named_with_its_reason():
    library = call({"X-Library-Version": "2"})
    assert_same(library, call(), {"x-library-.*": "describes the library"})
    with pytest.raises(AssertionError):
        assert_same(call(), library, {"x-library-.*": "describes the library"})
    with pytest.raises(AssertionError, match="sends no"):
        assert_same(library, call(), {"x-library-.*": "describes the library", "x-other": "does not occur"})


def test_bytes_that_are_not_json_are_compared_as_they_are():
    assert_same(replace(call(), body=b"\x89a"), replace(call(), body=b"\x89a"))
    with pytest.raises(AssertionError):
        assert_same(replace(call(), body=b"\x89a"), replace(call(), body=b"\x89b"))


def test_shape_has_the_type_of_each_value():
    assert shape_of({"a": [1, "b"], "c": {}}) == {"$.a[0]": "int", "$.a[1]": "str", "$.c": "dict"}
