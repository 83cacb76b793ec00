"""What a prompt asks for and the film cannot say: an error without media, a warning with them."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.errors import BadRequest
from app.planning.text.prompts.parsing import NO_TOPIC, parse_prompt
from app.planning.text.prompts.questions import asks_for_knowledge


def check_prompt(prompt: str, media: Sequence[str]) -> None:
    """Raise ``BadRequest`` when a prompt asks for what only media or a language model could give the film."""
    missing = parse_prompt(prompt).missing
    if not missing or media:
        return
    if missing == NO_TOPIC:
        raise BadRequest("prompt", f"{_what_is_missing(missing)}; add a topic, a script or media")
    raise BadRequest(
        "prompt",
        f"{_what_is_missing(missing)}; write {_facts(missing)} in the prompt or as script, or add media that the film "
        f"shows under this title: to find {_facts(missing)}, a language model (planner: llm) is needed, and there is "
        "none",
    )


def prompt_warnings(prompt: str) -> list[str]:
    """Return a warning about what a prompt asks for and the film does not say."""
    parsed = parse_prompt(prompt)
    if parsed.missing:
        return [f"nothing is spoken: {_what_is_missing(parsed.missing)}; the film shows the media"]
    if parsed.topic and not parsed.sentences and asks_for_knowledge(parsed.topic):
        return [f"the film asks {parsed.topic!r} and does not answer it: the prompt has no facts"]
    return []


def _what_is_missing(missing: str) -> str:
    if missing == NO_TOPIC:
        return "the prompt says how the film is made but not what it is about"
    if asks_for_knowledge(missing):
        return f"the prompt asks {missing!r} and has no answer"
    return f"the prompt asks for {missing!r} without saying them"


def _facts(missing: str) -> str:
    return "the answer" if asks_for_knowledge(missing) else "them"
