"""Progress of a job on the terminal."""

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
    State.RENDERING_SCENES: "rendering scenes, speaking lines",
    State.COMPOSING: "encoding segments",
    State.AUDIO_ASSEMBLY: "mixing the sound",
    State.FINALIZING: "finishing",
    State.DONE: "done",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
}
MOST_LINES = 20


def follow(console: Console, jobs: Iterable[Plain]) -> Plain:
    """Show each state of a job and return the last one: a live display on a terminal, else a line for each change."""
    if console.is_terminal:
        return _live(console, jobs)
    return _lines(console, jobs)


def unquiet(console: Console, jobs: Iterable[Plain], quiet_s: float) -> Iterator[Plain]:
    """Yield the jobs unchanged; print a hint whenever their progress has not changed for ``quiet_s``."""
    before: Any = None
    since = time.monotonic()
    for job in jobs:
        now = (job["state"], job.get("progress"))
        if now != before:
            before, since = now, time.monotonic()
        elif time.monotonic() - since > quiet_s:
            console.print(f"No progress for {quiet_s:g} s. {_hint(job)}", style="yellow", markup=False)
            since = time.monotonic()
        yield job


def _hint(job: Plain) -> str:
    """What to look at when nothing changes: the orders that scenes wait for, or the workers."""
    if waiting := [scene for scene in scenes_of(job) if scene.get("waits_for")]:
        return " ".join(f"Scene {scene['id']} {scene_words(scene)}." for scene in waiting[:3])
    return "Check with `pytoon doctor` that workers are running."


def _live(console: Console, jobs: Iterable[Plain]) -> Plain:
    last: Plain = {}
    with Live(console=console, refresh_per_second=8, transient=True) as live:
        for last in jobs:
            live.update(picture(last))
    console.print(picture(last))
    return last


def _lines(console: Console, jobs: Iterable[Plain]) -> Plain:
    last: Plain = {}
    printed: dict[str, str] = {}
    for last in jobs:
        states = {"film": state_words(last)}
        states |= {f"scene {scene['id']}": scene_words(scene) for scene in scenes_of(last)}
        for name, words in states.items():
            if printed.get(name) != words:
                console.print(f"{name}: {words}", highlight=False, markup=False)
        printed = states
    return last


def picture(job: Plain) -> RenderableType:
    """The state of a job: one line for the film, one for each scene, one for the other steps."""
    share = float(job.get("progress", {}).get("share", 0))
    head = Table.grid(padding=(0, 1))
    head.add_row(ProgressBar(100, share * 100, width=30), f"{share:4.0%}", Text(state_words(job), "bold"))
    return Group(head, _scene_lines(scenes_of(job)), _step_line(job))


def _scene_lines(scenes: list[Plain]) -> Table:
    lines = Table.grid(padding=(0, 1))
    # Of more scenes than fit, show those first that are being rendered or need attention.
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
    """ "done by local", "done in a simpler way by local", "waits for runway, 40 %", or the state alone."""
    state, engine = str(scene["state"]), scene.get("engine")
    if scene.get("waits_for"):
        return f"waits for {scene['waits_for']}"
    if state == SceneState.FALLBACK:
        return f"done in a simpler way{f' by {engine}' if engine else ''}"
    return f"{state.lower()} by {engine}" if state == SceneState.DONE and engine else state.lower()


def timings(job: Plain) -> Table:
    """How long each step took, in the order of the steps."""
    lines = Table(box=None, show_header=False, padding=(0, 1))
    lines.add_column(style="dim")
    lines.add_column(justify="right")
    for step, ms in job.get("timings_ms", {}).items():
        lines.add_row(step, f"{ms / 1000:.1f} s")
    return lines


def sentence(error: Plain) -> str:
    """The error of a failed job as text: stage, scene, cause, and advice."""
    where = f"{error['stage']}: " if error.get("stage") else ""
    scene = f"scene {error['scene_id']}: " if error.get("scene_id") is not None else ""
    return f"{where}{scene}{error.get('message', 'it failed')}\n{error.get('advice', '')}".strip()
