"""Marshmallow schemas of engines: what they can do, what they cost, and whether orders are sent to them now."""

from __future__ import annotations

from marshmallow import Schema, validate

from schemas import fields
from schemas.engine import EngineModelSchema
from schemas.fields import doc
from schemas.money import Usd

BREAKER_STATES = ("closed", "open", "half-open")


class BreakerBody(Schema):
    """The circuit breaker of an engine: after several failures in a row no order is sent to it for some time."""

    state = fields.Str(
        required=True,
        validate=validate.OneOf(BREAKER_STATES),
        metadata=doc("`closed`: orders are sent. `open`: none is. `half-open`: the next one is a trial."),
    )
    reason = fields.Str(required=True, metadata=doc("The last failure; empty if there was none."))
    trial_in_s = fields.Float(
        required=True, validate=validate.Range(0), metadata=doc("Seconds until the next trial; 0 if it is not open.")
    )
    pause_s = fields.Float(
        required=True,
        validate=validate.Range(0),
        metadata=doc("Seconds for which the provider has asked to wait; 0 if it has not."),
    )


class EngineOrdersBody(Schema):
    """The orders of an engine, of all jobs."""

    in_flight = fields.Int(
        required=True, metadata=doc("Number of orders that are being sent or that the provider works on.")
    )
    ambiguous = fields.Int(
        required=True, metadata=doc("Number of orders of which it is unknown whether they were accepted.")
    )
    spent_today_usd = Usd(required=True, metadata=doc("What was charged for the orders of today (UTC)."))
    held_today_usd = Usd(
        required=True, metadata=doc("Reserved for orders of today (UTC) whose cost is not known yet, in US dollars.")
    )


class EngineBody(Schema):
    """An engine, which makes the clips of scenes."""

    name = fields.Str(required=True, metadata=doc("Name of the engine, as requests give it.", examples=["runway"]))
    configured = fields.Bool(required=True, metadata=doc("Whether a worker that renders scenes has it."))
    reason = fields.Str(allow_none=True, required=True, metadata=doc("Why no worker has it; null if one has."))
    media = fields.List(
        fields.Str(), required=True, metadata=doc("Kinds of media that it renders; empty if no worker has it.")
    )
    generates = fields.Bool(
        allow_none=True, required=True, metadata=doc("Whether it invents pixels; null if no worker has it.")
    )
    needs_network = fields.Bool(
        allow_none=True, required=True, metadata=doc("Whether it needs the network; null if no worker has it.")
    )
    costs_money = fields.Bool(
        allow_none=True, required=True, metadata=doc("Whether it costs money; null if no worker has it.")
    )
    only_named = fields.Bool(
        allow_none=True,
        required=True,
        metadata=doc("Whether only a scene or a request that names it uses it; null if no worker has it."),
    )
    max_seconds = fields.Float(
        allow_none=True, required=True, metadata=doc("Longest clip in seconds; null is any length, or not known.")
    )
    models = fields.List(
        fields.Nested(EngineModelSchema),
        required=True,
        metadata=doc("Its models with lengths, aspects, resolutions and prices, the preferred ones first."),
    )
    breaker = fields.Nested(BreakerBody, required=True, metadata=doc("Whether orders are sent to it now."))
    orders = fields.Nested(EngineOrdersBody, required=True, metadata=doc("Its orders, of all jobs."))


class EnginesBody(Schema):
    """All engines."""

    engines = fields.List(fields.Nested(EngineBody), required=True, metadata=doc("The engines by name."))
