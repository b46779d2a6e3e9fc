"""What waits for a person: documents for an accounting approver, runs for the change guard's confirmation."""

import sqlalchemy as sa
from alembic import op

from maestro_procore.store.tables import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "acceptance",
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("procore_id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("maestro_key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("amount", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("element", "procore_id"),
    )
    op.create_index("ix_acceptance_scope", "acceptance", ["element", "scope", "verdict"])
    op.add_column("request_part", sa.Column("weight", sa.JSON(), nullable=True))
    op.add_column("request_part", sa.Column("is_held", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("sync_request", sa.Column("accepts_as", sa.String(), nullable=False, server_default=""))
    op.add_column("sync_request", sa.Column("confirmed", sa.JSON(), nullable=True))
