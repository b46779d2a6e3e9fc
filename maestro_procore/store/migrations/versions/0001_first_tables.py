"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op

from maestro_procore.store.tables import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_budget",
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("client"),
    )
    op.create_table(
        "decision",
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("maestro_key", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("choice", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("element", "maestro_key", "subject"),
    )
    op.create_table(
        "element_state",
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("last_success_at", UtcTime(), nullable=True),
        sa.Column("read_from", UtcTime(), nullable=True),
        sa.Column("sweep_due_at", UtcTime(), nullable=True),
        sa.Column("last_request_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("element"),
    )
    op.create_table(
        "exchange",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("api", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("request_body", sa.LargeBinary(), nullable=True),
        sa.Column("answer_body", sa.LargeBinary(), nullable=True),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("exchange") as batch_op:
        batch_op.create_index("ix_exchange_at", ["at", "is_counted"], unique=False)
        batch_op.create_index("ix_exchange_request", ["request_id"], unique=False)

    op.create_table(
        "line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("maestro_key", sa.String(), nullable=True),
        sa.Column("procore_id", sa.Integer(), nullable=True),
        sa.Column("sort_key", sa.String(), nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.Column("order_keys", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("maestro_values", sa.JSON(), nullable=True),
        sa.Column("procore_values", sa.JSON(), nullable=True),
        sa.Column("differing", sa.JSON(), nullable=False),
        sa.Column("has_differences", sa.Boolean(), nullable=False),
        sa.Column("agreed", sa.JSON(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("is_in_scope", sa.Boolean(), nullable=False),
        sa.Column("is_linked", sa.Boolean(), nullable=False),
        sa.Column("needs_sync", sa.Boolean(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("worst", sa.String(), nullable=False),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("last_synced_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("element", "maestro_key"),
    )
    with op.batch_alter_table("line") as batch_op:
        flags = ["is_in_scope", "is_linked", "needs_sync", "has_differences", "worst", "status", "maestro_key"]
        batch_op.create_index("ix_line_order", ["element", "sort_key", "order_keys"], unique=False)
        batch_op.create_index("ix_line_page", ["element", "sort_key", *flags], unique=False)
        batch_op.create_index("ix_line_procore", ["element", "procore_id"], unique=False)
        batch_op.create_index("ix_line_request", ["request_id"], unique=False)
        batch_op.create_index("ix_line_search", ["element", "sort_key", "search_text"], unique=False)

    op.create_table(
        "link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("maestro_key", sa.String(), nullable=False),
        sa.Column("procore_id", sa.Integer(), nullable=False),
        sa.Column("origin_id", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("agreed", sa.JSON(), nullable=False),
        sa.Column("first_linked_at", UtcTime(), nullable=False),
        sa.Column("last_synced_at", UtcTime(), nullable=True),
        sa.Column("linked_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("element", "maestro_key"),
        sa.UniqueConstraint("element", "procore_id"),
    )
    op.create_table(
        "procore_record",
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("procore_id", sa.Integer(), nullable=False),
        sa.Column("origin_id", sa.String(), nullable=True),
        sa.Column("origin_code", sa.String(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("updated_at", UtcTime(), nullable=True),
        sa.Column("seen_by", sa.String(), nullable=True),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("element", "procore_id"),
    )
    with op.batch_alter_table("procore_record") as batch_op:
        batch_op.create_index("ix_procore_record_origin", ["element", "origin_id"], unique=False)

    op.create_table(
        "setting",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=True),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "sync_action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=True),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=True),
        sa.Column("maestro_key", sa.String(), nullable=True),
        sa.Column("procore_id", sa.Integer(), nullable=True),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("differences", sa.JSON(), nullable=False),
        sa.Column("maestro_write", sa.JSON(), nullable=True),
        sa.Column("procore_write", sa.JSON(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("accepted_by", sa.String(), nullable=False),
        sa.Column("exchange_id", sa.Integer(), nullable=True),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("sync_action") as batch_op:
        batch_op.create_index("ix_sync_action_batch", ["request_id", "batch", "state"], unique=False)
        batch_op.create_index("ix_sync_action_maestro", ["element", "maestro_key"], unique=False)
        page = ["request_id", "seq", "state", "kind", "attempts"]
        batch_op.create_index("ix_sync_action_page", page, unique=False)
        batch_op.create_index("ix_sync_action_procore", ["element", "procore_id"], unique=False)

    op.create_table(
        "sync_request",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("keys", sa.JSON(), nullable=True),
        sa.Column("project", sa.String(), nullable=True),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("is_preview", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("requested_at", UtcTime(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("resumes_at", UtcTime(), nullable=True),
        sa.Column("wait_reason", sa.String(), nullable=True),
        sa.Column("cancel_requested_by", sa.String(), nullable=True),
        sa.Column("is_planned", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("linked", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("warnings", sa.Integer(), nullable=False),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("progress_done", sa.Integer(), nullable=False),
        sa.Column("progress_total", sa.Integer(), nullable=False),
        sa.Column("progress_step", sa.String(), nullable=False),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    with op.batch_alter_table("sync_request") as batch_op:
        batch_op.create_index("ix_sync_request_requested_at", ["requested_at"], unique=False)
        batch_op.create_index("ix_sync_request_state", ["state"], unique=False)

    op.create_table(
        "worker_heartbeat",
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("beat_at", UtcTime(), nullable=False),
        sa.Column("doing", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("worker"),
    )
