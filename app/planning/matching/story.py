"""Match pictures to the lines of a film by the words of their names, with a reason for each choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.planning.matching.assignment import AGAIN, HOOK, NAMED, Places, assign, best_pairs
from app.planning.matching.file_names import are_numbered, text_of_name
from app.planning.matching.scores import Hit, WordScores, with_context, word_scores
from app.planning.matching.words import INFLECTED
from schemas.asset import Asset
from schemas.subjects import Subjects

# The pictures whose names tell: at least so many, and this part of all.
MIN_TELLING, TELLING_SHARE = 2, 0.5
REASONS = {
    AGAIN: "shown again: the line names no picture",
    HOOK: "the strongest picture first: the first line names none",
}
IN_ORDER = "in the order given: no line has a word of its name"
BESIDE = "its name has words of a line beside this one"
REASON_WORDS = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """A picture of a scene, and the reason why the scene shows it."""

    asset: Asset
    reason: str


def match_pictures(
    lines: Sequence[str],
    groups: Sequence[Sequence[Asset]],
    media_order: str | None,
    language: str,
    subjects: Mapping[str, Subjects],
) -> tuple[tuple[Choice, ...], ...] | None:
    """Return the pictures of each line with reasons; ``None`` if the pictures keep the order in which they were given.

    ``groups`` are the pictures in that order, as many together as one scene has time for. With the ``media_order``
    "story" they are matched, with ``None`` only if their names tell (``names_tell``).
    """
    pictures = [asset for group in groups for asset in group]
    if media_order == "given" or len(pictures) < 2 or not any(lines):
        return None
    scores = word_scores(lines, pictures, language)
    if media_order is None and not names_tell(scores, pictures):
        return None
    sizes = [len(group) for group in groups[: len(lines)]] + [1] * (len(lines) - len(groups))
    videos = frozenset(index for index, asset in enumerate(pictures) if asset.kind != "image")
    places = Places(sizes, videos, _strongest(pictures, subjects))
    scenes = assign(scores.own, with_context(scores.own, lines), places)
    return tuple(
        tuple(
            Choice(pictures[index], _reason(scores.hits(scene, index), pictures[index], why))
            for index, why in chosen.items()
        )
        for scene, chosen in enumerate(scenes)
    )


def names_tell(scores: WordScores, pictures: Sequence[Asset]) -> bool:
    """Return whether the names of pictures clearly say which line each belongs to.

    Of the pictures, half, and two at least, have a whole word of a line of their own. Numbered names are an order.
    """
    if are_numbered([picture.name for picture in pictures]):
        return False
    named = [pair for pair in best_pairs(scores.own) if any(hit.share >= INFLECTED for hit in scores.hits(*pair))]
    return len(named) >= max(MIN_TELLING, TELLING_SHARE * len(pictures))


def _strongest(pictures: Sequence[Asset], subjects: Mapping[str, Subjects]) -> list[int]:
    """Return the pictures with a known subject from the strongest on: the largest face first, then the subject."""
    sizes = {
        index: _size_of_subject(subjects[asset.id]) for index, asset in enumerate(pictures) if asset.id in subjects
    }
    return sorted((index for index, size in sizes.items() if any(size)), key=lambda index: sizes[index], reverse=True)


def _size_of_subject(seen: Subjects) -> tuple[float, float]:
    face = max((face.width * face.height for face in seen.faces), default=0.0)
    return face, seen.subject.width * seen.subject.height if seen.subject else 0.0


def _reason(hits: Sequence[Hit], picture: Asset, why: str) -> str:
    if why != NAMED:
        return REASONS.get(why, IN_ORDER)
    if not hits:
        return BESIDE
    best = sorted(hits, key=lambda hit: -hit.share)
    source = "name" if best[0].word.written in text_of_name(picture.name) else "description"
    words = ", ".join(f'"{hit.word.written}"' for hit in best[:REASON_WORDS])
    return f"its {source} has {words} of the line"
