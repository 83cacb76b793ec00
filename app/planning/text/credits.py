"""The credits of the stock footage in a film: whom the receipt, ``credits.txt`` and the last scene name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.planning.text.graphemes import characters, parts_within
from schemas.clip import Clip, Credit
from schemas.text_width import width

TITLES = {"pexels": "Pexels", "pixabay": "Pixabay"}
LICENCES = {
    "pexels": "Pexels License, https://www.pexels.com/license/",
    "pixabay": "Pixabay Content License, https://pixabay.com/service/license-summary/",
}
# The word before the names, what stands for one more name, and what for several.
ENGLISH = ("Footage", "and 1 other", "and {} others")
WORDS: Mapping[str, tuple[str, str, str]] = {
    "en": ENGLISH,
    "de": ("Videos", "und 1 weitere Person", "und {} weitere"),
    "es": ("Vídeos", "y 1 más", "y {} más"),
    "fr": ("Vidéos", "et 1 autre", "et {} autres"),
    "it": ("Video", "e 1 altro", "e altri {}"),
    "nl": ("Beelden", "en 1 ander", "en {} anderen"),
    "pt": ("Vídeos", "e mais 1", "e mais {}"),
}
# The last scene shows at most so many names of each provider, and fewer if the text has more columns.
MAX_NAMES, MAX_COLUMNS = 4, 130
# A longer name is cut, because one name must not take the place of all others.
MAX_NAME_COLUMNS = 40


@dataclass(frozen=True, slots=True)
class FilmCredit:
    """The credit of one video, and the ids of the ``scenes`` that show it."""

    credit: Credit
    scenes: tuple[int, ...]


def film_credits(clips: Iterable[Clip]) -> tuple[FilmCredit, ...]:
    """Return the credits of ``clips`` without repetitions, in the order of the clips."""
    scenes: dict[Credit, list[int]] = {}
    for clip in clips:
        if clip.credit:
            scenes.setdefault(clip.credit, []).append(clip.scene_id)
    return tuple(FilmCredit(credit, tuple(ids)) for credit, ids in scenes.items())


def title_of(provider: str) -> str:
    """Return the name of a provider as it writes it."""
    return TITLES.get(provider, provider)


def licence_of(provider: str) -> str:
    """Return the name of the licence of a provider's videos, and its address; empty for an unknown provider."""
    return LICENCES.get(provider, "")


def author_of(credit: Credit) -> str:
    """Return the name of the author as one line; empty if it is unknown."""
    return " ".join(credit.author.split())


def credit_text(credit: Credit) -> str:
    """Return the credit as one line, such as "Video by Jane Doe on Pexels"."""
    author, title = author_of(credit), title_of(credit.provider)
    return f"Video by {author} on {title}" if author else f"Video from {title}"


def credits_file(credits: Sequence[FilmCredit]) -> str:
    """Return the text of ``credits.txt``: for each video, a line with its text, its page and its licence."""
    return "".join(f"{_line(each.credit)}\n" for each in credits)


def _line(credit: Credit) -> str:
    page, licence = "".join(credit.page_url.split()), licence_of(credit.provider)
    return credit_text(credit) + (f": {page}" if page else "") + (f" ({licence})" if licence else "")


def card_text(credits: Sequence[FilmCredit], language: str) -> str:
    """Return what the last scene shows, such as "Footage: Jane Doe, John Roe (Pexels)"; empty without credits.

    Each author is named once, and those for whom there is no space are counted.
    """
    if not credits:
        return ""
    authors: dict[str, dict[str, None]] = {}
    for each in credits:
        names = authors.setdefault(title_of(each.credit.provider), {})
        if name := author_of(each.credit):
            names[_cut(name)] = None
    words = WORDS.get(language.partition("-")[0].lower(), ENGLISH)
    texts = [
        _card({title: [*names] for title, names in authors.items()}, words, most) for most in range(MAX_NAMES, 0, -1)
    ]
    return next((text for text in texts if width(text) <= MAX_COLUMNS), texts[-1])


def _card(authors: Mapping[str, Sequence[str]], words: tuple[str, str, str], most: int) -> str:
    return f"{words[0]}: " + "; ".join(_names(title, names, words, most) for title, names in authors.items())


def _names(title: str, names: Sequence[str], words: tuple[str, str, str], most: int) -> str:
    """Return ``most`` of the names of a provider, how many there are more, and the provider."""
    if not names:
        return title
    more = len(names) - most
    others = "" if more <= 0 else f" {words[1]}" if more == 1 else f" {words[2].format(more)}"
    return f"{', '.join(names[:most])}{others} ({title})"


def _cut(name: str) -> str:
    if width(name) <= MAX_NAME_COLUMNS:
        return name
    return "".join(parts_within(characters(name), MAX_NAME_COLUMNS - 1)).rstrip() + "…"
