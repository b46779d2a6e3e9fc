"""Ids of Procore and sizes need more than 32 bits; the trash outlives its project; who upgraded a journal is noted."""

from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa
from alembic import op

from maestro_procore.store.tables import UtcTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

WIDE: Final[Mapping[str, tuple[str, ...]]] = {
    "acceptance": ("procore_id",),
    "connection": ("company_id",),
    "file_agreed": ("size_bytes",),
    "file_apart": ("size_bytes",),
    "file_project": ("procore_company", "procore_project"),
    "file_seen": ("size_bytes",),
    "file_step": ("size_bytes", "bytes_moved"),
    "file_trash": ("size_bytes",),
    "line": ("procore_id",),
    "link": ("procore_id",),
    "link_event": ("procore_id",),
    "link_mark": ("procore_id",),
    "procore_record": ("procore_id",),
    "sync_action": ("procore_id",),
}


def upgrade() -> None:
    if op.get_context().dialect.name != "sqlite":  # whose whole numbers have 64 bits under every name
        for table, columns in WIDE.items():
            for column in columns:
                op.alter_column(table, column, type_=sa.BigInteger())
    wide = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("file_trash", sa.Column("keep_until", UtcTime(), nullable=True))
    op.add_column("file_trash", sa.Column("project_name", sa.String(), nullable=False, server_default=""))
    op.add_column("file_trash", sa.Column("procore_company", wide, nullable=True))
    op.add_column("file_trash", sa.Column("procore_project", wide, nullable=True))
    op.create_table(
        "journal_upgrade",
        sa.Column("revision", sa.String(), nullable=False),
        sa.Column("program", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("revision"),
    )
