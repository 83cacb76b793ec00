"""Doorways: the voice and the music, made while the scenes are."""

from __future__ import annotations

from typing import Any

from app.jobs import workspace
from app.queue.application import celery
from audio import narration
from schemas.speech import SpeechSchema
from schemas.steps import Step
from tasks import delivery
from tasks.base import PipelineTask


@celery.task(name=Step.VOICE, base=PipelineTask)
def voice(run_id: str) -> dict[str, Any]:
    """Speak every scene's line, unless it is spoken."""
    run = workspace.open_workspace(run_id)
    said = run.get_or_make(
        "speech.json", SpeechSchema, lambda: narration.narrate(run.graph, run.store, run.preset.voice_speed)
    )
    made = len(said.made)
    return {"lines": len(said.lines), "spoken": made, "warnings": list(said.warnings), "reused": made == 0}


@celery.task(name=Step.MUSIC, base=PipelineTask)
def music(run_id: str) -> dict[str, Any]:
    """Find the music; a bed of the film's own length is made of it once that is known."""
    run = workspace.open_workspace(run_id)
    source = delivery.music_of(run)
    if not run.has("music.json"):
        run.write("music.json", {"kind": source.kind, "from": source.identity} if source else {"kind": "none"})
    return {"kind": source.kind if source else "none"}
