"""Lists that are read before everything else, and how many calls a request will take as far as is known."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("request_part", sa.Column("listed", sa.JSON(), nullable=True))
    op.add_column("sync_request", sa.Column("foretold", sa.JSON(), nullable=True))
