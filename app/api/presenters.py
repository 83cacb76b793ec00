"""Jobs as the API shows them: plain data with links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from celery import states
from flask import url_for

from app.core.config import settings
from app.jobs.artifact_queries import Artifact
from app.jobs.events import Event
from app.jobs.queries import JobView
from app.jobs.runs import StartedRun
from schemas.asset import Asset
from schemas.job import SceneState, State
from schemas.steps import Step

# How much of a film's making each part is, roughly, by time; the rest is being finished.
WEIGHTS = {
    Step.PLAN.label: 0.04,
    Step.TIMELINE.label: 0.02,
    Step.VOICE.label: 0.08,
    Step.MUSIC.label: 0.06,
    Step.SETTLE.label: 0.02,
    Step.MUX.label: 0.08,
}
SCENES = 0.40
SEGMENTS = 0.25
ENDED_SCENES = (SceneState.DONE, SceneState.FALLBACK, SceneState.FAILED)


def link(endpoint: str, **values: Any) -> str:
    """The address of a view; whole when the operator has set a public URL, else a path."""
    return settings().public_url.rstrip("/") + url_for(endpoint, **values)


def links(job_id: str) -> dict[str, str]:
    names = ("scene_graph", "timeline", "artefacts", "events", "cancel", "resume", "approve", "reject")
    own = {name: link(f"jobs.{name}", job_id=job_id) for name in names}
    return {"self": link("jobs.job", job_id=job_id), **own, "revisions": link("revisions.all", job_id=job_id)}


def started_run(given: StartedRun) -> dict[str, Any]:
    return {
        "job_id": given.job_id,
        "run_id": given.run_id,
        "state": State.QUEUED,
        "links": links(given.job_id),
        "estimate": {"usd": given.estimate_usd},
        "warnings": given.warnings,
    }


def job(view: JobView) -> dict[str, Any]:
    return {
        "job_id": view.id,
        "run_id": view.run_id,
        "state": view.state,
        "title": view.title,
        "revision": view.revision,
        "created_at": view.created_at,
        "ended_at": view.ended_at,
        "progress": {"share": share(view), "scenes": view.scenes, "steps": view.steps},
        "timings_ms": view.timings_ms,
        "reused": view.reused,
        "warnings": view.warnings,
        "error": view.error,
        "artefacts": job_artifacts(view.id, view.artifacts),
        "links": links(view.id),
    }


def share(view: JobView) -> float:
    """How much is done, 0 … 1; it never falls while a run goes on, and is 1 only when the film is there."""
    if view.state is State.DONE:
        return 1.0
    done = sum(weight for step, weight in WEIGHTS.items() if view.steps.get(step) == states.SUCCESS)
    if view.scenes:
        done += SCENES * sum(scene.state in ENDED_SCENES for scene in view.scenes) / len(view.scenes)
    made, _, all_of_them = view.steps.get("segments", "0/0").partition("/")
    if int(all_of_them):
        done += SEGMENTS * int(made) / int(all_of_them)
    return round(done, 4)


def job_artifacts(job_id: str, found: Sequence[Artifact]) -> list[dict[str, Any]]:
    return artifacts(found, lambda name: link("jobs.artefact", job_id=job_id, name=name))


def artifacts(found: Sequence[Artifact], url_of: Callable[[str], str]) -> list[dict[str, Any]]:
    """Files as the API shows them; ``url_of`` gives the address of the one with a name."""
    return [
        {
            "name": each.name,
            "url": url_of(each.name),
            "bytes": each.bytes,
            "content_type": each.content_type,
            "sha256": each.sha256,
        }
        for each in found
    ]


def page(found: Sequence[dict[str, Any]], limit: int) -> dict[str, Any]:
    """A page of jobs; there may be more behind a full one."""
    lines = [{**each, "url": link("jobs.job", job_id=each["job_id"])} for each in found]
    if len(found) < limit:
        return {"jobs": lines, "next": None}
    last = found[-1]
    older = urlencode({"limit": limit, "before": last["created_at"].isoformat(), "before_id": last["job_id"]})
    return {"jobs": lines, "next": f"{link('jobs.jobs')}?{older}"}


def events(found: Sequence[Event], after: int) -> dict[str, Any]:
    return {"events": found, "last": found[-1].number if found else after}


def asset(found: Asset) -> dict[str, Any]:
    return {
        "asset_id": found.id,
        "kind": found.kind,
        "name": found.name,
        "bytes": found.bytes,
        "content_type": found.content_type,
        "width": found.width,
        "height": found.height,
        "length_ms": found.length_ms,
        "sound": found.sound,
    }
