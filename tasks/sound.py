"""Tasks for narration and music; they run in parallel with the scenes."""

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
    """Synthesise the narration of every scene, unless it exists."""
    run = workspace.open_workspace(run_id)
    speech = run.get_or_make(
        "speech.json", SpeechSchema, lambda: narration.narrate(run.graph, run.store, run.preset.voice_speed)
    )
    synthesised = len(speech.made)
    facts = {"lines": len(speech.lines), "spoken": synthesised, "warnings": list(speech.warnings)}
    return {**facts, "reused": synthesised == 0}


@celery.task(name=Step.MUSIC, base=PipelineTask)
def music(run_id: str) -> dict[str, Any]:
    """Choose the music and find its beats; the bed is made when the length of the film is known."""
    run = workspace.open_workspace(run_id)
    source = delivery.music_of(run)
    if not run.has("music.json"):
        run.write("music.json", delivery.music_document(source))
    return {"kind": source.kind if source else "none"}
