"""The spoken text, the title and the language of Markdown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.core.config import settings
from app.core.errors import BadRequest
from app.inputs.markdown import build
from app.media.html_text import text_of_html
from app.planning.text.spoken_text import spoken_text
from schemas.script import Script

MARKDOWN = build(settings())


def read(text: str) -> Script:
    return MARKDOWN.read(text.encode(), "story.md")


def left_out(script: Script) -> list[str]:
    return [omission.what for omission in script.left_out]


def spoken(text: str) -> str:
    return read(text).text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("*one* **two** ***three*** _four_ `five`", "one two three four five"),
        ("one ~~two~~ three", "one three"),
        ("[one](http://a.b/c \"t\") [two][x] [x]\n\n[x]: http://a.b 'title'", "one two x"),
        ("one ![two](a.jpg) three", "one three"),
        ("[![badge](a.svg)](http://a.b)\n\none", "one"),
        ("<https://www.example.org/a/b?c=d#e> and <me@example.org>", "example.org and me@example.org"),
        ("See https://example.org/a_b_c. (http://foo.de/x) ok", "See example.org. (foo.de) ok"),
        ("[https://example.org/long](https://example.org/long)", "example.org"),
        ("one &amp; two &lt;three&gt; &#33;", "one & two <three> !"),
        (r"\*one\* \# two", "*one* # two"),
        ("one <b>two</b> <!-- no --> <kbd>three</kbd>", "one two three"),
        ("one<br>two<BR />three", "one\ntwo\nthree"),
        ("one  \ntwo\\\nthree\nfour", "one\ntwo\nthree four"),
        ("你好\n世界\nhello\nyou", "你好世界 hello you"),
        (
            "- one\n- two\n  1. three\n     more\n* four\n\n7) five",
            "- one\n\n- two\n\n  1. three more\n\n- four\n\n7. five",
        ),
        ("- [ ] one\n- [x] two", "- one\n\n- two"),
        ("1. one\n1. two\n\n   more\n1. three", "1. one\n\n2. two\n\n  more\n\n3. three"),
        ("> Be good.\n> — Seneca", "Be good.\n— Seneca"),
        ("> one\n> two\n>\n> > three", "one two\n\nthree"),
        ("> [!NOTE]\n> one", "one"),
        ("one\n\n***\n\ntwo\n\n---\n\nthree", "one\n\ntwo\n\nthree"),
        ("one\n\n~~~py\n  print(1)\n~~~\n\ntwo", "one\n\n```py\n  print(1)\n```\n\ntwo"),
        ("one\n\n```\nnever closed", "one\n\n```\nnever closed\n```"),
        ("one\n\n~~~\n```\n~~~", "one\n\n~~~~\n```\n~~~~"),
        ("    one\n\n\ttwo", "one\n\ntwo"),
        ("[[one]] [[note#part|two]] ![[three.png]]", "one two"),
        ("[music swells] One.", "[music swells] One."),
    ],
)
def test_markup_is_removed_and_words_are_kept(markdown: str, text: str) -> None:
    assert spoken(markdown) == text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("one[^1] two[^note]\n\n[^1]: A note.\n[^note]: https://a.b", "one two"),
        ("one[^1]\n\n[^1]: A note\nthat goes on\n    and on\n\n    in a paragraph\n\ntwo", "one\n\ntwo"),
        ("one[^1]\n[^1]: A note.\n# two", "one\n\ntwo"),
        ("- one[^1]\n\n  [^1]: A note.\n\n- two", "- one\n\n- two"),
        ("> one[^1]\n>\n> [^1]: A note.\n\ntwo", "one\n\ntwo"),
        ("one^[a note] two", "one two"),
        ("[^1]: A note.\n\n\n\none", "one"),
    ],
)
def test_footnotes_are_not_spoken(markdown: str, text: str) -> None:
    assert spoken(markdown) == text


def test_each_table_row_is_spoken_as_a_line() -> None:
    table = spoken("| A | B |\n|---|:-:|\n| Flour | *500* g |\n| Salt | |\n| | 3 |")
    assert spoken_text(table) == "Flour: 500 g\nSalt\n3"


def test_cells_of_a_wide_table_are_spoken_with_their_column_headings() -> None:
    table = "| Thing | Amount | Price |\n|--|--|--|\n| Flour | 500 g | 2 € |\n| Salt | | 1 € |"
    assert spoken_text(spoken(table)) == "Flour: Amount 500 g, Price 2 €\nSalt: Price 1 €"


def test_address_in_a_table_of_a_readme_is_left_out() -> None:
    table = "# Loaf\n\n| Who | Where |\n|--|--|\n| Ann | ann@example.org |"
    script = MARKDOWN.read(table.encode(), "README.md")
    assert "example.org" not in script.text and left_out(script) == ["“ann@example.org”"]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one <b>two</b></p><p>three</p>", "one two\n\nthree"),
        ("<!-- one -->two", "two"),
        ("<script>let a = '<b>';</script><style>p {}</style>one", "one"),
        ("<svg><text>one</text></svg>two", "two"),
        ("one <del>two</del> three", "one three"),
        ("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>字", "漢字"),
        ("one<br>two<hr/>three", "one\n\ntwo\n\nthree"),
        ("<ul><li>one<li>two</ul>", "- one\n\n- two"),
        ("&eacute;&#33; a &lt; b", "é! a < b"),
        ("<![if !x]>one<![endif]><![CDATA[two]]>", "one"),
        ("one < two & three", "one < two & three"),
        ("one </div></p> two", "one\n\ntwo"),
    ],
)
def test_text_of_html(html: str, text: str) -> None:
    assert text_of_html(html).text == text


def test_html_blocks_in_markdown_are_spoken() -> None:
    html = "<div align=center>\n<img src=a.png>\n<p>one</p>\n</div>\n\n**two**\n\n<!--\n\nno\n\n-->\n\nthree"
    assert spoken(html) == "one\n\ntwo\n\nthree"


README = """# Loaf

[![build](https://img.shields.io/x.svg)](https://example.org) ![](logo.png)

Loaf bakes bread. Write to baker@example.org for help. It is fast.

## Installation

Run this:

```sh
pip install loaf
```

### From source

Clone it.

## Use

Loaf needs flour.

## License

MIT. All rights reserved.
"""


def test_licence_installation_code_badges_and_addresses_of_a_readme_are_left_out() -> None:
    script = MARKDOWN.read(README.encode(), "README.md")
    assert script.title == "Loaf"
    assert script.text.split("\n\n") == ["Loaf bakes bread. It is fast.", "Use", "Loaf needs flour."]
    assert left_out(script) == [
        "“build”, “logo.png”",
        "“Write to baker@example.org for help.”",
        "“Installation”, “License”",
    ]


def test_address_in_another_document_is_kept() -> None:
    assert spoken("Write to baker@example.org for bread.") == "Write to baker@example.org for bread."


def test_installation_without_code_is_narrated() -> None:
    assert spoken("# Shelf\n\n## Installation\n\nTwo screws.") == "Installation\n\nTwo screws."


def test_long_code_is_named_as_left_out() -> None:
    code = "\n".join(f"print({number})" for number in range(20))
    script = read(f"one\n\n```py\n{code}\n```\n\ntwo")
    assert script.text == "one\n\ntwo"
    assert len(script.left_out) == 1 and script.left_out[0].what.startswith("“print(0)")


# -- titles ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markdown", "title", "text"),
    [
        ("# *Bread* & salt\n\none", "Bread & salt", "one"),
        ("Bread\n=====\n\none", "Bread", "one"),
        ("![logo](a.png)\n\n## Bread\n\none\n\n# Two", "Bread", "one\n\nTwo"),
        ("one\n\n## Part\n\n# Bread\n\ntwo", "Bread", "one\n\nPart\n\nBread\n\ntwo"),
        ("one\n\n## Part\n\ntwo", None, "one\n\nPart\n\ntwo"),
        ("# Bread", "Bread", "Bread"),
        ("one", None, "one"),
        ("#\n\none", None, "one"),
    ],
)
def test_heading_at_the_beginning_is_the_title_and_not_spoken(markdown: str, title: str, text: str) -> None:
    script = read(markdown)
    assert (script.title, script.text) == (title, text)


@pytest.mark.parametrize(
    "front_matter",
    [
        "---\ntitle: Bread\nlang: no\n---\n",
        "---\r\ntitle: 'Bread'\r\nlang: no\r\n...\r\n",
        '---   \n# a comment\nlayout: post\n\ntitle: "Bread"\nlocale: no\ntags: [a, b]\n---\n',
        '+++\ntitle = "Bread"\nlanguage = "no"\n+++\n',
        "\ufeff---\ntitle: >\n  Bread\nlang: no\n---\n",
    ],
)
def test_front_matter_has_title_and_language_and_is_not_spoken(front_matter: str) -> None:
    script = read(front_matter + "\n# Bread\n\none")
    assert (script.title or "").strip() == "Bread"
    assert script.language == "no"
    assert script.text.endswith("one")
    assert "layout" not in script.text


def test_heading_that_differs_from_the_title_in_front_matter_is_spoken() -> None:
    script = read("---\ntitle: Bread\n---\n# Flour\n\none")
    assert (script.title, script.text) == ("Bread", "Flour\n\none")


def test_number_in_front_matter_can_be_the_title() -> None:
    assert read("---\ntitle: 1984\n---\none").title == "1984"
    assert read("+++\ntitle = 1984\n+++\none").title == "1984"


@pytest.mark.parametrize(
    "front_matter", ["---\ntitle: []\n---\n", "---\ntitle:\n---\n", "+++\n+++\n", "---\ntitle: {a: b}\n---\n"]
)
def test_front_matter_without_a_valid_title_gives_no_title(front_matter: str) -> None:
    assert read(front_matter + "one") == Script("one")


@pytest.mark.parametrize(
    "text", ["---\n\none\n\n---\n\ntwo", "---\nShe said: one\n---\n\ntwo", "---\n---\n\none\n\ntwo"]
)
def test_horizontal_rules_are_not_front_matter(text: str) -> None:
    script = read(text)
    assert "one" in f"{script.title} {script.text}"
    assert script.text.endswith("two")


@pytest.mark.parametrize(
    ("front_matter", "syntax"),
    [
        ("---\ntitle: Bread: a story\n---\n", "YAML"),
        ("---\ntitle: " + "[" * 5000 + "\n---\n", "YAML"),
        ("---\na: &a [*a\n---\n", "YAML"),
        ("+++\ntitle = Bread\n+++\n", "TOML"),
    ],
)
def test_invalid_front_matter_is_refused_with_the_reason(front_matter: str, syntax: str) -> None:
    with pytest.raises(BadRequest, match=rf"the front matter of story\.md is not valid {syntax}: "):
        read(front_matter + "one")


# -- properties ------------------------------------------------------------------------------------------------------

WORDS = st.lists(st.sampled_from(["bread", "takes", "time", "Äpfel", "时间", "9.99"]), min_size=1, max_size=8)
MARKUP = st.sampled_from(["{}", "*{}*", "**{}**", "`{}`", "[{}](http://a.b)", "<b>{}</b>", "{}[^1]", "{}<!-- x -->"])


@hypothesis_settings(max_examples=100, deadline=None)
@given(words=WORDS, data=st.data())
def test_every_word_is_kept_in_order_whatever_its_markup(words: list[str], data: st.DataObject) -> None:
    markdown = " ".join(data.draw(MARKUP).format(word) for word in words)
    assert spoken(markdown).split() == words
    assert spoken(f"> One\n> {markdown}").split() == ["One", *words]
    assert spoken(f"> - {markdown}").split() == ["-", *words]


@hypothesis_settings(max_examples=100, deadline=None)
@given(paragraphs=st.lists(WORDS, min_size=1, max_size=5))
def test_plain_paragraphs_are_unchanged(paragraphs: list[list[str]]) -> None:
    text = "\n\n".join(f"{' '.join(words)}." for words in paragraphs)
    assert spoken(text) == text
    assert spoken_text(spoken(text)).split() == text.split()


@hypothesis_settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from(list("ab \n#*_-+`~[]()<>!|:^&;\\/'\"=1.@")), max_size=120))
def test_any_text_is_read_unless_its_front_matter_is_invalid(text: str) -> None:
    try:
        script = read(text)
    except BadRequest as error:
        assert "front matter" in str(error)
        return
    assert not any(char in script.text for char in "\v\f\r")


def test_deep_nesting_loses_no_words() -> None:
    assert spoken("> " * 60 + "one") == "one"
    assert spoken("*" * 3000 + "one").endswith("one")
    assert spoken("[" * 3000 + "one").endswith("one")
