"""Presenters: convert jobs, artifacts, events and assets to response bodies with links."""

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

# The approximate share of each step in the time that a job takes; the remainder is the delivery of the film.
STEP_WEIGHTS = {
    Step.PLAN.label: 0.04,
    Step.TIMELINE.label: 0.02,
    Step.VOICE.label: 0.08,
    Step.MUSIC.label: 0.06,
    Step.SETTLE.label: 0.02,
    Step.MUX.label: 0.08,
}
SCENES_WEIGHT = 0.40
SEGMENTS_WEIGHT = 0.25
ENDED_SCENES = (SceneState.DONE, SceneState.FALLBACK, SceneState.FAILED)
# Name of a link in a response -> endpoint.
JOB_LINKS = {
    "self": "jobs.get_job",
    "scene_graph": "jobs.get_scene_graph",
    "timeline": "jobs.get_timeline",
    "artefacts": "jobs.list_artifacts",
    "events": "jobs.list_events",
    "orders": "money.list_orders",
    "cancel": "jobs.cancel_job",
    "resume": "jobs.resume_job",
    "approve": "jobs.approve_job",
    "reject": "jobs.reject_job",
    "revisions": "revisions.list_revisions",
}


def link(endpoint: str, **values: Any) -> str:
    """Return the URL of an endpoint: absolute if the operator has set a public URL, otherwise a path."""
    return settings().public_url.rstrip("/") + url_for(endpoint, **values)


def job_links(job_id: str) -> dict[str, str]:
    return {name: link(endpoint, job_id=job_id) for name, endpoint in JOB_LINKS.items()}


def started_run(run: StartedRun) -> dict[str, Any]:
    return {
        "job_id": run.job_id,
        "run_id": run.run_id,
        "state": run.state,
        "links": job_links(run.job_id),
        "estimate": {"usd": run.estimate_usd},
        "warnings": run.warnings,
    }


def job(view: JobView) -> dict[str, Any]:
    return {
        "job_id": view.id,
        "run_id": view.run_id,
        "state": view.state,
        "title": view.title,
        "owner": view.owner,
        "revision": view.revision,
        "created_at": view.created_at,
        "ended_at": view.ended_at,
        "progress": {"share": completed_share(view), "scenes": view.scenes, "steps": view.steps},
        "timings_ms": view.timings_ms,
        "reused": view.reused,
        "warnings": view.warnings,
        "money": view.money,
        "error": view.error,
        "artefacts": job_artifacts(view.id, view.artifacts),
        "links": job_links(view.id),
    }


def completed_share(view: JobView) -> float:
    """Return the completed share of a job, from 0 to 1.

    It never decreases during a run, and is 1 only when the film is finished.
    """
    if view.state is State.DONE:
        return 1.0
    share = sum(weight for step, weight in STEP_WEIGHTS.items() if view.steps.get(step) == states.SUCCESS)
    if view.scenes:
        share += SCENES_WEIGHT * sum(scene.state in ENDED_SCENES for scene in view.scenes) / len(view.scenes)
    finished, _, total = view.steps.get("segments", "0/0").partition("/")
    if int(total):
        share += SEGMENTS_WEIGHT * int(finished) / int(total)
    return round(share, 4)


def job_artifacts(job_id: str, rows: Sequence[Artifact]) -> list[dict[str, Any]]:
    return artifacts(rows, lambda name: link("jobs.get_artifact", job_id=job_id, name=name))


def artifacts(rows: Sequence[Artifact], url_of: Callable[[str], str]) -> list[dict[str, Any]]:
    """Convert artifacts; ``url_of`` returns the URL of the artifact with a name."""
    return [
        {
            "name": artifact.name,
            "url": url_of(artifact.name),
            "bytes": artifact.bytes,
            "content_type": artifact.content_type,
            "sha256": artifact.sha256,
        }
        for artifact in rows
    ]


def page(rows: Sequence[dict[str, Any]], limit: int) -> dict[str, Any]:
    """Return a page of jobs; a full page has a link to the next one, which may be empty."""
    lines = [{**row, "url": link("jobs.get_job", job_id=row["job_id"])} for row in rows]
    if len(rows) < limit:
        return {"jobs": lines, "next": None}
    last = rows[-1]
    query = urlencode({"limit": limit, "before": last["created_at"].isoformat(), "before_id": last["job_id"]})
    return {"jobs": lines, "next": f"{link('jobs.list_jobs')}?{query}"}


def events(rows: Sequence[Event], after: int) -> dict[str, Any]:
    return {"events": rows, "last": rows[-1].number if rows else after}


def asset(row: Asset) -> dict[str, Any]:
    return {
        "asset_id": row.id,
        "kind": row.kind,
        "name": row.name,
        "bytes": row.bytes,
        "content_type": row.content_type,
        "width": row.width,
        "height": row.height,
        "length_ms": row.length_ms,
        "sound": row.sound,
        "description": row.description,
    }
