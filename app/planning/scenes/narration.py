"""The narration of a request: its lines, title, language and target length."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from app.planning.text.items import item_number
from app.planning.text.language import language_of
from app.planning.text.passages import Passage, passages
from app.planning.text.script_lines import ScriptLine
from app.planning.text.spoken_text import script_text
from app.planning.text.titles import hook_headline, title_of
from schemas.alias import Alias
from schemas.job import JobRequest


@dataclass(frozen=True, slots=True)
class Narration:
    """The ``lines`` of a film in order, and its ``title``; ``topic`` is "" if the lines name the topic themselves.

    There are no lines if the request has only media and a title, or a prompt that says nothing to narrate. ``may_trim``
    is false for a script of the user; otherwise sentences may be dropped to reach ``target_ms``. ``passages`` are the
    lines by what belongs together. ``is_titled`` says that the title was given, or is
    the topic of a prompt, and is the headline as it is. ``aliases`` are words that are said otherwise than they are
    written.
    """

    title: str
    lines: tuple[str, ...]
    language: str
    topic: str = ""
    target_ms: int | None = None
    may_trim: bool = False
    passages: tuple[Passage, ...] = ()
    is_titled: bool = False
    aliases: tuple[Alias, ...] = ()

    def headline(self, first_line: str) -> str:
        """Return the headline of a film whose first scene speaks ``first_line``; "" for none.

        A quotation that opens the film is shown as such.
        """
        if self.is_titled or not self.lines:
            return self.title
        if self.passages and self.passages[0].author:
            return ""
        return hook_headline(first_line, self.lines[0], self.title, self.language)


# A request is planned and then compared with its plan.
@lru_cache(maxsize=4)
def narration_of(request: JobRequest) -> Narration:
    """Return the narration of a request without given scenes."""
    target_ms = request.target_duration_seconds * 1000 if request.target_duration_seconds else None
    if request.script:
        return _script_narration(request, target_ms)
    if request.prompt:
        return _prompt_narration(request, target_ms)
    title = request.title or ""
    return Narration(title, (), request.language or language_of(title), target_ms=target_ms)


def _script_narration(request: JobRequest, target_ms: int | None) -> Narration:
    script = script_text(request.script or "", request.aspect)
    paragraphs = script.lines
    language = (
        request.language or script.language or language_of("\n".join(paragraph.words for paragraph in paragraphs))
    )
    parts = passages(paragraphs, language)
    lines = tuple(sentence for part in parts for sentence in part.sentences)
    given = request.title or script.title
    title = given or title_of(lines, language)
    return Narration(
        title,
        lines,
        language,
        target_ms=target_ms,
        passages=parts,
        is_titled=bool(given),
        aliases=script.aliases,
    )


def _prompt_narration(request: JobRequest, target_ms: int | None) -> Narration:
    # Its many patterns are compiled when it is imported, and most requests have a script.
    from app.planning.text.prompts.parsing import parse_prompt

    prompt = parse_prompt(request.prompt or "")
    # The instruction tells the language of a short topic.
    language = request.language or language_of(" ".join(prompt.sentences) or request.prompt or "")
    lines = () if prompt.missing else _lines(prompt.topic, prompt.sentences, language)
    title = request.title or title_of([prompt.topic] if prompt.topic else lines, language)
    parts = passages([ScriptLine(line, item_number(line)) for line in lines], language)
    lines = tuple(sentence for part in parts for sentence in part.sentences)
    target_ms = target_ms or prompt.target_ms
    is_titled = bool(request.title or prompt.topic)
    return Narration(
        title, lines, language, prompt.topic, target_ms, may_trim=True, passages=parts, is_titled=is_titled
    )


def _lines(topic: str, prompt_sentences: tuple[str, ...], language: str) -> tuple[str, ...]:
    """Return the topic and the sentences of the prompt, or neutral sentences about a topic without sentences."""
    if topic and not prompt_sentences:
        from app.planning.text.prompts.topic_text import topic_sentences

        return topic_sentences(topic, language)
    return (f"{topic[:1].upper()}{topic[1:]}.", *prompt_sentences) if topic else prompt_sentences
