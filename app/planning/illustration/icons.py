"""Icons: large emoji in scenes without a picture, each of which appears when its word is spoken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.planning.illustration.emoji_choice import EmojiMatch, emoji_matches, words_of
from schemas.scene_graph import Overlay, Scene

MAX_ICONS = 3
# A viewer needs about this many spoken words to see an icon before the next one.
MIN_WORDS_APART = 4


def with_icons(scenes: Sequence[Scene], language: str) -> list[Scene]:
    """Return ``scenes`` with icons in those that speak without a picture.

    No emoji comes twice in a row, and one that the film has shown already comes again only if its line has no other.
    Quotations have none.
    """
    result: list[Scene] = []
    shown: list[str] = []
    for scene in scenes:
        icons = icon_overlays(scene.voice_script, language, shown) if _may_have_icons(scene) else ()
        shown += [icon.text for icon in icons]
        result.append(replace(scene, overlays=(*scene.overlays, *icons)) if icons else scene)
    return result


def _may_have_icons(scene: Scene) -> bool:
    return scene.media.kind == "colour" and not scene.attribution and bool(scene.voice_script)


def icon_overlays(line: str, language: str, shown: Sequence[str] = ()) -> tuple[Overlay, ...]:
    """Return the icons of ``line``, in order; ``shown`` are those that the film showed before, in order."""
    matches = emoji_matches(line, language)
    chosen = _spaced([match for match in matches if match.emoji not in shown])
    if not chosen:
        chosen = [match for match in matches if match.emoji != (shown[-1] if shown else None)][:1]
    words = words_of(line)
    return tuple(Overlay("emoji", match.emoji, at=_place(words, match.first, match.last)) for match in chosen)


def with_icons_of(overlays: Sequence[Overlay], old_words: str, words: str, language: str) -> tuple[Overlay, ...]:
    """Return the overlays of a scene that is to speak ``words``: icons that its old words named follow the new ones."""
    others = without_icons_of(overlays, old_words, language)
    had_icons = len(others) < len(overlays)
    return (*others, *icon_overlays(words, language)) if had_icons else tuple(overlays)


def without_icons_of(overlays: Sequence[Overlay], words: str, language: str) -> tuple[Overlay, ...]:
    """Return ``overlays`` without the icons that ``words`` name."""
    named = {match.emoji for match in emoji_matches(words, language)}
    return tuple(overlay for overlay in overlays if overlay.kind != "emoji" or overlay.text not in named)


def _spaced(matches: Sequence[EmojiMatch]) -> list[EmojiMatch]:
    """Return the first matches with different emoji that are far enough from each other."""
    chosen: list[EmojiMatch] = []
    for match in matches:
        is_far = not chosen or match.first >= chosen[-1].last - 1 + MIN_WORDS_APART
        if is_far and match.emoji not in {other.emoji for other in chosen} and len(chosen) < MAX_ICONS:
            chosen.append(match)
    return chosen


def _place(words: Sequence[str], first: int, last: int) -> str:
    """Return the words ``[first, last)``, with as many after them as the place needs to be found by its letters."""
    letters = "".join(words).casefold()
    start = len("".join(words[:first]).casefold())
    while last < len(words) and letters.find("".join(words[first:last]).casefold()) != start:
        last += 1
    return " ".join(words[first:last])


def film_icon(scenes: Sequence[Scene]) -> str | None:
    """Return the emoji that the film shows first and not last: what it is about; ``None`` if it shows none."""
    shown = [overlay.text for scene in scenes for overlay in scene.overlays if overlay.kind == "emoji"]
    return next((emoji for emoji in shown if emoji != shown[-1]), shown[0] if shown else None)
