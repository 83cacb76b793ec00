"""The prompt of a clip: what is seen first, then the product, the camera, the style of the preset and the framing.

What does not fit the limit of the model is left out from the end; of what is seen, the words at the end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.planning.text.marks import END_MARKS
from engines.base import Shot
from engines.prompts.camera import camera_words, framing_words
from engines.prompts.film import FilmContext, scene_text
from engines.prompts.limits import Limit
from engines.prompts.words import clean_words
from schemas.engine import EngineModel
from schemas.scene_graph import OVERLAY, PRODUCT_HERO

# A scene that says nothing about its picture, in a film without a subject.
NOTHING_SEEN = "A calm abstract background with soft moving light"
KEEP_PRODUCT = "The product stays unchanged: {}"
# For a picture of a product that has no name.
KEEP_SHOWN = "The product in the picture stays unchanged, with the same shape, colours and label"
# What is behind a product that is laid over the clip: nothing of it may be covered that matters.
GROUND = "An empty background with free space in the middle"
# What must not be shown, the most important first. The words of a product's label are not among them.
UNWANTED = (
    "captions",
    "subtitles",
    "overlaid text",
    "watermark",
    "letterbox",
    "black bars",
    "distorted hands",
    "extra fingers",
    "deformed face",
    "flicker",
    "split screen",
    "blurry",
    "low quality",
)
UNWANTED_OF_PRODUCT = ("changed product", "changed label", "second product")
# The same for a model without a negative prompt: naming what must not be shown would bring it about.
INSTEAD = "clean picture that fills the whole frame"


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is to show, and what it must not show ("" for a model that takes no negative prompt)."""

    text: str
    negative: str = ""


def clip_prompt(shot: Shot, model: EngineModel, film: FilmContext) -> Prompt:
    """Return the prompt of a scene for ``model``, within its limit and in its unit; empty if it takes none.

    Equal arguments give the same prompt.
    """
    if model.prompt_limit <= 0:
        return Prompt("")
    limit = Limit(model.prompt_limit, model.prompt_unit)
    seen = _seen(shot, film)
    product = _product(shot, film, seen)
    required = _required(shot, product)
    parts = [
        [product] if product and not required else [],
        camera_words(shot, seen, film.seed),
        _style_words(shot, seen),
        framing_words(shot) + ([] if model.takes_negative_prompt else [INSTEAD]),
    ]
    text = _fitted(_with_required(seen, required, limit, film.language), parts, limit, film.language)
    return Prompt(text, _negative(text, product, limit) if model.takes_negative_prompt else "")


def _seen(shot: Shot, film: FilmContext) -> str:
    """Return what is seen, after the subject of the film if every scene shows it."""
    seen = scene_text(shot.scene, film.language) or film.subject or NOTHING_SEEN
    is_told = film.continuity == "character" and film.subject
    return _joined([film.subject, seen]) if is_told and film.subject.casefold() not in seen.casefold() else seen


def _shows_product(shot: Shot, film: FilmContext, seen: str) -> bool:
    """Return whether the scene has a picture of the user, or names the product."""
    scene = shot.scene
    texts = " ".join((seen, scene.media.query, scene.description, *scene.texts)).casefold()
    return bool(film.product) and (shot.asset is not None or film.product.casefold() in texts)


def _product(shot: Shot, film: FilmContext, seen: str) -> str:
    """Return the words that keep the product of a scene as it is; "" if none is generated."""
    scene = shot.scene
    if scene.archetype == OVERLAY:
        return ""
    if _shows_product(shot, film, seen):
        return KEEP_PRODUCT.format(film.product)
    return KEEP_SHOWN if scene.archetype == PRODUCT_HERO and shot.asset is not None else ""


def _required(shot: Shot, product: str) -> str:
    """Return what the prompt of an archetype has, however short the limit of the model is."""
    return {PRODUCT_HERO: product, OVERLAY: GROUND}.get(shot.scene.archetype or "", "")


def _with_required(seen: str, required: str, limit: Limit, language: str) -> str:
    """Return what is seen, as far as it fits before the ``required`` words."""
    if not required:
        return seen
    spare = Limit(limit.count - limit.length(_joined([required])) - 2, limit.unit)
    return _joined([spare.cut(seen, language) if spare.count > 0 else "", required])


def _style_words(shot: Shot, seen: str) -> list[str]:
    words = (clean_words(part) for part in shot.preset.prompt_style.split(","))
    return [word for word in words if word and word.casefold() not in seen.casefold()]


def _fitted(seen: str, parts: Sequence[Sequence[str]], limit: Limit, language: str) -> str:
    """Return ``seen`` and as many of the words of ``parts``, in order, as fit; each part is a sentence."""
    counts = [len(part) for part in parts]
    while any(counts):
        sentences = [", ".join(part[:count]) for part, count in zip(parts, counts, strict=True)]
        if limit.holds(text := _joined([seen, *sentences])):
            return text
        last = max(index for index, count in enumerate(counts) if count)
        counts[last] -= 1
    whole = _joined([seen])
    return whole if limit.holds(whole) else limit.cut(whole, language)


def _joined(sentences: Sequence[str]) -> str:
    written = [sentence[:1].upper() + sentence[1:] for sentence in sentences if sentence]
    return " ".join(text if text[-1] in END_MARKS else f"{text}." for text in written)


def _negative(text: str, product: str, limit: Limit) -> str:
    """Return what must not be shown, without what the prompt asks for, as far as it fits."""
    asked = set(re.findall(r"\w+", text.casefold()))
    wanted = [*(UNWANTED_OF_PRODUCT if product else ()), *UNWANTED]
    words = [phrase for phrase in wanted if not asked & set(phrase.split()) or phrase in UNWANTED_OF_PRODUCT]
    while words and not limit.holds(", ".join(words)):
        words.pop()
    return ", ".join(words)
