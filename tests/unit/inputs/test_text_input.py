"""Decoding of text files in many encodings, and refusal of other data."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.core.errors import BadRequest
from app.inputs.registry import read_script
from app.media.text_decoding import decode_text

WORDS = "Größe kostet: “drei” Cafés – naïve Œuvre…"
BYTE_ORDER_MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@pytest.mark.parametrize(("encoding", "mark"), [*BYTE_ORDER_MARKS.items(), ("utf-8", b""), ("cp1252", b"")])
def test_every_encoding_gives_the_same_text(encoding: str, mark: bytes) -> None:
    assert read_script(mark + WORDS.encode(encoding), "a.txt").text == WORDS


@hypothesis_settings(max_examples=80, deadline=None)
@given(
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp"))), st.sampled_from(sorted(BYTE_ORDER_MARKS))
)
def test_byte_order_mark_determines_the_encoding(text: str, encoding: str) -> None:
    assert decode_text(BYTE_ORDER_MARKS[encoding] + text.encode(encoding), "f") == text


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n", "\u2028", "\x0b", "\x0c", "\x85"])
def test_line_ends_are_normalised(end: str) -> None:
    assert decode_text(end.join(("one", "two", "", "three")).encode(), "f") == "one\ntwo\n\nthree"


@pytest.mark.parametrize("text", ["Ärger", "Öl", "à l’école", "¿Qué?", "Ça… “Étude”", "fünf Äpfel für 9,99 €", "æøå"])
def test_latin_1_and_windows_1252_are_decoded(text: str) -> None:
    assert decode_text(text.encode("cp1252"), "f") == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("Хлеб требует времени.", "cp1251"), ("Хлеб", "koi8-r"), ("面包需要时间", "gbk"), ("日本語のパン", "euc-jp")],
)
def test_short_text_of_another_encoding_is_refused(text: str, encoding: str) -> None:
    with pytest.raises(BadRequest, match="cannot be read as text; save it as UTF-8"):
        decode_text(text.encode(encoding), "f")


RUSSIAN = "Хороший хлеб требует времени и терпения. Пекарь встаёт рано утром, когда город ещё спит, и месит тесто. "
LONG = {
    "cp1251": RUSSIAN,
    "koi8-r": RUSSIAN,
    "cp1253": "Το καλό ψωμί θέλει χρόνο και υπομονή. Ο φούρναρης ξυπνά νωρίς το πρωί, όταν η πόλη κοιμάται ακόμα. ",
    "gb18030": "好的面包需要更长的时间，还要有耐心。面包师每天很早起床，城市还在沉睡的时候他就开始和面了。",
}


@pytest.mark.parametrize("encoding", LONG)
def test_long_text_in_a_legacy_encoding_is_decoded(encoding: str) -> None:
    text = LONG[encoding].strip() + " " + LONG[encoding].strip()
    assert decode_text(text.encode(encoding), "f") == text


JAPANESE = "おいしいパンには時間と忍耐が必要です。パン職人は町がまだ眠っている早朝に起きて、生地をこねます。"


@pytest.mark.parametrize("encoding", ["shift_jis", "euc-jp"])
@pytest.mark.parametrize("times", [1, 2, 8])
def test_japanese_in_a_legacy_encoding_is_decoded_correctly_or_refused(encoding: str, times: int) -> None:
    text = JAPANESE * times
    try:
        assert decode_text(text.encode(encoding), "f") == text
    except BadRequest as refused:
        assert "save it as UTF-8" in str(refused)


RUSSIAN_BREAD = (
    "Хорошему хлебу нужно больше времени, чем кажется. Поэтому мы ждём всю ночь, пока тесто поднимется. "
    "Утром пекарь открывает дверь и зажигает печь."
)
CHINESE_BREAD = (
    "好的面包需要更长的时间，还要有耐心。所以我们等了整整一夜，直到面团发起来。早上，面包师打开门，点燃烤炉。"
)
JAPANESE_BREAD = (
    "おいしいパンには、思ったより長い時間がかかります。だから私たちは一晩中、生地が膨らむのを待ちます。"
    "朝になると、パン屋さんがドアを開けて、かまどに火を入れます。"
)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN_BREAD, "cp1251"),
        (RUSSIAN_BREAD, "koi8-r"),
        (CHINESE_BREAD, "gb18030"),
        (JAPANESE_BREAD, "cp932"),
        (JAPANESE_BREAD, "euc-jp"),
    ],
)
def test_paragraph_in_a_legacy_encoding_is_decoded(text: str, encoding: str) -> None:
    assert decode_text(text.encode(encoding), "f") == text


def test_polish_in_windows_1250_is_decoded() -> None:
    text = "Dobry chleb potrzebuje więcej czasu, niż się wydaje. Dlatego czekamy całą noc, aż ciasto wyrośnie."
    assert decode_text(text.encode("cp1250"), "f") == text


def test_text_of_an_ambiguous_encoding_is_refused() -> None:
    """Decoded as Cyrillic, the text has the letter frequencies of a language."""
    text = "לחם טוב צריך יותר זמן ממה שנדמה. לכן אנחנו מחכים כל הלילה ע"
    with pytest.raises(BadRequest, match="cannot be read as text"):
        decode_text(text.encode("cp1255"), "f")


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
        b"PK\x03\x04",
        b"no mark\x00",
        "two bytes each".encode("utf-16-le"),
        codecs.BOM_UTF16_LE + b"odd",
        codecs.BOM_UTF16_LE + b"\x00\xd8",
        codecs.BOM_UTF8 + b"\xff",
    ],
)
def test_data_that_is_not_text_is_refused(data: bytes) -> None:
    with pytest.raises(BadRequest, match=r"from: a\.txt cannot be read as text"):
        read_script(data, "a.txt")


@hypothesis_settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_decoded_text_has_no_control_characters(data: bytes) -> None:
    try:
        text = decode_text(data, "f")
    except BadRequest:
        return
    assert not any(ord(char) < 0x20 and char not in "\t\n" for char in text)
