"""What the prompts of a film have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.planning.matching.words import Word, words_of
from app.planning.text.language import primary_subtag
from app.planning.text.marks import CLAUSE_MARKS, END_MARKS
from engines.prompts.words import clean_words, seen_words
from schemas.scene_graph import Scene, SceneGraph
from schemas.text_width import is_unspaced

CONTINUITIES = ("none", "character", "previous_frame")
# Words between the article and the noun of a phrase ("a little red robot").
MAX_BETWEEN = 3
_ARTICLES = (
    "a an the this my our his her their one ein eine einen einem einer der die das mein meine unser un une le la les "
    "mon ma notre el los las una unos mi nuestro nuestra il lo gli uno um uma o os as de het een en ett"
)
ARTICLES = frozenset(_ARTICLES.split())


@dataclass(frozen=True, slots=True)
class FilmContext:
    """What the prompts of all scenes depend on.

    ``continuity`` is one of ``CONTINUITIES``: with "character", every prompt names the ``subject``; with
    "previous_frame", the order has the last picture of the clip before it. ``product`` is the name of what the film
    is about, which must not change.
    """

    continuity: str = "none"
    subject: str = ""
    product: str = ""
    seed: int = 0
    language: str = "en"


def film_context(graph: SceneGraph, *, continuity: str = "none", subject: str = "", product: str = "") -> FilmContext:
    """Return the context of a film; its subject is the one given, or the one that its texts name most often."""
    named = clean_words(subject) or film_subject(graph)
    return FilmContext(continuity, named, clean_words(product), graph.seed, graph.language)


def film_subject(graph: SceneGraph) -> str:
    """Return the phrase of the title or of the first scene whose noun most scenes name; "" if there is none.

    It is the mention with the most words between article and noun, so that the subject is described ("a little red
    robot", not "the robot").
    """
    language = graph.language
    texts = [text for scene in graph.scenes if (text := scene_text(scene, language))]
    title = clean_words(graph.title)
    candidates = _nouns(" . ".join((title, *texts[:1])), language)
    if not candidates:
        return title
    scenes = [words_of(text, language) for text in texts]
    counts = [
        sum(_names(word, scene) for scene in scenes) + (word.forms <= _forms(title, language)) for word in candidates
    ]
    best = candidates[max(range(len(candidates)), key=lambda index: (counts[index], -index))]
    return max(_phrases(best, (*texts, title)), key=lambda phrase: len(phrase.split()), default=best.written)


def scene_text(scene: Scene, language: str) -> str:
    """Return what a scene shows, in words: its query, else its description, else the words that are spoken or shown."""
    candidates = [scene.media.query, scene.description, scene.voice_script, scene.caption]
    if scene.media.query.endswith("…") and scene.description.startswith(scene.media.query[:-1]):
        candidates.pop(0)
    return next((words for text in candidates if (words := seen_words(text, language))), "")


def _nouns(text: str, language: str) -> list[Word]:
    """Return the words of ``text`` that may be nouns, in order; German nouns have a capital."""
    words = words_of(text, language)
    if primary_subtag(language) == "de":
        words = tuple(word for word in words if word.written[:1].isupper())
    return sorted(words, key=lambda word: text.find(word.written))


def _names(word: Word, others: Iterable[Word]) -> bool:
    return any(word.forms & other.forms for other in others)


def _forms(text: str, language: str) -> frozenset[str]:
    return frozenset(form for word in words_of(text, language) for form in word.forms)


def _phrases(noun: Word, texts: Sequence[str]) -> Iterable[str]:
    """Yield the phrases that end with ``noun``, from an article on."""
    for text in texts:
        written = text.split()
        for index, word in enumerate(written):
            if word.rstrip(CLAUSE_MARKS + END_MARKS) == noun.written and not any(map(is_unspaced, word)):
                yield " ".join([*_before(written[:index]), noun.written])


def _before(words: Sequence[str]) -> Sequence[str]:
    """Return the article and the adjectives at the end of ``words``; none without an article in the same clause."""
    near = words[-MAX_BETWEEN - 1 :]
    for count in range(1, len(near) + 1):
        word = near[-count]
        if word[-1] in CLAUSE_MARKS + END_MARKS:
            return ()
        if word.casefold() in ARTICLES:
            return near[-count:]
    return ()
