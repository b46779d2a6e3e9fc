"""When a list shared with other kinds told of a kind, and which lists are not to be asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reading", sa.Column("told_at", sa.String(27), nullable=True))
    op.add_column("reading", sa.Column("unused", sa.JSON(), nullable=False, server_default="[]"))
