"""Several connections side by side, and which one a project of files uses; 0 is that of Configuration."""

import sqlalchemy as sa
from alembic import op

from maestro_procore.store.tables import UtcTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TEXTS = ("platform", "way", "name", "url", "client_id", "redirect_uri", "tenant", "company_name", "account")


def upgrade() -> None:
    op.add_column("file_project", sa.Column("procore_connection", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "connection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in TEXTS),
        sa.Column("company_id", sa.Integer(), nullable=True),
        sa.Column("certificate", sa.JSON(), nullable=False),
        sa.Column("acts_as", sa.String(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("tested_at", UtcTime(), nullable=True),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
