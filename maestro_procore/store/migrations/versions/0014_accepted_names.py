"""Whether the next run takes the new names of the top folders for good."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("file_project", sa.Column("accepts_names", sa.Boolean(), nullable=False, server_default=sa.false()))
