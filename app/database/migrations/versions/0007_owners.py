"""API keys, the owners of jobs, and when a person has stated what became of an order"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("daily_usd", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )
    active = sa.text("revoked_at IS NULL")
    op.create_index(
        "ix_api_key_active_name", "api_key", ["name"], unique=True, sqlite_where=active, postgresql_where=active
    )
    op.add_column("job", sa.Column("owner", sa.String(length=64), nullable=True))
    op.add_column("provider_order", sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("provider_order", "resolved_at")
    op.drop_column("job", "owner")
    op.drop_table("api_key")
