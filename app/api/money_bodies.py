"""Marshmallow schemas of spending, orders and their resolution."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, validate, validates_schema

from app.api.query_fields import ID_PATTERN, TextDate
from app.jobs.resolve import Outcome
from app.providers.orders import PURPOSES
from schemas import fields
from schemas.fields import FullMatch, doc
from schemas.money import Usd
from schemas.order import OrderState

SPENT = doc("What providers have charged, in US dollars.")
HELD = doc("Reserved for orders whose outcome is not known yet, in US dollars.")
ORDER_COUNT = doc("Number of orders.")
MAX_REMOTE_ID = 255


class OrderBody(Schema):
    """An order at a provider, without its prompt and its pictures."""

    id = fields.Int(required=True, metadata=doc("Number of the order."))
    scene = fields.Int(allow_none=True, required=True, metadata=doc("The scene; null is the whole film."))
    take = fields.Int(required=True, metadata=doc("Take of the scene."))
    purpose = fields.Str(
        required=True, validate=validate.OneOf(PURPOSES), metadata=doc("What is ordered, such as a `clip`.")
    )
    attempt = fields.Int(required=True, metadata=doc("Number of earlier orders of the same."))
    run_id = fields.Str(required=True, metadata=doc("The run that placed it."))
    engine = fields.Str(required=True, metadata=doc("The engine."))
    model = fields.Str(required=True, metadata=doc("The provider's model."))
    state = fields.Str(
        required=True,
        validate=validate.OneOf([state.value for state in OrderState]),
        metadata=doc("State of the order; it is unknown whether an `ambiguous` one was accepted."),
    )
    remote_id = fields.Str(allow_none=True, required=True, metadata=doc("The provider's id; null until it is known."))
    estimate_usd = Usd(required=True, metadata=doc("The most that it was expected to cost, in US dollars."))
    cost_usd = Usd(allow_none=True, required=True, metadata=doc("What was charged; null until it is known."))
    unit = fields.Str(required=True, metadata=doc("Unit in which the provider counts.", examples=["credits"]))
    units = Usd(allow_none=True, required=True, metadata=doc("The cost in that unit; null if it is US dollars."))
    reason = fields.Str(required=True, metadata=doc("Why it ended without a result, or is unknown; else empty."))
    rejected = fields.Str(required=True, metadata=doc("Why its result is not used; else empty."))
    created_at = fields.AwareDateTime(required=True, metadata=doc("Time at which its money was reserved."))
    sent_at = fields.AwareDateTime(allow_none=True, required=True, metadata=doc("Time at which it was sent."))
    submitted_at = fields.AwareDateTime(
        allow_none=True, required=True, metadata=doc("Time at which the provider accepted it, if it did.")
    )
    resolved_at = fields.AwareDateTime(
        allow_none=True, required=True, metadata=doc("Time at which its outcome was stated by a person, if it was.")
    )
    ended_at = fields.AwareDateTime(allow_none=True, required=True, metadata=doc("Time at which it ended, if it has."))


class OrdersBody(Schema):
    """The orders of a job."""

    orders = fields.List(fields.Nested(OrderBody), required=True, metadata=doc("The orders, oldest first."))


class ResolutionBody(Schema):
    """What became of an order whose outcome is unknown."""

    outcome = fields.Str(
        required=True,
        validate=validate.OneOf([outcome.value for outcome in Outcome]),
        metadata=doc(
            "`accepted`: the provider has accepted it under `remote_id`. `not_accepted`: it has not, so nothing is "
            "charged. `give_up`: its money stays reserved, and the next engine renders the scene."
        ),
    )
    remote_id = fields.Str(
        load_default="",
        validate=validate.Length(max=MAX_REMOTE_ID),
        metadata=doc("The provider's id of an accepted order, from its console; only with `accepted`."),
    )

    @validates_schema
    def _check_id(self, data: dict[str, Any], **_: Any) -> None:
        is_accepted = data["outcome"] == Outcome.ACCEPTED
        if is_accepted and not data["remote_id"].strip():
            raise ValidationError("Needed with the outcome accepted.", "remote_id")
        if not is_accepted and data["remote_id"]:
            raise ValidationError("Only with the outcome accepted.", "remote_id")


class SpendQuery(Schema):
    since = TextDate(
        metadata=doc("First day (UTC); without it and without a job, 30 days ago.", examples=["2026-01-01"])
    )
    until = TextDate(metadata=doc("Last day (UTC), included.", examples=["2026-01-31"]))
    job_id = fields.Str(
        validate=FullMatch(ID_PATTERN, error="Must be the id of a job."), metadata=doc("Only the orders of this job.")
    )


class SpendEntryBody(Schema):
    """What was bought on a day, at an engine, for a job."""

    day = fields.Str(required=True, metadata=doc("The day (UTC) on which the money was reserved."))
    engine = fields.Str(required=True, metadata=doc("The engine."))
    job_id = fields.Str(required=True, metadata=doc("Id of the job."))
    orders = fields.Int(required=True, metadata=ORDER_COUNT)
    spent_usd = Usd(required=True, metadata=SPENT)
    held_usd = Usd(required=True, metadata=HELD)


class SpendTotalBody(Schema):
    """The sum of all entries."""

    orders = fields.Int(required=True, metadata=ORDER_COUNT)
    spent_usd = Usd(required=True, metadata=SPENT)
    held_usd = Usd(required=True, metadata=HELD)


class LimitBody(Schema):
    """A limit, and what is left of it."""

    kind = fields.Str(
        required=True,
        validate=validate.OneOf(["server", "key", "job"]),
        metadata=doc("`server` and `key`: for today (UTC); `job`: for the whole job."),
    )
    name = fields.Str(required=True, metadata=doc("Name of the key, or id of the job; empty for the server."))
    limit_usd = Usd(allow_none=True, required=True, metadata=doc("The limit in US dollars; null if there is none."))
    used_usd = Usd(required=True, metadata=doc("Spent and reserved, in US dollars."))
    left_usd = Usd(allow_none=True, required=True, metadata=doc("What is left in US dollars; null without a limit."))


class SpendBody(Schema):
    """What was spent at providers."""

    since = fields.Date(allow_none=True, required=True, metadata=doc("First day of the report; null is no bound."))
    until = fields.Date(allow_none=True, required=True, metadata=doc("Last day of the report; null is no bound."))
    entries = fields.List(
        fields.Nested(SpendEntryBody), required=True, metadata=doc("By day, engine and job; the newest day first.")
    )
    total = fields.Nested(SpendTotalBody, required=True, metadata=doc("The sum of all entries."))
    limits = fields.List(
        fields.Nested(LimitBody), required=True, metadata=doc("The limits of today, and the budget of the job.")
    )
