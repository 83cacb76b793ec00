"""The receipt of a film, ``metadata.json``: its scenes, voices, costs, timings, warnings and measured quality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from app.jobs.order_queries import JobMoney, OrderView
from app.planning.text.credits import FilmCredit, credit_text, film_credits, licence_of
from app.planning.timing.clip_sounds import ClipSound
from schemas.clip import Clip, ClipSchema, CreditSchema
from schemas.money import ZERO, json_usd
from schemas.scene_graph import SceneGraph
from schemas.segment import SEGMENT_VERSION
from schemas.speech import Speech
from schemas.timeline import Timeline

CLIP_FACTS = ("engine", "kind", "seed", "take", "cost_usd", "steps_down")
# Facts that most clips do not have.
MORE_CLIP_FACTS = ("model", "why", "credit")


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """The input of a receipt.

    ``timings_ms`` is by step; ``quality`` are the measurements of the film file, ``faults`` what is wrong by them.
    ``money`` and ``orders`` are those of the job: of this run and of those before it.
    """

    job_id: str
    run_id: str
    graph: SceneGraph
    timeline: Timeline
    clips: Mapping[int, Clip]
    speech: Speech
    timings_ms: Mapping[str, int]
    quality: Mapping[str, Any]
    request_warnings: Sequence[str] = ()
    film_warnings: Sequence[str] = ()
    clip_sounds: Sequence[ClipSound] = ()
    faults: Sequence[Mapping[str, Any]] = ()
    money: JobMoney | None = None
    orders: Sequence[OrderView] = ()


def receipt(facts: FilmFacts) -> dict[str, Any]:
    """Return the receipt as plain data for JSON. A value that was not measured is absent, not estimated."""
    graph, clips = facts.graph, [facts.clips[scene.id] for scene in facts.graph.scenes]
    frames = {scene.scene_id: scene.frames for scene in facts.timeline.scenes}
    return {
        "job_id": facts.job_id,
        "run_id": facts.run_id,
        "versions": {"pytoon": version("pytoon-studio"), "segment": SEGMENT_VERSION},
        "preset": graph.preset_id,
        "seed": graph.seed,
        "language": graph.language,
        "scenes": [_scene(clip, frames[clip.scene_id]) for clip in clips],
        "credits": [_credit(each) for each in film_credits(clips)],
        "voice": [
            {"scene": line.scene_id, "voice": line.voice, "voice_id": line.voice_id, "word_times": line.method}
            for line in facts.speech.lines
        ],
        "clip_sound": [_clip_sound(sound) for sound in facts.clip_sounds],
        "effects": [
            {"effect": item.effect, "start_ms": item.start_ms, "scene": item.scene_id}
            for item in facts.timeline.tracks.audio
            if item.kind == "effect"
        ],
        "money": _money(clips, facts.money),
        "orders": [order.as_dict() for order in facts.orders],
        "timings_ms": dict(facts.timings_ms),
        "warnings": _warnings(facts, clips),
        "quality": dict(facts.quality),
        "faults": [dict(fault) for fault in facts.faults],
    }


def _warnings(facts: FilmFacts, clips: Sequence[Clip]) -> list[str]:
    """Return the warnings of request and plan, of the voice, of the clips and of the finished film, in this order."""
    of_clips = (warning for clip in clips for warning in clip.warnings)
    return [*dict.fromkeys((*facts.request_warnings, *facts.speech.warnings, *of_clips, *facts.film_warnings))]


def _scene(clip: Clip, frames: int) -> dict[str, Any]:
    plain = ClipSchema.plain(clip)
    clip_facts = {name: plain[name] for name in CLIP_FACTS} | {n: plain[n] for n in MORE_CLIP_FACTS if n in plain}
    return {"id": clip.scene_id, **clip_facts, "spent_usd": json_usd(clip.spent_usd), "frames": frames}


def _credit(each: FilmCredit) -> dict[str, Any]:
    credit = each.credit
    texts = {"text": credit_text(credit), "licence": licence_of(credit.provider)}
    return {"scenes": [*each.scenes], **CreditSchema.plain(credit), **texts}


def _clip_sound(sound: ClipSound) -> dict[str, Any]:
    return {"scene": sound.scene_id, "file": sound.name, "mode": sound.mode, "reason": sound.reason}


def _money(clips: list[Clip], of_job: JobMoney | None) -> dict[str, float | None]:
    """Return ``cost_usd``, the price of all clips no matter which run paid it, and the money of the orders of the job.

    A clip that several scenes share is counted once. Without orders, ``spent_usd`` is what this run paid for the clips.
    """
    costs = {clip.key: clip.cost_usd for clip in clips}
    spent = sum((clip.spent_usd for clip in clips), ZERO)
    money = of_job or JobMoney(None, ZERO, ZERO, ZERO)
    return {
        "budget_usd": None if money.budget_usd is None else json_usd(money.budget_usd),
        "estimated_usd": json_usd(money.estimated_usd),
        "cost_usd": json_usd(sum(costs.values(), ZERO)),
        "spent_usd": json_usd(money.spent_usd if money.estimated_usd else spent),
        "held_usd": json_usd(money.held_usd),
    }
