"""Records that belong to a project: how far each project was read and planned."""

import sqlalchemy as sa
from alembic import op

from maestro_procore.store.tables import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reading",
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("read_from", UtcTime(), nullable=True),
        sa.Column("sweep_due_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("element", "scope"),
    )
    op.execute(
        "insert into reading (element, scope, read_from, sweep_due_at) "
        "select element, '', read_from, sweep_due_at from element_state"
    )
    op.drop_column("element_state", "read_from")
    op.drop_column("element_state", "sweep_due_at")
    op.create_table(
        "request_part",
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("is_planned", sa.Boolean(), nullable=False),
        sa.Column("planned_at", UtcTime(), nullable=True),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("request_id", "element", "scope"),
    )
    # A plan that stands goes on where it was.
    op.execute(
        "insert into request_part (request_id, element, scope, run, round, is_planned, planned_at, unchanged) "
        "select id, element, '', run, 1, is_planned, started_at, unchanged from sync_request"
    )
    for table in ("link", "procore_record", "line", "sync_action"):
        op.add_column(table, sa.Column("scope", sa.String(), nullable=False, server_default=""))
    op.add_column("procore_record", sa.Column("read_at", UtcTime(), nullable=True))
    op.add_column("sync_action", sa.Column("is_sent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_link_scope", "link", ["element", "scope"])
    op.create_index("ix_procore_record_scope", "procore_record", ["element", "scope"])
    op.create_index("ix_line_scope", "line", ["element", "scope"])
    op.drop_index("ix_sync_action_batch", "sync_action")
    op.create_index("ix_sync_action_part", "sync_action", ["request_id", "element", "scope", "batch", "state"])
