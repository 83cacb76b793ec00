"""File names: the words that say what a picture shows, and numbers that give an order.

The names of cameras, of screenshots, of messengers and of stock libraries say nothing, nor do hashes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import unquote

from schemas.asset import Asset

SUFFIX = re.compile(r"\.(?:[a-z0-9]{2,5})$", re.IGNORECASE)
# Names that a device or a program makes: a prefix, and only digits, dates and counters after it.
MADE = re.compile(
    r"_?(?:[ckrs]?img|image|imagem|imagen|immagine|dsc[nf]?|dcim|pxl|mvi|mov|vid|video|gopr|gp|gx|gh|dji|sam|mg|hpim|"
    r"pict|photo|foto|picture|pic|bild|scan|fb_img|received|signal|telegram|whatsapp|screen ?shot|screen ?recording|"
    r"bildschirmfoto|captura|capture|unnamed|unbenannt|untitled|download|file|clip|output|render|frame|export)"
    r"(?=$|[^a-z])(?:[\W\d_]|wa|img|image|video|photo|de|at|um|am|pm|from|copy|kopie|mp|burst|portrait|edit(?:ed)?|"
    r"night|cover|original|hdr|pantalla)*",
    re.IGNORECASE,
)
STILL = "スクリーンショット|截图|截屏|스크린샷|снимок экрана|скриншот|capture d.écran|captura de pantalla|schermata"
SCREENSHOT = re.compile(rf"(?:screen ?shot|bildschirmfoto|{STILL})(?![^\W\d_]).*", re.IGNORECASE)
UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
SEPARATORS = re.compile(r"[\s_\-–—.,;:+()\[\]{}@#&=~!/\\|]+")
HUMP = re.compile(r"(?<=[^\W\d_][a-zß-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
DIGITS_OR_LETTERS = re.compile(r"\d+|[^\W\d_]+")
# A part of a name that changes so often between letters and digits, or is so long and hexadecimal, is no word.
MAX_CHANGES, MIN_HASH = 2, 8
HEXADECIMAL = re.compile(r"[0-9a-f]+", re.IGNORECASE)
SIZE = re.compile(r"\d+x\d+(?:px)?|\d+(?:k|p|px|dpi|fps|mb|kb)|v\d+|r\d+", re.IGNORECASE)
# Words about the file and not about what it shows.
NAMES_OF_FILES = """
    adobestock alamy copy crop cropped depositphotos dreamstime dsc edit edited export final finale foto fotos fullsize
    getty gettyimages hd hdr highres hires image images imagem imagen img immagine istock istockphoto jpeg jpg kopie
    large lowres medium mov original pexels photo photos pic pics picture pictures pixabay png raw resized retouched
    scaled screenshot shutterstock small square stock thumb thumbnail unsplash untitled vecteezy version vid video web
    webp bild bilder
"""
ABOUT_FILES = frozenset(NAMES_OF_FILES.split())
# Words that only number: "slide 3", "Szene-02".
COUNTED = re.compile(
    r"(?:slide|page|scene|shot|step|part|take|frame|seite|folie|szene|teil|escena|paso|scène|étape|слайд|сцена)"
    r"[\s_\-.]*\d+",
    re.IGNORECASE,
)
NUMBER = re.compile(
    r"\s*[(\[]?(?:(?:no|nr|slide|page|scene|shot|step|part|folie|szene|bild|foto)[\s_\-.]*)?(\d{1,3})(?!\d|[a-z])",
    re.IGNORECASE,
)
YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")


def text_of(picture: Asset) -> str:
    """Return what the name and the description of a picture say."""
    return f"{text_of_name(picture.name)}\n{picture.description}".strip()


def text_of_name(name: str) -> str:
    """Return the words of a file name with spaces between them; "" if it says nothing.

    A year stays if no other number is in the name; numbers are left out else.
    """
    bare = _bare(name)
    if MADE.fullmatch(bare) or SCREENSHOT.fullmatch(bare):
        return ""
    bare = COUNTED.sub(" ", UUID.sub(" ", bare))
    parts = [part for part in SEPARATORS.split(bare) if part and not _is_about_file(part)]
    words = [word for part in parts for hump in HUMP.split(part) for word in DIGITS_OR_LETTERS.findall(hump)]
    letters = [word for word in words if not word.isdigit() and (len(word) > 1 or not word.isascii())]
    years = YEAR.findall(bare) if letters and len(re.findall(r"\d+", bare)) == 1 else []
    return " ".join([*(word for word in letters if word.casefold() not in ABOUT_FILES), *years])


def _bare(name: str) -> str:
    """Return a name without its suffix and with composed letters; a macOS file system decomposes them."""
    plain = unicodedata.normalize("NFC", unquote(name) if "%" in name else name)
    return SUFFIX.sub("", plain).strip()


def _is_about_file(part: str) -> bool:
    return part.casefold() in ABOUT_FILES or bool(SIZE.fullmatch(part)) or _is_hash(part)


def _is_hash(part: str) -> bool:
    letters, digits = any(map(str.isalpha, part)), any(map(str.isdigit, part))
    changes = len(DIGITS_OR_LETTERS.findall(part)) - 1
    is_long = len(part) >= MIN_HASH and bool(HEXADECIMAL.fullmatch(part))
    return letters and digits and (changes > MAX_CHANGES or is_long)


def are_numbered(names: Sequence[str]) -> bool:
    """Return whether the names of several files begin with numbers that count up in their order ("01_", "2.", "3")."""
    matches = [NUMBER.match(_bare(name)) for name in names]
    numbers = [int(match[1]) for match in matches if match]
    return len(names) > 1 and len(numbers) == len(names) and numbers == sorted(set(numbers))
