"""Answers of Procore that technicians explained."""

import sqlalchemy as sa
from alembic import op

from maestro_procore.store.tables import UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXTS = ("shape", "means_en", "means_fr", "to_do_en", "to_do_fr", "written_by")


def upgrade() -> None:
    op.create_table(
        "explained_answer",
        sa.Column("fingerprint", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in TEXTS),
        sa.Column("written_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint"),
    )
