"""The database tables: the state that must survive the loss of all queues and task results."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, String, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


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


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON, datetime: UtcDateTime}  # noqa: RUF012 - an attribute of SQLAlchemy


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


class JobRow(Base):
    """A request for a film, with its warnings and its runs."""

    __tablename__ = "job"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    request: Mapped[dict[str, Any]]
    warnings: Mapped[list[Any]] = mapped_column(default=list)
    idempotency_key: Mapped[str | None] = mapped_column(String(255), unique=True)
    body_sha256: Mapped[str] = mapped_column(String(64), default="")
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
    """How one scene of a run was rendered."""

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
