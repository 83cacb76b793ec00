"""Revisions, resumed runs and review: the parent of each revision, and artifacts per run"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("revision") as table:
        table.add_column(sa.Column("kind", sa.String(length=16), nullable=False, server_default="plan"))
        table.add_column(sa.Column("parent", sa.Integer(), nullable=True))
        table.add_column(sa.Column("changes", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("pruned_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("run") as table:
        table.add_column(sa.Column("kind", sa.String(length=16), nullable=False, server_default="first"))
        table.add_column(sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
    _unique_by("job_id", "run_id")


def downgrade() -> None:
    _unique_by("run_id", "job_id")
    with op.batch_alter_table("run") as table:
        table.drop_column("approved_at")
        table.drop_column("kind")
    with op.batch_alter_table("revision") as table:
        for name in ("pruned_at", "changes", "parent", "kind"):
            table.drop_column(name)


def _unique_by(before: str, after: str) -> None:
    # SQLite reflects the constraint without a name; this convention names it, so that it can be dropped.
    rule = {"uq": "artefact_%(column_0_name)s_name_key"}
    with op.batch_alter_table("artefact", naming_convention=rule) as table:
        table.drop_constraint(f"artefact_{before}_name_key", type_="unique")
        table.create_unique_constraint(f"artefact_{after}_name_key", [after, "name"])
