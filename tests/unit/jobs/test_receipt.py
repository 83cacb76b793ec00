"""The receipt of a film: scenes, costs, warnings and measurements."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.jobs.order_queries import JobMoney, OrderView
from app.jobs.receipt import FilmFacts, receipt
from app.planning.timing import timeline as timing
from app.planning.timing.clip_sounds import ClipSound
from schemas.clip import Clip, Credit, Fallback
from schemas.order import OrderState
from schemas.speech import Speech
from schemas.timeline import AudioItem
from tests.stored_runs import graph_of
from tests.unit.planning import films

GRAPH = graph_of(3)
CLIPS = {
    1: Clip(1, "video", "clips/1", "v1", "runway", cost_usd=Decimal("0.1"), warnings=("soft",)),
    2: Clip(2, "video", "clips/2", "v2", "runway", cost_usd=Decimal("0.2"), reused=True),
    3: Clip(3, "still", "plates/3", "p3", "local", steps_down=(Fallback("runway", "busy"),)),
}
NO_ORDERS = {"budget_usd": None, "estimated_usd": 0, "held_usd": 0}
SPEECH: Speech = replace(films.speech(GRAPH), warnings=("no voice speaks it",))
FACTS = FilmFacts(
    job_id="job_1",
    run_id="run_1",
    graph=GRAPH,
    timeline=timing.build(GRAPH, (108, 192)),
    clips=CLIPS,
    speech=SPEECH,
    timings_ms={"scene": 1200},
    quality={"frames": 90},
    request_warnings=("a.jpg is small", "soft"),
    film_warnings=("too quiet",),
)


def receipt_json() -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(receipt(FACTS)))
    return plain


def test_reused_clip_has_its_cost_but_nothing_spent_by_this_run() -> None:
    scenes = {scene["id"]: scene for scene in receipt_json()["scenes"]}
    costs = [(scenes[number]["cost_usd"], scenes[number]["spent_usd"]) for number in (1, 2, 3)]
    assert costs == [(0.1, 0.1), (0.2, 0), (0, 0)]


def test_costs_of_all_scenes_are_added_without_rounding_errors() -> None:
    assert receipt_json()["money"] == NO_ORDERS | {"cost_usd": 0.3, "spent_usd": 0.1}
    tenths = {number: replace(clip, cost_usd=Decimal("0.1"), reused=False) for number, clip in CLIPS.items()}
    money = receipt(replace(FACTS, clips=tenths))["money"]
    assert [json.dumps(money[name]) for name in ("cost_usd", "spent_usd")] == ["0.3", "0.3"]


def test_clip_that_two_scenes_share_is_counted_once() -> None:
    shared = {**CLIPS, 3: replace(CLIPS[1], scene_id=3, reused=True)}
    money = receipt(replace(FACTS, clips=shared))["money"]
    assert money == NO_ORDERS | {"cost_usd": 0.3, "spent_usd": 0.1}


def test_money_of_a_job_with_orders_is_that_of_all_its_orders() -> None:
    money = JobMoney(Decimal("2"), Decimal("0.75"), Decimal("0.25"), Decimal("0.5"))
    assert receipt(replace(FACTS, money=money))["money"] == {
        "budget_usd": 2.0,
        "estimated_usd": 0.75,
        "cost_usd": 0.3,
        "spent_usd": 0.25,
        "held_usd": 0.5,
    }


def test_receipt_credits_each_video_of_stock_footage_once() -> None:
    page = "https://www.pexels.com/video/1/"
    credit = Credit("pexels", "Jane Doe", "https://www.pexels.com/@jane", page)
    clips = {**CLIPS, 1: replace(CLIPS[1], credit=credit), 3: replace(CLIPS[3], credit=credit)}
    assert receipt(replace(FACTS, clips=clips))["credits"] == [
        {
            "scenes": [1, 3],
            "provider": "pexels",
            "author": "Jane Doe",
            "author_url": "https://www.pexels.com/@jane",
            "page_url": page,
            "text": "Video by Jane Doe on Pexels",
            "licence": "Pexels License, https://www.pexels.com/license/",
        }
    ]
    assert receipt_json()["credits"] == []


def test_receipt_lists_the_orders_of_the_job_as_json() -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    order = OrderView(
        **{"id": 1, "scene": 2, "take": 1, "purpose": "clip", "attempt": 0, "run_id": "run_1", "engine": "runway"},
        **{"model": "gen4.5", "state": OrderState.SETTLED, "remote_id": "r1", "share": 1.0, "unit": "credits"},
        **{"estimate_usd": Decimal("0.3"), "held_usd": Decimal("0.25"), "units": Decimal(25), "reason": ""},
        **{"rejected": "", "waits": False, "created_at": at, "sent_at": at, "submitted_at": at},
        **{"resolved_at": None, "ended_at": at},
    )
    (listed,) = json.loads(json.dumps(receipt(replace(FACTS, orders=(order,)))))["orders"]
    assert (listed["scene"], listed["state"], listed["estimate_usd"], listed["cost_usd"]) == (2, "settled", 0.3, 0.25)
    assert (listed["created_at"], listed["resolved_at"]) == ("2026-01-02T00:00:00+00:00", None)
    assert receipt_json()["orders"] == []


def test_each_scene_has_its_fallbacks_and_its_number_of_frames() -> None:
    scenes = receipt_json()["scenes"]
    assert [scene["id"] for scene in scenes] == [1, 2, 3]
    assert [scene["frames"] for scene in scenes] == [FACTS.timeline.scene(number).frames for number in (1, 2, 3)]
    assert scenes[2]["steps_down"] == [{"engine": "runway", "reason": "busy"}]


def test_warnings_of_request_voice_clips_and_sound_are_listed_once() -> None:
    assert receipt_json()["warnings"] == ["a.jpg is small", "soft", "no voice speaks it", "too quiet"]


def test_receipt_has_measurements_timings_voices_and_version() -> None:
    plain = receipt_json()
    assert (plain["quality"], plain["timings_ms"]) == ({"frames": 90}, {"scene": 1200})
    assert len(plain["voice"]) == 3 and plain["versions"]["pytoon"]


def test_receipt_says_how_the_sound_of_each_clip_is_heard() -> None:
    sounds = (ClipSound(1, "beach.mp4", "duck"), ClipSound(2, "street.mp4", "dropped", "it is slowed"))
    assert receipt(replace(FACTS, clip_sounds=sounds))["clip_sound"] == [
        {"scene": 1, "file": "beach.mp4", "mode": "duck", "reason": ""},
        {"scene": 2, "file": "street.mp4", "mode": "dropped", "reason": "it is slowed"},
    ]


def test_effects_of_the_film_are_listed() -> None:
    item = AudioItem("effect", 3480, 4080, scene_id=2, gain_db=-13.0, effect="whoosh")
    tracks = replace(FACTS.timeline.tracks, audio=(item,))
    listed = receipt(replace(FACTS, timeline=replace(FACTS.timeline, tracks=tracks)))["effects"]
    assert listed == [{"effect": "whoosh", "start_ms": 3480, "scene": 2}]
    assert receipt(FACTS)["effects"] == []
