"""What reconciliations found is kept."""

import sqlalchemy as sa
from alembic import op

from maestro_procore.store.tables import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reconciliation",
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("cut_off", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=True),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("is_period_closed", sa.Boolean(), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=True),
        sa.Column("made_at", UtcTime(), nullable=True),
        sa.Column("prepared_by", sa.String(), nullable=False),
        sa.Column("reviewed_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("request_id"),
    )
    op.create_table(
        "reconciled_project",
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("aside", sa.JSON(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "project"),
    )
    names = ("element", "figure", "code", "currency", "maestro", "expected", "procore", "unexplained", "cause")
    op.create_table(
        "reconciled_line",
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in names),
        sa.Column("bridges", sa.JSON(), nullable=False),
        sa.Column("is_apart", sa.Boolean(), nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "project", "seq"),
    )
    op.create_index("ix_reconciled_line_page", "reconciled_line", ["request_id", "project", "seq"])
