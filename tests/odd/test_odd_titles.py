"""Titles and closings of texts that begin with an address, a tag, a number or a time, and of texts about an address."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from app.planning.scenes.closing import call_to_action
from app.planning.text.addresses import ADDRESS
from app.planning.text.titles import hook_headline, title_of

ROWS = yaml.safe_load(Path(__file__).with_name("odd_titles.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("text", "title"), ROWS.items())
def test_title_says_something_or_there_is_none(text, title):
    assert title_of([text]) == title
    assert not ADDRESS.search(title)


@pytest.mark.parametrize(
    "line", ["Watch now: https://youtu.be/abc.", "Read more at www.example.com.", "Go to bit.ly/xyz"]
)
def test_headline_over_the_first_picture_is_no_address(line):
    assert hook_headline(line, line, "Good bread", "en") == "Good bread"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Visit https://www.example.com/path?utm_source=x&id=12345 today.", "Visit example.com today"),
        ("Order at www.bread.io/shop/now.", "Order at bread.io"),
        ("Write to info@example.com.", ""),
        ("Book now at example.de.", "Book now at example.de"),
        ("Call 1-800-555-0199.", "Call 1-800-555-0199"),
    ],
)
def test_closing_shows_the_host_of_an_address(line, shown):
    assert call_to_action(["Bread is good.", line]) == shown
