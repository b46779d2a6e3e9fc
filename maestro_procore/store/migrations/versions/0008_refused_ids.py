"""Which kinds of records Procore changes one by one only."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reading", sa.Column("refuses_ids", sa.Boolean(), nullable=False, server_default=sa.false()))
