"""The message that a first synchronization is complete: to whom, and what became of it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("file_notice", sa.Column("mail", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("file_notice", sa.Column("mail_state", sa.String(), nullable=False, server_default=""))
    op.add_column("file_notice", sa.Column("mail_attempts", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("file_notice", sa.Column("mail_problem", sa.JSON(), nullable=True))
