"""The database tables: the state that must survive the loss of all queues and task results."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    ForeignKey,
    Index,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from schemas.money import ZERO

MILLION = 1_000_000


def now() -> datetime:
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware UTC time in every database; SQLite does not store the time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class UsdAmount(TypeDecorator[Decimal]):
    """An amount in US dollars, stored as a whole number of millionths: both databases add and compare it exactly."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else int((value * MILLION).to_integral_value(ROUND_CEILING))

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else (Decimal(value) / MILLION).normalize() + ZERO


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012 - an attribute of SQLAlchemy
        dict[str, Any]: JSON,
        list[Any]: JSON,
        datetime: UtcDateTime,
        Decimal: UsdAmount,
    }


class AssetRow(Base):
    """A file that a user uploaded."""

    __tablename__ = "asset"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    content_type: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(255), default="")
    width: Mapped[int | None]
    height: Mapped[int | None]
    length_ms: Mapped[int | None]
    alpha: Mapped[bool] = mapped_column(default=False)
    sound: Mapped[bool] = mapped_column(default=False)
    description: Mapped[str] = mapped_column(String(500), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class ApiKeyRow(Base):
    """An API key. Its token is not stored, only the SHA-256 of it; the row stays when the key is revoked.

    ``daily_usd`` is what the films of its owner may spend at providers in a day (UTC); ``None`` is no limit.
    ``last_used_at`` is exact to the minute.
    """

    __tablename__ = "api_key"
    __table_args__ = (
        Index(
            "ix_api_key_active_name",
            "name",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    daily_usd: Mapped[Decimal | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class JobRow(Base):
    """A request for a film, with its warnings and its runs.

    ``owner`` is the id of the API key that submitted it; ``None`` if the server had none.
    """

    __tablename__ = "job"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    request: Mapped[dict[str, Any]]
    warnings: Mapped[list[Any]] = mapped_column(default=list)
    idempotency_key: Mapped[str | None] = mapped_column(String(255), unique=True)
    body_sha256: Mapped[str] = mapped_column(String(64), default="")
    owner: Mapped[str | None] = mapped_column(String(64))
    runs: Mapped[list[RunRow]] = relationship(back_populates="job", order_by="RunRow.created_at")


class RevisionRow(Base):
    """One scene graph of a job: planned, edited (``changes`` to ``parent``) or restored from an earlier revision.

    ``pruned_at`` is set when its files are deleted; the scene graph stays, so the film can be rendered again.
    """

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("job_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    number: Mapped[int]
    scene_graph: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    kind: Mapped[str] = mapped_column(String(16), default="plan", server_default="plan")
    parent: Mapped[int | None]
    changes: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    pruned_at: Mapped[datetime | None]


class RunRow(Base):
    """One canvas, sent or still to be sent, for a revision; its id is the id of the canvas's result.

    ``kind`` is the reason for the run: "first", "resume", "revision" or "rollback".
    """

    __tablename__ = "run"
    __table_args__ = (Index("ix_run_open", "ended_at", "created_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), index=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16), default="first", server_default="first")
    state: Mapped[str] = mapped_column(String(24), default="QUEUED")
    created_at: Mapped[datetime] = mapped_column(default=now)
    approved_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    error: Mapped[dict[str, Any] | None]
    job: Mapped[JobRow] = relationship(back_populates="runs")
    revision: Mapped[RevisionRow] = relationship()


class SceneRow(Base):
    """How one scene of a run was rendered; ``takes`` are its other takes, each a clip, of which one may be chosen."""

    __tablename__ = "scene"
    __table_args__ = (UniqueConstraint("run_id", "scene_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), index=True)
    scene_id: Mapped[int]
    position: Mapped[int]
    description: Mapped[str] = mapped_column(Text, default="")
    media_kind: Mapped[str] = mapped_column(String(16), default="")
    engine: Mapped[str | None] = mapped_column(String(64))
    clip: Mapped[dict[str, Any] | None]
    takes: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")


class ArtifactRow(Base):
    """A file that a run has published."""

    __tablename__ = "artefact"
    __table_args__ = (UniqueConstraint("run_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), index=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(255))
    key: Mapped[str] = mapped_column(String(255))
    content_type: Mapped[str] = mapped_column(String(80))
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))


class EventRow(Base):
    """An entry of a job's event log; rows are added and never changed."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), index=True)
    run_id: Mapped[str | None] = mapped_column(String(36))
    at: Mapped[datetime] = mapped_column(default=now)
    kind: Mapped[str] = mapped_column(String(48))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class StoredFileRow(Base):
    """A file of the storage.

    ``content`` is the same for copies, whose bytes count once. ``FileReferenceRow`` refers to a file by ``identity``.
    ``deleting_at`` is set while eviction is about to delete the file. ``unreadable`` marks a document that had no row
    and whose references could not be read.
    """

    __tablename__ = "stored_file"

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[str] = mapped_column(String(80))
    identity: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(default=now)
    used_at: Mapped[datetime] = mapped_column(default=now)
    deleting_at: Mapped[datetime | None]
    unreadable: Mapped[bool] = mapped_column(default=False)


class FileReferenceRow(Base):
    """The document ``owner`` (a key) needs the files with this identity."""

    __tablename__ = "file_reference"

    owner: Mapped[str] = mapped_column(String(255), primary_key=True)
    identity: Mapped[str] = mapped_column(String(255), primary_key=True, index=True)


class DeploymentRow(Base):
    """The id of the deployment to which this database belongs; its storage has the same id. There is one row."""

    __tablename__ = "deployment"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    id: Mapped[str] = mapped_column(String(36))


class LeaseRow(Base):
    """A lease on the work ``name``, held by at most one process of all machines at a time."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]


class OrderRow(Base):
    """Something that was bought at a provider, from the reservation of its money on.

    The row outlives its job, because it belongs to the accounts. ``scene_id`` is 0 for what is for the whole film.
    ``identity`` is the hash of what is ordered; ``attempt`` counts the orders of the same thing, of which at most one
    is open. ``held_usd`` is what counts against the budgets: the estimate until it is known what was charged.
    ``sent_at`` is set before the request that places the order. ``due_at`` is the time of the next action, ``None`` if
    there is none. ``file_key`` is the storage key of the downloaded result, ``rejected`` why it was not used.
    ``resolved_at`` is when a person stated what became of an order whose outcome was unknown.
    """

    __tablename__ = "provider_order"
    __table_args__ = (
        UniqueConstraint("job_id", "scene_id", "take", "purpose", "identity", "attempt"),
        Index("ix_provider_order_due", "due_at"),
        Index("ix_provider_order_day", "day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(String(64), index=True)
    run_id: Mapped[str] = mapped_column(String(36))
    scene_id: Mapped[int]
    take: Mapped[int]
    purpose: Mapped[str] = mapped_column(String(16))
    identity: Mapped[str] = mapped_column(String(64))
    attempt: Mapped[int]
    owner: Mapped[str | None] = mapped_column(String(64))
    engine: Mapped[str] = mapped_column(String(64))
    model: Mapped[str] = mapped_column(String(128))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    request: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text, default="")
    can_retry: Mapped[bool] = mapped_column(default=False)
    rejected: Mapped[str] = mapped_column(Text, default="")
    remote_id: Mapped[str | None] = mapped_column(String(255))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    share: Mapped[float | None]
    failures: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    sent_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    cancel_requested_at: Mapped[datetime | None]
    file_key: Mapped[str | None] = mapped_column(String(255))
    day: Mapped[str] = mapped_column(String(10))
    estimate_usd: Mapped[Decimal]
    held_usd: Mapped[Decimal]
    unit: Mapped[str] = mapped_column(String(16), default="USD")
    units: Mapped[Decimal | None]
    resolved_at: Mapped[datetime | None]


class SpendRow(Base):
    """The sum of ``held_usd`` of all orders of a scope on a day: of a job (without a day), an owner, or all.

    It is changed in the transaction that changes the orders, and compared with the limit by the same statement.
    """

    __tablename__ = "spend"

    scope: Mapped[str] = mapped_column(String(80), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    held_usd: Mapped[Decimal]


class WaitingTaskRow(Base):
    """A task that waits for orders of its scene; ``message`` is what is sent to run it again.

    ``token`` is new each time that the task begins to wait, so that an older row is not deleted for a newer one.
    """

    __tablename__ = "waiting_task"

    task_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    run_id: Mapped[str] = mapped_column(String(36), index=True)
    job_id: Mapped[str] = mapped_column(String(64))
    scene_id: Mapped[int]
    token: Mapped[str] = mapped_column(String(32))
    message: Mapped[dict[str, Any]]
    since: Mapped[datetime] = mapped_column(default=now)


class EngineOfferRow(Base):
    """What a worker says about an engine: its capabilities, or the reason why it cannot use it."""

    __tablename__ = "engine_offer"

    worker: Mapped[str] = mapped_column(String(120), primary_key=True)
    engine: Mapped[str] = mapped_column(String(64), primary_key=True)
    capabilities: Mapped[dict[str, Any] | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    seen_at: Mapped[datetime] = mapped_column(default=now)
