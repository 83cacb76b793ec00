"""A typeface as layout needs it: which characters it has, how wide a text is, how tall libass makes its lines."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

from assembly.text.fonts import installed
from assembly.text.opentype import characters, heights_em

# family -> (regular file, bold file); a variable font is both.
FAMILIES: dict[str, tuple[str, str]] = {
    "Poppins": ("Poppins-Regular.ttf", "Poppins-Bold.ttf"),
    "Anton": ("Anton-Regular.ttf", "Anton-Regular.ttf"),
    "Archivo Black": ("ArchivoBlack-Regular.ttf", "ArchivoBlack-Regular.ttf"),
    "Bebas Neue": ("BebasNeue-Regular.ttf", "BebasNeue-Regular.ttf"),
    "DM Serif Display": ("DMSerifDisplay-Regular.ttf", "DMSerifDisplay-Regular.ttf"),
    "Permanent Marker": ("PermanentMarker-Regular.ttf", "PermanentMarker-Regular.ttf"),
}
SCRIPTS = (
    "Noto Sans",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "Noto Sans Bengali",
    "Noto Sans Tamil",
    "Noto Sans Telugu",
    "Noto Sans Kannada",
    "Noto Sans Malayalam",
    "Noto Sans Gujarati",
    "Noto Sans Gurmukhi",
    "Noto Sans Oriya",
    "Noto Sans Sinhala",
    "Noto Sans Khmer",
    "Noto Sans Lao",
    "Noto Sans Myanmar",
    "Noto Sans Georgian",
    "Noto Sans Armenian",
    "Noto Sans Ethiopic",
)
EMOJI = "Noto Emoji"
CJK_FILE = "NotoSansCJK-Regular.ttc"
FALLBACK = "Noto Sans"
MEASURED_AT = 200
LETTERS = "Hdgpy"


@dataclass(frozen=True, slots=True)
class Typeface:
    """``family`` as libass asks for it. Text is measured without shaping: the same on every machine, never narrower
    than joined letters are."""

    family: str
    path: Path
    bold: bool

    @property
    def line_em(self) -> float:
        """The height libass calls the font size, in em: ascent + descent of the OS/2 table's Windows metrics."""
        return sum(heights_em(self.path))

    @property
    def baseline_em(self) -> float:
        """How far the baseline lies below the middle of a line."""
        ascent, descent = heights_em(self.path)
        return (ascent - descent) / 2

    @property
    def sinks_em(self) -> float:
        """How far libass's middle of a line lies below the middle of the letters (capitals to descenders)."""
        return self.baseline_em - self.middle_em

    @property
    def middle_em(self) -> float:
        """How far the baseline lies below the middle of the letters."""
        if not all(self.covers(char) for char in LETTERS):
            return self.baseline_em
        above, below = self.ink_em(LETTERS)
        return (above - below) / 2

    def ink_em(self, text: str) -> tuple[float, float]:
        """How far ``text`` reaches above and below its baseline."""
        reach = [_ink_em(face.path, face.bold, part) for face, part in runs(self, text)]
        return max((above for above, _ in reach), default=0.0), max((below for _, below in reach), default=0.0)

    @property
    def pitch_em(self) -> float:
        """From one baseline to the next: as tight as the script's marks allow."""
        wanted = 1.25 if self.family in (*FAMILIES, FALLBACK) or "CJK" in self.family else 1.5
        return min(wanted, self.line_em)

    @property
    def has_bold(self) -> bool:
        """Display faces are as heavy as they should be; made bolder by the renderer they would smear."""
        regular, bold = FAMILIES.get(self.family, ("", "bold"))
        return regular != bold

    def covers(self, char: str) -> bool:
        return ord(char) in characters(self.path)

    def width_em(self, text: str) -> float:
        return sum(face.alone_em(part) for face, part in runs(self, text))

    def alone_em(self, text: str) -> float:
        """The width of ``text`` when every character comes from this face."""
        return _measure(self.path, self.bold).getlength(text) / MEASURED_AT


def runs(face: Typeface, text: str, language: str = "en") -> tuple[tuple[Typeface, str], ...]:
    """``text`` in parts that one face can set: the wanted one, and for what it lacks another of the house.

    Marks, joiners and spaces stay with what they follow. Nothing is left for the renderer to choose.
    """
    found: list[tuple[Typeface, str]] = []
    for char in text:
        last = found[-1][0] if found else face
        chosen = last if _follows(char) else _with_glyph(face, char, language)
        if found and chosen == last:
            found[-1] = (last, found[-1][1] + char)
        else:
            found.append((chosen, char))
    return tuple(found)


def _follows(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf", "Cc", "Sk")


def _with_glyph(face: Typeface, char: str, language: str) -> Typeface:
    if face.covers(char):
        return face
    others = (*SCRIPTS, cjk_family(language), EMOJI, "Noto Sans Symbols")
    return next((found for found in (_face(name, face.bold) for name in others) if found.covers(char)), face)


def typeface(family: str, bold: bool, text: str, language: str = "en") -> Typeface:
    """The named family, or where it lacks most letters of ``text`` the house's family that has most of them."""
    letters = [char for char in text if _needs_a_glyph(char)]
    wanted = _face(family if family in FAMILIES else FALLBACK, bold)
    if 2 * _covered(wanted, letters) >= len(letters):
        return wanted
    others = [wanted, *(_face(name, bold) for name in (*SCRIPTS, cjk_family(language)))]
    return max(others, key=lambda face: _covered(face, letters))


def _covered(face: Typeface, letters: list[str]) -> int:
    return sum(face.covers(char) for char in letters)


def cjk_family(language: str) -> str:
    """Chinese, Japanese and Korean share code points and differ in their shapes; the language decides."""
    tag = language.lower().replace("_", "-")
    if tag.startswith("ja"):
        return "Noto Sans CJK JP"
    if tag.startswith("ko"):
        return "Noto Sans CJK KR"
    traditional = ("hant", "-tw", "-hk", "-mo", "yue")
    return "Noto Sans CJK TC" if any(part in tag for part in traditional) else "Noto Sans CJK SC"


def _needs_a_glyph(char: str) -> bool:
    return unicodedata.category(char)[0] in "LN"


@lru_cache(maxsize=128)
def _face(family: str, bold: bool) -> Typeface:
    return Typeface(family, _files()[_file_name(family, bold)], bold)


def _file_name(family: str, bold: bool) -> str:
    if family in FAMILIES:
        return FAMILIES[family][bold]
    return CJK_FILE if "CJK" in family else f"{family.replace(' ', '')}[wght].ttf"


@lru_cache(maxsize=1)
def _files() -> dict[str, Path]:
    return {path.name: path for path in installed()}


@lru_cache(maxsize=64)
def _measure(path: Path, bold: bool) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(path, MEASURED_AT, layout_engine=ImageFont.Layout.BASIC)
    if "[wght]" in path.name:
        font.set_variation_by_axes([700 if bold else 400])
    return font


@lru_cache(maxsize=256)
def _ink_em(path: Path, bold: bool, text: str) -> tuple[float, float]:
    _, top, _, bottom = _measure(path, bold).getbbox(text, anchor="ls")
    return max(0.0, -top / MEASURED_AT), max(0.0, bottom / MEASURED_AT)
