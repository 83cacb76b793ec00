"""Examples of requests and responses in the OpenAPI document; the tests validate each against its schema."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from presets.layout_library import layouts
from presets.library import preset
from schemas.clip import Fallback
from schemas.engine import EngineModel, EngineModelSchema, Price
from schemas.estimate import EngineEstimate, Estimate, EstimateSchema, SceneEstimate
from schemas.job import MAX_MEDIA
from schemas.layout import LayoutSchema
from schemas.preset import PresetSchema
from schemas.scene_graph import Media, Scene, SceneGraph, SceneGraphSchema, Transition
from schemas.speech import Word
from schemas.timeline import (
    AudioItem,
    Cue,
    TimedScene,
    TimedTransition,
    Timeline,
    TimelineSchema,
    Tracks,
    VideoItem,
)

JOB_ID = "job_3f2a9c4be0d14e6fa1b07c55d2e8f690"
RUN_ID = "0f6f1d9e-7a51-4c1d-9d0b-2f4f0d7f9c11"
ASSET_ID = "ast_k3v2m5q7x4z6w2y5t3s7r4p6na"
TIME = "2026-01-02T03:04:05.678000+00:00"
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
SCRIPT = "Bread takes time. Good bread takes longer."
JOB_URL = f"/api/v2/jobs/{JOB_ID}"
REVISION_URL = f"{JOB_URL}/revisions/2"

JOB_REQUESTS = {
    "script": {"summary": "A script", "value": {"script": SCRIPT, "preset_id": "clean_bold"}},
    "prompt": {
        "summary": "A prompt",
        "value": {"prompt": "Why good bread takes time, in 30 seconds", "music": {"mood": "calm"}, "aspect": "16:9"},
    },
    "scenes": {
        "summary": "Planned scenes",
        "value": {
            "title": "Bread",
            "scenes": [
                {"caption": "Bread takes time.", "media": {"kind": "image", "asset": ASSET_ID}},
                {"caption": "Good bread takes longer.", "duration_ms": 3000, "transition": {"kind": "fade"}},
            ],
            "voice": {"provider": "none"},
            "music": "none",
        },
    },
    "media": {
        "summary": "Pictures and videos without a text",
        "value": {"title": "Anna and Paul", "media": [ASSET_ID], "preset_id": "warm_memories"},
    },
}
ESTIMATE = EstimateSchema.plain(
    Estimate(
        scenes=(
            SceneEstimate(
                1,
                "runway",
                "gen4_turbo",
                5,
                2,
                Decimal("0.50"),
                Decimal("0.50"),
                "credits",
                Decimal(50),
                Decimal(50),
                "docs.dev.runwayml.com, 2026-11",
                "the request names it",
                (Fallback("runway:gen4.5", "2 takes cost $1.20, and $1.00 are left"),),
            ),
            SceneEstimate(2, "local", seconds=4, why="the scene needs words on colours"),
        ),
        engines=(EngineEstimate("runway", 2, Decimal("0.50"), Decimal("0.50"), "credits", Decimal(50), Decimal(50)),),
        usd=Decimal("0.50"),
        max_usd=Decimal("0.50"),
        budget_usd=Decimal(1),
    )
)
EDIT = {"changes": [{"scene": 2, "caption": "Good bread takes longer"}, {"order": [2, 1]}], "dry_run": True}

ERROR = {
    "error": {
        "code": "bad_request",
        "message": "scenes.3.duration_ms: Must be greater than or equal to 200 and less than or equal to 600000.",
        "retryable": False,
        "advice": "Correct the named field and send the request again.",
        "field": "scenes.3.duration_ms",
        "reason": "Must be greater than or equal to 200 and less than or equal to 600000.",
        "errors": {
            "scenes.3.duration_ms": ["Must be greater than or equal to 200 and less than or equal to 600000."],
        },
    },
    "request_id": "390298df106e436f805a32d1f7b05bc0",
}

_ASSET = {
    "asset_id": ASSET_ID,
    "kind": "image",
    "name": "bread.jpg",
    "bytes": 482133,
    "content_type": "image/jpeg",
    "width": 3024,
    "height": 4032,
    "length_ms": None,
    "sound": False,
    "description": "",
}
UPLOAD = {**_ASSET, "assets": [_ASSET]}
UPLOAD_LIMITS = {
    "max_files": MAX_MEDIA,
    "max_file_bytes": 512 << 20,
    "max_request_bytes": 1024 << 20,
    "max_pixels": 120_000_000,
    "max_duration_ms": 3_600_000,
}
PRESETS = {"presets": [PresetSchema.plain(preset("clean_bold"))]}
LAYOUTS = {"layouts": [LayoutSchema.plain(layouts()["card"])]}

_LINKS = {
    "self": JOB_URL,
    "scene_graph": f"{JOB_URL}/scene-graph",
    "timeline": f"{JOB_URL}/timeline",
    "artefacts": f"{JOB_URL}/artefacts",
    "events": f"{JOB_URL}/events",
    "orders": f"{JOB_URL}/orders",
    "cancel": f"{JOB_URL}/cancel",
    "resume": f"{JOB_URL}/resume",
    "approve": f"{JOB_URL}/approve",
    "reject": f"{JOB_URL}/reject",
    "revisions": f"{JOB_URL}/revisions",
}
RECEIPT = {
    "job_id": JOB_ID,
    "run_id": RUN_ID,
    "state": "QUEUED",
    "links": _LINKS,
    "estimate": {"usd": 0.0},
    "warnings": ["no media given: scenes are words on the colours of Clean bold"],
}
_ARTEFACT = {
    "name": "output.mp4",
    "url": f"{JOB_URL}/artefacts/output.mp4",
    "bytes": 1843220,
    "content_type": "video/mp4",
    "sha256": SHA256,
}
ARTEFACTS = {"artefacts": [_ARTEFACT]}
JOB = {
    "job_id": JOB_ID,
    "run_id": RUN_ID,
    "state": "DONE",
    "title": "Bread",
    "owner": "studio",
    "revision": 1,
    "created_at": TIME,
    "ended_at": "2026-01-02T03:04:41.120000+00:00",
    "progress": {
        "share": 1.0,
        "scenes": [
            {
                "id": 1,
                "state": "DONE",
                "engine": "local",
                "description": "A loaf of bread",
                "media_kind": "image",
                "steps_down": [],
                "warnings": [],
                "waits_for": None,
            }
        ],
        "steps": {"plan": "SUCCESS", "segments": "1/1"},
    },
    "timings_ms": {"plan": 412, "mux": 2310},
    "reused": {"voice": True, "scene": [1]},
    "warnings": [],
    "money": {"budget_usd": 2.0, "estimated_usd": 0.25, "spent_usd": 0.25, "held_usd": 0.0},
    "error": None,
    "artefacts": [_ARTEFACT],
    "links": _LINKS,
}
CANCELLED_JOB = JOB | {"state": "CANCELLED", "artefacts": [], "progress": {"share": 0.04, "scenes": [], "steps": {}}}
JOBS = {
    "jobs": [{"job_id": JOB_ID, "state": "DONE", "title": "Bread", "created_at": TIME, "url": JOB_URL}],
    "next": None,
}
EVENTS = {
    "events": [
        {"number": 7, "at": TIME, "kind": "step.finished", "run_id": RUN_ID, "data": {"step": "plan", "ms": 412}},
    ],
    "last": 7,
}

ORDER = {
    "id": 17,
    "scene": 3,
    "take": 0,
    "purpose": "clip",
    "attempt": 0,
    "run_id": RUN_ID,
    "engine": "runway",
    "model": "gen4_turbo",
    "state": "settled",
    "remote_id": "5e3a3b7c-1f2d-4c1a-9a53-0c1d6a6f3b60",
    "estimate_usd": 0.25,
    "cost_usd": 0.25,
    "unit": "credits",
    "units": 25.0,
    "reason": "",
    "rejected": "",
    "created_at": TIME,
    "sent_at": TIME,
    "submitted_at": TIME,
    "resolved_at": None,
    "ended_at": "2026-01-02T03:04:41.120000+00:00",
}
ORDERS = {"orders": [ORDER]}
RESOLUTIONS = {
    "accepted": {"summary": "Accepted", "value": {"outcome": "accepted", "remote_id": ORDER["remote_id"]}},
    "not_accepted": {"summary": "Not accepted", "value": {"outcome": "not_accepted"}},
    "give_up": {"summary": "Not waited for any longer", "value": {"outcome": "give_up"}},
}
RESOLVED = ORDER | {"state": "submitted", "cost_usd": None, "resolved_at": TIME, "ended_at": None}
SPEND = {
    "since": "2026-01-01",
    "until": None,
    "entries": [
        {"day": "2026-01-02", "engine": "runway", "job_id": JOB_ID, "orders": 1, "spent_usd": 0.25, "held_usd": 0.0}
    ],
    "total": {"orders": 1, "spent_usd": 0.25, "held_usd": 0.0},
    "limits": [
        {"kind": "server", "name": "", "limit_usd": 50.0, "used_usd": 0.25, "left_usd": 49.75},
        {"kind": "key", "name": "studio", "limit_usd": None, "used_usd": 0.25, "left_usd": None},
    ],
}

ENGINE = {
    "name": "runway",
    "configured": True,
    "reason": None,
    "media": ["generated", "image"],
    "generates": True,
    "needs_network": True,
    "costs_money": True,
    "only_named": False,
    "max_seconds": 10.0,
    "models": [
        EngineModelSchema.plain(
            EngineModel(
                id="gen4_turbo",
                name="gen4_turbo",
                from_text=False,
                from_image=True,
                seconds=(5, 10),
                aspects=("9:16", "16:9"),
                resolutions=("720p",),
                shorter_side_px=(720,),
                takes_seed=True,
                prices=(
                    Price(Decimal("0.05"), unit="credits", units=Decimal(5), source="docs.dev.runwayml.com, 2026-11"),
                ),
            )
        )
    ],
    "breaker": {"state": "open", "reason": "HTTP 503", "trial_in_s": 41.2, "pause_s": 0.0},
    "orders": {"in_flight": 2, "ambiguous": 0, "spent_today_usd": 0.25, "held_today_usd": 0.5},
}
_MISSING_ENGINE: dict[str, Any] = {
    "name": "luma",
    "configured": False,
    "reason": "set PYTOON_LUMA_API_KEY",
    "media": [],
    **dict.fromkeys(("generates", "needs_network", "costs_money", "only_named", "max_seconds")),
    "models": [],
    "breaker": {"state": "closed", "reason": "", "trial_in_s": 0.0, "pause_s": 0.0},
    "orders": {"in_flight": 0, "ambiguous": 0, "spent_today_usd": 0.0, "held_today_usd": 0.0},
}
ENGINES = {"engines": [_MISSING_ENGINE, ENGINE]}

_GRAPH = SceneGraph(
    version="2.0",
    title="Bread",
    language="en",
    preset_id="clean_bold",
    scenes=(
        Scene(1, "A loaf of bread", "hook", 2000, Media("image", ASSET_ID), voice_script="Bread takes time."),
        Scene(2, voice_script="Good bread takes longer.", transition=Transition("fade", 400)),
    ),
)
SCENE_GRAPH = SceneGraphSchema.plain(_GRAPH)
TIMELINE = TimelineSchema.plain(
    Timeline(
        version="2.0",
        fps=Fraction(30),
        width=1080,
        height=1920,
        total_frames=150,
        scenes=(TimedScene(1, 0, 72, 0, 2400), TimedScene(2, 60, 150, 2000, 5000)),
        tracks=Tracks(
            video=(VideoItem(1, 0, 72), VideoItem(2, 60, 150)),
            audio=(AudioItem("voice", 200, 1400, "cache/voice/line.wav", 1), AudioItem("music", 0, 5000)),
            captions=(
                Cue(1, 200, 1400, ((Word("Bread", 200, 500), Word("takes", 500, 900), Word("time.", 900, 1400)),)),
            ),
        ),
        transitions=(TimedTransition("fade", 1, 2, 60, 72),),
        final=True,
    )
)

_PREVIEW = {
    "scenes": [],
    "voice": [],
    "segments": [2],
    "music": False,
    "mix": False,
    "film": True,
    "exact": True,
    "length_ms": 5000,
    "seconds": 3.5,
    "cost_usd": 0.0,
}
_REVISION_LINKS = {
    "self": REVISION_URL,
    "job": JOB_URL,
    "compare": f"{REVISION_URL}/compare?with=1",
    "rollback": f"{REVISION_URL}/rollback",
}
DRY_RUN = {"job_id": JOB_ID, "based_on": 1, "preview": _PREVIEW, "warnings": []}
EDITED = DRY_RUN | {"revision": 2, "run_id": RUN_ID, "state": "QUEUED", "links": _REVISION_LINKS}
ROLLED_BACK = {
    "job_id": JOB_ID,
    "revision": 2,
    "run_id": RUN_ID,
    "state": "DONE",
    "at_once": True,
    "links": _REVISION_LINKS,
}
ROLLING_BACK = ROLLED_BACK | {"state": "QUEUED", "at_once": False}
_REVISION_LINE = {
    "number": 2,
    "kind": "edit",
    "parent": 1,
    "created_at": TIME,
    "changes": [{"scene": 2, "caption": "Good bread takes longer"}],
    "is_pruned": False,
    "run_id": RUN_ID,
    "state": "DONE",
    "links": _REVISION_LINKS,
}
REVISIONS = {"revisions": [_REVISION_LINE]}
_EDITED_GRAPH = _GRAPH.with_scene(replace(_GRAPH.scene(2), caption="Good bread takes longer"))
REVISION = _REVISION_LINE | {"scene_graph": SceneGraphSchema.plain(_EDITED_GRAPH), "artefacts": [_ARTEFACT]}
COMPARISON = {
    "before": 1,
    "after": 2,
    "differences": [
        {
            "scene_id": 2,
            "field": "caption",
            "before": "",
            "after": "Good bread takes longer",
            "words": "Scene 2: the caption is now “Good bread takes longer”.",
        }
    ],
}

_CHECKS: dict[str, Any] = {
    "broker": {"ok": True, "detail": "answers"},
    "database": {"ok": True, "detail": "answers"},
    "storage": {"ok": True, "detail": "writable, 120 GB free"},
    "ffmpeg": {"ok": True, "detail": "7.1"},
}
HEALTHY = {"live": True, "ready": True, "checks": _CHECKS}
_NO_BROKER = {"ok": False, "detail": "no answer within 3 s"}
UNHEALTHY = {"live": True, "ready": False, "checks": _CHECKS | {"broker": _NO_BROKER}}
LIVE = {"live": True}
