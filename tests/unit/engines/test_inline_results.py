"""Results inside JSON: found without loading their text, decoded part by part."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.vendors.inline_results import LONG, PART, NotBase64, read_without_long_strings, write_decoded

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just('x\\"{' * LONG) | st.just("é" * LONG),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("inline")


def restored(value, document, source):
    """The document with the long strings in place of their marks."""
    if isinstance(value, str) and value in document.spans:
        start, stop = document.spans[value]
        return json.loads(b'"' + source.read_bytes()[start:stop] + b'"')
    if isinstance(value, list):
        return [restored(each, document, source) for each in value]
    if isinstance(value, dict):
        return {restored(key, document, source): restored(each, document, source) for key, each in value.items()}
    return value


@given(JSON, st.booleans())
def test_document_with_its_long_strings_is_the_whole_document(directory, plain, escaped):
    source = directory / "document.json"
    source.write_text(json.dumps(plain, ensure_ascii=escaped), encoding="utf-8")
    document = read_without_long_strings(source)
    assert restored(document.plain, document, source) == plain


@given(st.integers(0, 9), st.sampled_from([0, 10, LONG, PART - 3, PART, 2 * PART + 1]), st.sampled_from(["", "/", "="]))
def test_decoded_result_is_the_original(directory, seed, size, escaped):
    data = bytes((seed + n) % 256 for n in range(256)) * (size // 256 + 1)
    data = b"\xff" * seed + data[:size]
    text = json.dumps({"data": base64.b64encode(data).decode()})
    if escaped:
        text = text.replace(escaped, {"/": "\\/", "=": "\\u003d"}[escaped])
    source, path = directory / "result.json", directory / "result"
    source.write_text(text)
    document = read_without_long_strings(source)
    write_decoded(source, document, document.plain["data"], path)
    assert path.read_bytes() == data


@pytest.mark.parametrize("text", ["*" * 100, "A" * (4 * LONG + 1), "=" * LONG * 2, "A=AA"])
def test_text_that_is_not_base64_is_refused(directory, text):
    source = directory / "bad.json"
    source.write_text(json.dumps({"data": text}))
    document = read_without_long_strings(source)
    with pytest.raises(NotBase64):
        write_decoded(source, document, document.plain["data"], directory / "bad")


@pytest.mark.parametrize("text", ['{"data": "' + "A" * 2 * LONG, "", "[1", '"' + "A" * 2 * LONG + '" x'])
def test_text_that_is_not_json_is_refused(directory, text):
    source = directory / "cut.json"
    source.write_text(text)
    with pytest.raises(ValueError):
        read_without_long_strings(source)
