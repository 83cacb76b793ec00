"""Match pictures to the lines of a film by the words of their names and the parts of its text, with reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.planning.matching.assignment import AGAIN, HOOK, NAMED, PART, Places, assign, best_pairs
from app.planning.matching.file_names import are_numbered, text_of_name
from app.planning.matching.parts import PartScenes
from app.planning.matching.scores import Hit, Matrix, WordScores, with_context, word_scores
from app.planning.matching.words import INFLECTED
from schemas.asset import Asset
from schemas.subjects import Subjects

# The pictures whose names tell: at least so many, and this part of all.
MIN_TELLING, TELLING_SHARE = 2, 0.5
REASONS = {
    AGAIN: "shown more than once: the line names no picture",
    HOOK: "the strongest picture first: the first line names none",
}
IN_ORDER = "in the order given: no line has a word of its name"
BESIDE = "its name has words of a line beside this one"
REASON_WORDS = 3
NO_PART = PartScenes("", ())


@dataclass(frozen=True, slots=True)
class Choice:
    """A picture of a scene, and the reason why the scene shows it.

    A picture that ``stays`` is that of an item, and the rest of a line that is split shows it too.
    """

    asset: Asset
    reason: str
    stays: bool = False


def match_pictures(
    lines: Sequence[str],
    groups: Sequence[Sequence[Asset]],
    media_order: str | None,
    language: str,
    subjects: Mapping[str, Subjects],
    *,
    parts: Sequence[PartScenes] = (),
) -> tuple[tuple[Choice, ...], ...] | None:
    """Return the pictures of each line with reasons; ``None`` if the pictures keep the order in which they were given.

    ``groups`` are the pictures in that order, as many together as one scene has time for. ``parts`` of the text, as
    many as pictures, show one each in that order, or one that they name. Names count in all lines if they tell
    (``names_tell``) or with the ``media_order`` "story", else where a line has a whole word of one.
    """
    pictures = [asset for group in groups for asset in group]
    if len(pictures) < 2 or not any(lines):
        return None
    scores = word_scores(lines, pictures, language)
    is_told = media_order == "story" or (media_order is None and names_tell(scores, pictures))
    own = scores.own if is_told else whole_words(scores, pictures, media_order)
    if media_order != "story" and not own.any() and not parts:
        return None
    sizes = [len(group) for group in groups[: len(lines)]] + [1] * (len(lines) - len(groups))
    videos = frozenset(index for index, asset in enumerate(pictures) if asset.kind != "image")
    strongest = _strongest(pictures, subjects) if is_told or parts else ()
    places = Places(sizes, videos, strongest, None if is_told or parts else 0, parts)
    scenes = assign(own, with_context(own, lines), places)
    part_of = {scene: part for part in parts for scene in part.scenes}
    return tuple(
        tuple(
            _choice(pictures[index], why, scores.hits(scene, index), part_of.get(scene, NO_PART))
            for index, why in chosen.items()
        )
        for scene, chosen in enumerate(scenes)
    )


def _choice(picture: Asset, why: str, hits: Sequence[Hit], part: PartScenes) -> Choice:
    reason = f"in the order given: {part.name}" if why == PART else _reason(hits, picture, why)
    return Choice(picture, reason, part.is_item)


def names_tell(scores: WordScores, pictures: Sequence[Asset]) -> bool:
    """Return whether the names of pictures clearly say which line each belongs to.

    Of the pictures, half, and two at least, have a whole word of a line of their own. Numbered names are an order.
    """
    if are_numbered([picture.name for picture in pictures]):
        return False
    is_whole = _is_whole_word(scores)
    named = [pair for pair in best_pairs(scores.own) if is_whole[pair]]
    return len(named) >= max(MIN_TELLING, TELLING_SHARE * len(pictures))


def whole_words(scores: WordScores, pictures: Sequence[Asset], media_order: str | None) -> Matrix:
    """Return the scores that count if names do not tell: of lines that have a whole word of a name.

    None counts if the order is given, by the ``media_order`` or by numbers in the names.
    """
    is_given = media_order == "given" or are_numbered([picture.name for picture in pictures])
    return np.where(_is_whole_word(scores) & (not is_given), scores.own, 0)


def _is_whole_word(scores: WordScores) -> NDArray[np.bool_]:
    """Return for each line and picture whether the line has a whole word of the picture's name."""
    return np.column_stack([(shares >= INFLECTED).any(axis=0) for shares in scores.shares])


def named_picture(texts: Sequence[str], pictures: Sequence[Asset], language: str) -> Choice | None:
    """Return the picture whose name has most of the words of the first of ``texts`` that has a word of any."""
    if not pictures:
        return None
    scores = word_scores(texts, pictures, language)
    own = np.where(_is_whole_word(scores), scores.own, 0)
    for index in range(len(texts)):
        if own[index].any():
            best = int(own[index].argmax())
            return Choice(pictures[best], _reason(scores.hits(index, best), pictures[best], NAMED))
    return None


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
