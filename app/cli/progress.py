"""How a job goes, for a person who waits for it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from schemas.job import SceneState, State

Plain = dict[str, Any]

SIGNS = {
    SceneState.QUEUED: ("○", "dim"),
    SceneState.RENDERING: ("◐", "yellow"),
    SceneState.DONE: ("●", "green"),
    SceneState.FALLBACK: ("◆", "cyan"),
    SceneState.FAILED: ("✗", "red"),
    SceneState.CANCELLED: ("–", "dim"),
}
WORDS = {
    State.QUEUED: "waiting for a worker",
    State.PLANNING_SCENES: "planning the scenes",
    State.AWAITING_REVIEW: "waiting for your review",
    State.BUILDING_TIMELINE: "building the timeline",
    State.RENDERING_SCENES: "making scenes and sound",
    State.COMPOSING: "composing the picture",
    State.AUDIO_ASSEMBLY: "mixing the sound",
    State.FINALIZING: "finishing",
    State.DONE: "done",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
}
MOST_LINES = 20


def follow(console: Console, jobs: Iterable[Plain]) -> Plain:
    """Shows each state of a job as it comes and returns the last: live on a terminal, else a line per change."""
    if console.is_terminal:
        return _live(console, jobs)
    return _lines(console, jobs)


def unquiet(console: Console, jobs: Iterable[Plain], quiet_s: float) -> Iterator[Plain]:
    """Passes the jobs on; says so when nothing about them has changed for ``quiet_s``."""
    before: Any = None
    since = time.monotonic()
    for job in jobs:
        now = (job["state"], job.get("progress"))
        if now != before:
            before, since = now, time.monotonic()
        elif time.monotonic() - since > quiet_s:
            console.print(
                f"Nothing new for {quiet_s:g} s. Are the workers there? `pytoon doctor` says.", style="yellow"
            )
            since = time.monotonic()
        yield job


def _live(console: Console, jobs: Iterable[Plain]) -> Plain:
    last: Plain = {}
    with Live(console=console, refresh_per_second=8, transient=True) as live:
        for last in jobs:
            live.update(picture(last))
    console.print(picture(last))
    return last


def _lines(console: Console, jobs: Iterable[Plain]) -> Plain:
    last: Plain = {}
    said: dict[Any, str] = {}
    for last in jobs:
        news = {"film": state_words(last)} | {scene["id"]: scene_words(scene) for scene in scenes_of(last)}
        for what, words in news.items():
            if said.get(what) != words:
                console.print(
                    f"{'film' if what == 'film' else f'scene {what}'}: {words}", highlight=False, markup=False
                )
        said = news
    return last


def picture(job: Plain) -> RenderableType:
    """The job as it stands: one line for the film, one for each scene, one for the other steps."""
    share = float(job.get("progress", {}).get("share", 0))
    head = Table.grid(padding=(0, 1))
    head.add_row(ProgressBar(100, share * 100, width=30), f"{share:4.0%}", Text(state_words(job), "bold"))
    return Group(head, _scene_lines(scenes_of(job)), _step_line(job))


def _scene_lines(scenes: list[Plain]) -> Table:
    lines = Table.grid(padding=(0, 1))
    # Of very many, those that are being made matter most.
    order = (
        *(SceneState.RENDERING, SceneState.FAILED, SceneState.FALLBACK),
        *(SceneState.QUEUED, SceneState.DONE, SceneState.CANCELLED),
    )
    urgent = sorted(scenes, key=lambda scene: order.index(scene["state"]) if scene["state"] in order else 0)
    shown = {scene["id"] for scene in urgent[:MOST_LINES]}
    for scene in scenes:
        if scene["id"] in shown:
            sign, style = SIGNS.get(scene["state"], ("?", ""))
            words = Text(scene_words(scene))
            about = Text(str(scene.get("description") or ""), "dim", no_wrap=True, overflow="ellipsis")
            lines.add_row(Text(sign, style), f"scene {scene['id']}", words, about)
    if len(scenes) > MOST_LINES:
        lines.add_row("", f"… and {len(scenes) - MOST_LINES} more")
    return lines


def _step_line(job: Plain) -> Text:
    line = Text()
    for step, state in job.get("progress", {}).get("steps", {}).items():
        sign, style = {"SUCCESS": ("●", "green"), "FAILURE": ("✗", "red"), "STARTED": ("◐", "yellow")}.get(
            state, ("○", "dim")
        )
        if "/" in state:
            sign, style = state, "yellow"
        line.append(f"{sign} ", style).append(f"{step}  ")
    return line


def scenes_of(job: Plain) -> list[Plain]:
    return list(job.get("progress", {}).get("scenes", []))


def state_words(job: Plain) -> str:
    return WORDS.get(job["state"], str(job["state"]).lower())


def scene_words(scene: Plain) -> str:
    """ "done by local", "another engine: local"; the state alone while nobody has made it."""
    state, engine = str(scene["state"]), scene.get("engine")
    if state == SceneState.FALLBACK:
        return f"done in a simpler way{f' by {engine}' if engine else ''}"
    return f"{state.lower()} by {engine}" if state == SceneState.DONE and engine else state.lower()


def timings(job: Plain) -> Table:
    """How long each step took, the longest last to be seen."""
    lines = Table(box=None, show_header=False, padding=(0, 1))
    lines.add_column(style="dim")
    lines.add_column(justify="right")
    for step, ms in job.get("timings_ms", {}).items():
        lines.add_row(step, f"{ms / 1000:.1f} s")
    return lines


def sentence(error: Plain) -> str:
    """A failed job's error in words: where, why, and what to do."""
    where = f"{error['stage']}: " if error.get("stage") else ""
    scene = f"scene {error['scene_id']}: " if error.get("scene_id") is not None else ""
    return f"{where}{scene}{error.get('message', 'it failed')}\n{error.get('advice', '')}".strip()
