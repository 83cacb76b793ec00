"""Font metrics for layout: available glyphs, text widths, and the line heights that libass uses."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

from assembly.text import emoji
from assembly.text.fonts import installed_fonts
from assembly.text.opentype import characters, heights_em
from schemas.emoji import split_emoji

# Family: (regular file, bold file); the same file twice where the family has one weight.
FAMILIES: dict[str, tuple[str, str]] = {
    "Poppins": ("Poppins-Regular.ttf", "Poppins-Bold.ttf"),
    "Anton": ("Anton-Regular.ttf", "Anton-Regular.ttf"),
    "Archivo Black": ("ArchivoBlack-Regular.ttf", "ArchivoBlack-Regular.ttf"),
    "Bebas Neue": ("BebasNeue-Regular.ttf", "BebasNeue-Regular.ttf"),
    "DM Serif Display": ("DMSerifDisplay-Regular.ttf", "DMSerifDisplay-Regular.ttf"),
    "Permanent Marker": ("PermanentMarker-Regular.ttf", "PermanentMarker-Regular.ttf"),
}
SCRIPT_FAMILIES = (
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
EMOJI_FAMILY = "Noto Emoji"
SYMBOL_FAMILY = "Noto Sans Symbols"
CJK_FILE = "NotoSansCJK-Regular.ttc"
FALLBACK_FAMILY = "Noto Sans"
MEASURING_SIZE = 200
REFERENCE_LETTERS = "Hdgpy"
CAPITAL = "H"
# Of scripts whose fonts have no Latin letters.
DEFAULT_CAPITAL_EM = 0.7


@dataclass(frozen=True, slots=True)
class Typeface:
    """A font; ``family`` is the name that libass looks up.

    Text is measured without shaping: the result is the same on every machine and never narrower than shaped text.
    """

    family: str
    path: Path
    bold: bool

    @property
    def line_em(self) -> float:
        """libass's font size in em: ascent + descent of the OS/2 table's Windows metrics."""
        return sum(heights_em(self.path))

    @property
    def baseline_em(self) -> float:
        """Distance from the middle of a line down to the baseline."""
        ascent, descent = heights_em(self.path)
        return (ascent - descent) / 2

    @property
    def line_offset_em(self) -> float:
        """Distance from the middle of the text (capitals to descenders) down to libass's middle of a line."""
        return self.baseline_em - self.text_baseline_em

    @property
    def text_baseline_em(self) -> float:
        """Distance from the middle of the text down to the baseline."""
        if not all(self.has_glyph(char) for char in REFERENCE_LETTERS):
            return self.baseline_em
        above, below = self.ink_em(REFERENCE_LETTERS)
        return (above - below) / 2

    def ink_em(self, text: str) -> tuple[float, float]:
        """Return how far the glyphs of ``text`` extend above and below the baseline."""
        extents = [extent for part, is_emoji in split_emoji(text) for extent in self._extents_em(part, is_emoji)]
        return max((above for above, _ in extents), default=0.0), max((below for _, below in extents), default=0.0)

    def _extents_em(self, part: str, is_emoji: bool) -> list[tuple[float, float]]:
        if not is_emoji:
            return [_ink_em(face.path, face.bold, run) for face, run in font_runs(self, part)]
        lift_em = emoji.lift_em(self.capital_em)
        return [(emoji.ASCENT_EM + lift_em, emoji.DESCENT_EM - lift_em)] if emoji.advance_em(part) else []

    @property
    def capital_em(self) -> float:
        """Height of a capital letter."""
        return _ink_em(self.path, self.bold, CAPITAL)[0] if self.has_glyph(CAPITAL) else DEFAULT_CAPITAL_EM

    @property
    def line_pitch_em(self) -> float:
        """Distance between baselines: the smallest that the script's marks allow."""
        pitch = 1.25 if self.family in (*FAMILIES, FALLBACK_FAMILY) or "CJK" in self.family else 1.5
        return min(pitch, self.line_em)

    @property
    def has_bold(self) -> bool:
        """Whether the family has a bold weight.

        Display fonts have none: synthetic bold by the renderer would make them too heavy.
        """
        regular, bold = FAMILIES.get(self.family, ("", "bold"))
        return regular != bold

    def has_glyph(self, char: str) -> bool:
        return ord(char) in characters(self.path)

    def width_em(self, text: str) -> float:
        """Return the width of ``text``; characters that this font lacks are from other fonts."""
        return sum(
            emoji.advance_em(part) if is_emoji else sum(face.own_width_em(run) for face, run in font_runs(self, part))
            for part, is_emoji in split_emoji(text)
        )

    def own_width_em(self, text: str) -> float:
        """Return the width of ``text`` with every character taken from this font."""
        return _own_width_em(self.path, self.bold, text)


# The places of a title are tried at many sizes, at which it has the same words.
@lru_cache(maxsize=8192)
def _own_width_em(path: Path, bold: bool, text: str) -> float:
    return _measuring_font(path, bold).getlength(text) / MEASURING_SIZE


def font_runs(face: Typeface, text: str, language: str = "en") -> tuple[tuple[Typeface, str], ...]:
    """Split ``text`` into runs of one font each: ``face``, or another bundled font for characters it lacks.

    Marks, joiners and spaces stay in the run they follow. The renderer never has to choose a fallback font.
    """
    runs: list[tuple[Typeface, str]] = []
    for char in text:
        last = runs[-1][0] if runs else face
        chosen = last if _continues_run(char) else _face_with_glyph(face, char, language)
        if runs and chosen == last:
            runs[-1] = (last, runs[-1][1] + char)
        else:
            runs.append((chosen, char))
    return tuple(runs)


def _continues_run(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf", "Cc", "Sk")


def _face_with_glyph(face: Typeface, char: str, language: str) -> Typeface:
    if face.has_glyph(char):
        return face
    families = (*SCRIPT_FAMILIES, cjk_family(language), EMOJI_FAMILY, SYMBOL_FAMILY)
    return next(
        (other for other in (installed_face(name, face.bold) for name in families) if other.has_glyph(char)), face
    )


def typeface(family: str, bold: bool, text: str, language: str = "en") -> Typeface:
    """Return the named family, or the bundled family with most glyphs when it lacks most characters of ``text``."""
    chars = [char for char in text if _is_letter_or_number(char)]
    preferred = installed_face(family if family in FAMILIES else FALLBACK_FAMILY, bold)
    if 2 * _glyph_count(preferred, chars) >= len(chars):
        return preferred
    candidates = [preferred, *(installed_face(name, bold) for name in (*SCRIPT_FAMILIES, cjk_family(language)))]
    return max(candidates, key=lambda face: _glyph_count(face, chars))


def _glyph_count(face: Typeface, chars: list[str]) -> int:
    return sum(face.has_glyph(char) for char in chars)


def cjk_family(language: str) -> str:
    """Return the CJK family for a language: Chinese, Japanese and Korean share code points with different glyphs."""
    tag = language.lower().replace("_", "-")
    if tag.startswith("ja"):
        return "Noto Sans CJK JP"
    if tag.startswith("ko"):
        return "Noto Sans CJK KR"
    traditional = ("hant", "-tw", "-hk", "-mo", "yue")
    return "Noto Sans CJK TC" if any(part in tag for part in traditional) else "Noto Sans CJK SC"


def _is_letter_or_number(char: str) -> bool:
    return unicodedata.category(char)[0] in "LN"


@lru_cache(maxsize=128)
def installed_face(family: str, bold: bool) -> Typeface:
    """Return the typeface of a bundled family."""
    return Typeface(family, _font_files()[_file_name(family, bold)], bold)


def monospaced(language: str) -> Typeface:
    """Return the font of code: Latin characters are half an em wide, those of East Asia one em."""
    return Typeface(cjk_family(language).replace("Sans CJK", "Sans Mono CJK"), _font_files()[CJK_FILE], False)


def _file_name(family: str, bold: bool) -> str:
    if family in FAMILIES:
        return FAMILIES[family][bold]
    return CJK_FILE if "CJK" in family else f"{family.replace(' ', '')}[wght].ttf"


@lru_cache(maxsize=1)
def _font_files() -> dict[str, Path]:
    return {path.name: path for path in installed_fonts()}


@lru_cache(maxsize=64)
def _measuring_font(path: Path, bold: bool) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(path, MEASURING_SIZE, layout_engine=ImageFont.Layout.BASIC)
    if "[wght]" in path.name:
        font.set_variation_by_axes([700 if bold else 400])
    return font


@lru_cache(maxsize=256)
def _ink_em(path: Path, bold: bool, text: str) -> tuple[float, float]:
    _, top, _, bottom = _measuring_font(path, bold).getbbox(text, anchor="ls")
    return max(0.0, -top / MEASURING_SIZE), max(0.0, bottom / MEASURING_SIZE)
