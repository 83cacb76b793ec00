"""The other takes of a scene, of which a person may choose one; scenes that are stored already have none"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("scene", sa.Column("takes", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("scene", "takes")
