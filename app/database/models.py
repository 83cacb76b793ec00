"""The tables: what must still be known when every queue and every result is gone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, String, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def now() -> datetime:
    return datetime.now(UTC)


class Moment(TypeDecorator[datetime]):
    """An aware UTC time in every database; SQLite would forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON, list[Any]: JSON, datetime: Moment}  # noqa: RUF012 - SQLAlchemy's own name


class AssetRow(Base):
    """A file a user gave."""

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
    created_at: Mapped[datetime] = mapped_column(default=now)


class JobRow(Base):
    """What was asked for, and how it stands as far as the database knows."""

    __tablename__ = "job"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    request: Mapped[dict[str, Any]]
    warnings: Mapped[list[Any]] = mapped_column(default=list)
    idempotency_key: Mapped[str | None] = mapped_column(String(255), unique=True)
    body_sha256: Mapped[str] = mapped_column(String(64), default="")
    runs: Mapped[list[RunRow]] = relationship(back_populates="job", order_by="RunRow.created_at")


class RevisionRow(Base):
    """One scene graph of a job: planned, edited (``changes`` of ``parent``) or taken back from an earlier one.

    ``pruned_at``: its files had to make room; the graph is still known, and the film can be made again.
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
    """One canvas that was or will be sent for a revision; its id is the id of the canvas's result.

    ``kind`` says why there is one: "first", "resume", "revision" or "rollback".
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
    """How one scene of a run was made."""

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
    """A file a run left."""

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
    """Something that happened to a job; rows are only ever added."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), index=True)
    run_id: Mapped[str | None] = mapped_column(String(36))
    at: Mapped[datetime] = mapped_column(default=now)
    kind: Mapped[str] = mapped_column(String(48))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class StoredFileRow(Base):
    """A file of the storage.

    ``content`` is the same for copies, whose bytes count once. ``identity`` is what ``FileReferenceRow`` names it by.
    ``deleting_at``: eviction is about to delete it. ``unreadable``: a document found without a row whose references
    could not be read.
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


class LeaseRow(Base):
    """The right to do what ``name`` says, for one process of all machines at a time."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]
