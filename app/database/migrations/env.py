"""Alembic's environment: uses the connection of ``app.database.session.migrate``, or opens one."""

from typing import Literal

from alembic import context

from app.database.models import Base, UtcDateTime
from app.database.session import engine


def _render_time_type(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Render the time type of the models as SQLAlchemy's own, because migrations must not import later models."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def run() -> None:
    connection = context.config.attributes.get("connection") or engine().connect()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=_render_time_type,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
