"""Alembic's entry: works on the connection that ``app.database.session.migrate`` hands over, or on this house's own."""

from typing import Literal

from alembic import context

from app.database.models import Base, Moment
from app.database.session import engine


def _plain_time(kind: str, item: object, _context: object) -> str | Literal[False]:
    """A migration must not import the models of a later day: our time type is written as SQLAlchemy's own."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


def run() -> None:
    connection = context.config.attributes.get("connection") or engine().connect()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=_plain_time,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
