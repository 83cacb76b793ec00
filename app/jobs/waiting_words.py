"""What the scenes of a job wait for, in words."""

from __future__ import annotations

from collections.abc import Sequence

from app.jobs.order_queries import OrderView
from schemas.order import OrderState


def waits_for(job_id: str, orders: Sequence[OrderView]) -> dict[int, str]:
    """Return what each scene waits for, by the scene: a decision, or a provider."""
    words: dict[int, str] = {}
    for order in orders:
        if order.scene is not None and (order.waits or order.needs_decision):
            words[order.scene] = _decision(job_id, order) if order.needs_decision else _progress(order)
    return words


def _decision(job_id: str, order: OrderView) -> str:
    command = f"pytoon resolve {job_id} {order.scene}"
    choices = f"`{command} --accepted ID`, `--not-accepted` or `--give-up`"
    return f"a decision: it is unknown whether {order.engine} accepted its order; {choices}"


def _progress(order: OrderView) -> str:
    if order.state is OrderState.SUBMITTED and order.share:
        return f"{order.engine}, {order.share:.0%}".replace("%", " %")
    stages = {OrderState.RESERVED: "the order is being placed", OrderState.SETTLED: "the clip is downloaded"}
    return f"{order.engine}, {stages[order.state]}" if order.state in stages else order.engine
