"""Descriptions of pictures, from their metadata; pictures that are stored already have none"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("asset", sa.Column("description", sa.String(length=500), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("asset", "description")
