"""The m_ tables that stand for a maestro* company (maestro-interface reference, section 5.1).

IT replaces them by views on the real database; column names and lengths are the contract. Every table has
company_id and the housekeeping columns rowver (+1 at each change), changed_at (UTC) and is_deleted.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Unicode,
    UniqueConstraint,
    func,
)

from maestro_procore.erp.maestro_columns import (
    amount,
    big,
    code_key,
    counted_key,
    day,
    exact,
    flag,
    housekeeping,
    long_text,
    moment,
    number_key,
    one_of,
    percent,
    quantity,
    whole,
    words,
)

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *parts: Any, keyed_by_company: bool = True) -> Table:
    """An m_ table. keyed_by_company: company_id is the first part of the primary key."""
    company = Column("company_id", Integer, primary_key=keyed_by_company, autoincrement=False, nullable=False)
    table = Table(name, METADATA, company, *parts, *housekeeping())
    Index(None, table.c.company_id, table.c.changed_at)
    for column in table.columns:
        if isinstance(column.type, Unicode) and column.type.length is not None:
            # SQLite takes any length by itself; without this a name typed by hand would not fit elsewhere.
            check = CheckConstraint(func.length(column) <= column.type.length, name=f"ck_{name}_{column.name}_length")
            table.append_constraint(check.ddl_if(dialect="sqlite"))
    return table


def _company_code(column: str, target: str) -> ForeignKeyConstraint:
    """A reference to the code of another table of the same company."""
    return ForeignKeyConstraint(["company_id", column], [f"{target.partition('.')[0]}.company_id", target])


def _reference(column: str, target: str) -> Column[Any]:
    """A reference to a counted key."""
    return Column(column, ForeignKey(target))


def _person_or_firm() -> tuple[Column[Any], ...]:
    """Address and ways of reaching somebody, as suppliers and customers have them."""
    return (
        words("division", 40), words("address", 40), words("city", 60), words("province", 3), words("country", 2),
        words("postal_code", 10), words("zip_code", 10), words("phone", 20), words("phone2", 20), words("mobile", 20),
        words("fax", 20), words("email", 100), words("website", 100), words("contact", 60), words("language", 2),
    )  # fmt: skip


M_COMPANY = _table(
    "m_company",
    words("name", 80, required=True), words("address", 40), words("city", 60), words("province", 3),
    words("country", 2), words("postal_code", 10), words("phone", 20), words("neq", 10), words("rbq", 20),
    words("gst_no", 20), words("qst_no", 20), words("tag", 40, required=True), words("currency", 3, required=True),
    words("prefix", 10), flag("multidimensional"), words("data_directory", 260),
    one_of("environment", 10, "production", "test"), one_of("security_mode", 6, "global", "local"),
    words("language", 2, required=True), UniqueConstraint("tag"),
)  # fmt: skip

M_USER = _table(
    "m_user",
    counted_key("user_id"), words("code", 40, required=True), words("name", 80), words("group_code", 20),
    flag("is_admin"), flag("can_configure"), flag("can_synchronize"), flag("can_manage"), flag("can_add_master"),
    words("language", 2), ForeignKeyConstraint(["company_id"], ["m_company.company_id"]),
    UniqueConstraint("company_id", "code"), keyed_by_company=False,
)  # fmt: skip

M_PROJECT_TYPE = _table("m_project_type", code_key("code"), words("description", 60))
M_PROJECT_CATEGORY = _table("m_project_category", code_key("code"), words("description", 60))
M_DEPARTMENT = _table("m_department", code_key("code"), words("description", 60))
M_TEMPLATE = _table("m_template", number_key("template_no"), words("description", 60))
M_TEMPLATE_ACTIVITY = _table(
    "m_template_activity",
    number_key("template_no"), code_key("activity_code", 20), words("description_fr", 60),
    words("description_en", 60), words("activity_type", 10), words("parent_code", 20),
)  # fmt: skip

M_CUSTOMER = _table(
    "m_customer",
    code_key("customer_code"), words("name", 60, required=True), one_of("status", 1, "A", "B", "W", "1"),
    words("block_reason", 60), *_person_or_firm(),
)  # fmt: skip

M_PROJECT = _table(
    "m_project",
    code_key("project_code"), words("description", 100, required=True), long_text("detail"), words("address", 40),
    words("city", 60), words("province", 3), words("country", 2), words("postal_code", 10), words("phone", 20),
    words("fax", 20), day("start_date"), day("closing_date"), one_of("status", 1, "A", "B", "1"),
    words("customer_code", 10), words("manager", 80), words("type_code", 10), words("category_code", 10),
    words("department_code", 10), whole("template_no"), words("master_code", 10), percent("holdback_pct"),
    flag("accrual_subcontracts"), words("language", 2), words("currency", 3), long_text("memo"), flag("procore_sync"),
    big("procore_template_id"), words("procore_stage", 60),
    _company_code("customer_code", "m_customer.customer_code"), _company_code("master_code", "m_project.project_code"),
)  # fmt: skip

M_COST_GROUP = _table(
    "m_cost_group",
    code_key("group_code"), words("description_fr", 60), words("description_en", 60),
    one_of("family", 13, "material", "subcontractor", "miscellaneous", "equipment", "labour", "billing"),
    words("gl_account", 20), words("wip_account", 20), words("deferred_group", 10), flag("is_active"),
)  # fmt: skip

M_ACTIVITY = _table(
    "m_activity",
    code_key("project_code"), code_key("activity_code", 20), words("description", 60),
    one_of("activity_type", 10, "activity", "division", "phase", "section"), words("parent_code", 20),
    words("gl_account", 20), words("wbs_number", 30), one_of("follow_up", 8, "lump_sum", "units", required=False),
    flag("is_change_order"), words("unit", 10), quantity("qty_original"), quantity("qty_modified"), words("status", 1),
)  # fmt: skip
Index(None, M_ACTIVITY.c.company_id, M_ACTIVITY.c.project_code)

M_BUDGET = _table(
    "m_budget",
    code_key("project_code"), code_key("activity_code", 20), code_key("group_code"), amount("original_cost"),
    amount("modified_cost"), amount("original_sell"), amount("modified_sell"), quantity("original_qty"),
    words("unit", 10),
)  # fmt: skip

M_BUDGET_CHANGE = _table(
    "m_budget_change",
    counted_key("change_id"), words("project_code", 10), words("activity_code", 20), words("group_code", 10),
    day("entry_date"), amount("amount"), quantity("quantity"), words("reference", 30), words("source", 20),
    words("status", 12), _reference("co_id", "m_change_order.co_id"), keyed_by_company=False,
)  # fmt: skip

M_SUPPLIER = _table(
    "m_supplier",
    code_key("supplier_code"), words("name", 60, required=True), one_of("status", 1, "A", "B", "1"),
    *_person_or_firm(), words("type_code", 10), flag("is_subcontractor"), flag("intercompany"),
    words("company_mask", 10), words("terms_code", 10), words("tax_code", 10), words("gst_no", 20),
    words("qst_no", 20), words("rbq", 20), percent("holdback_pct"), words("currency", 3),
)  # fmt: skip

M_SUPPLIER_ADDRESS = _table(
    "m_supplier_address",
    code_key("supplier_code"), number_key("address_no"), words("name", 60), words("address", 40), words("city", 60),
    words("province", 3), words("postal_code", 10), words("country", 2), words("phone", 20), words("fax", 20),
    words("contact", 60),
)  # fmt: skip

M_UNIT = _table("m_unit", code_key("unit_code"), words("description_fr", 40), words("description_en", 40))
M_TAX_CODE = _table(
    "m_tax_code", code_key("tax_code"), words("description", 60), exact("rate", 9, 6), exact("recoverable", 9, 6)
)
M_PERIOD = _table(
    "m_period",
    number_key("year"), number_key("period"), day("start_date"), day("end_date"),
    one_of("status", 6, "open", "closed"),
)  # fmt: skip
M_TERMS = _table("m_terms", code_key("terms_code"), words("description", 60), whole("days"))
M_ITEM = _table(
    "m_item",
    code_key("item_code", 20), words("description_fr", 60), words("description_en", 60), words("classification", 20),
    words("unit", 10), exact("cost", 15, 4), flag("is_inventory"),
)  # fmt: skip

M_ORDER = _table(
    "m_order",
    counted_key("order_id"), one_of("kind", 2, "PO", "SC"), words("order_no", 12, required=True),
    Column("extension", Integer, nullable=False, server_default="0"), words("external_no", 255),
    words("supplier_code", 10), whole("address_no"), words("project_code", 10), words("description", 60),
    one_of("contract_type", 12, "regular", "estimate", "open", "homebuilder", required=False),
    one_of("status", 12, "pending", "approved", "open", "closed", "cancelled"), day("order_date"),
    day("delivery_date"), day("start_date"), day("end_date"), words("terms_code", 10), words("tax_code", 10),
    percent("holdback_pct"), words("currency", 3), exact("exchange_rate", 15, 8), flag("accrual"),
    words("work_order", 12), long_text("memo"), flag("transferred"), moment("transferred_at"),
    _company_code("supplier_code", "m_supplier.supplier_code"), _company_code("project_code", "m_project.project_code"),
    UniqueConstraint("company_id", "order_no", "extension"), keyed_by_company=False,
)  # fmt: skip
Index(None, M_ORDER.c.company_id, M_ORDER.c.external_no)

M_ORDER_LINE = _table(
    "m_order_line",
    counted_key("line_id"), _reference("order_id", "m_order.order_id"), whole("line_no", required=True),
    words("item_code", 20), words("description", 120), words("project_code", 10), words("activity_code", 20),
    words("group_code", 10), quantity("quantity"), words("unit", 10), quantity("unit_price"), amount("amount"),
    words("tax_code", 10), quantity("qty_received"), quantity("qty_invoiced"), amount("amt_invoiced"),
    words("status", 10), UniqueConstraint("order_id", "line_no"), keyed_by_company=False,
)  # fmt: skip

M_CONTRACT = _table(
    "m_contract",
    code_key("contract_no"), words("project_code", 10), words("customer_code", 10), words("description", 100),
    words("status", 12), amount("original_value"), amount("approved_changes"), percent("holdback_pct"),
    words("currency", 3), day("start_date"), day("closing_date"),
    _company_code("project_code", "m_project.project_code"), _company_code("customer_code", "m_customer.customer_code"),
)  # fmt: skip

M_CONTRACT_LINE = _table(
    "m_contract_line",
    code_key("contract_no"), number_key("line_no"), words("activity_code", 20), words("description", 120),
    quantity("quantity"), words("unit", 10), quantity("unit_price"), amount("amount"),
)  # fmt: skip

M_CHANGE_ORDER = _table(
    "m_change_order",
    counted_key("co_id"), words("project_code", 10), words("co_no", 20, required=True), words("description", 60),
    long_text("memo"), one_of("level", 6, "unit", "master", "sub", required=False),
    _reference("parent_co_id", "m_change_order.co_id"),
    one_of("status", 12, "pending", "submitted", "approved", "rejected", "non_billable", "transferred"),
    day("entered_date"), day("submitted_date"), day("approved_date"), words("customer_po", 30), words("reason", 40),
    flag("do_invoicing"), flag("do_orders"), flag("do_budget"), flag("final_transfer"), moment("transferred_at"),
    _company_code("project_code", "m_project.project_code"), UniqueConstraint("company_id", "project_code", "co_no"),
    keyed_by_company=False,
)  # fmt: skip

M_CHANGE_ORDER_LINE = _table(
    "m_change_order_line",
    counted_key("line_id"), _reference("co_id", "m_change_order.co_id"), whole("line_no"),
    one_of("side", 4, "cost", "sell"), words("activity_code", 20), words("group_code", 10),
    _reference("order_id", "m_order.order_id"), words("supplier_code", 10), words("description", 120),
    quantity("quantity"), words("unit", 10), quantity("unit_price"), amount("amount"), flag("transferred"),
    keyed_by_company=False,
)  # fmt: skip

M_TRANSACTION = _table(
    "m_transaction",
    counted_key("trans_id"), one_of("module", 3, "AP", "PR", "EQ", "IN", "GL", "WO"), words("source", 20),
    words("document_no", 30), words("supplier_code", 10), whole("order_id"), day("document_date"),
    day("accounting_date"), day("due_date"), words("description", 120), amount("holdback_amt"), words("currency", 3),
    exact("exchange_rate", 15, 8), whole("reverses_trans_id"), flag("transferred"), moment("transferred_at"),
    keyed_by_company=False,
)  # fmt: skip
Index(None, M_TRANSACTION.c.company_id, M_TRANSACTION.c.transferred, M_TRANSACTION.c.transferred_at)

M_TRANSACTION_LINE = _table(
    "m_transaction_line",
    counted_key("line_id"), _reference("trans_id", "m_transaction.trans_id"), whole("line_no"),
    words("project_code", 10), words("activity_code", 20), words("group_code", 10), words("description", 120),
    quantity("quantity"), words("unit", 10), quantity("unit_cost"), amount("amount"), amount("tax_amount"),
    keyed_by_company=False,
)  # fmt: skip
Index(None, M_TRANSACTION_LINE.c.project_code, M_TRANSACTION_LINE.c.activity_code, M_TRANSACTION_LINE.c.group_code)

M_PROGRESS = _table(
    "m_progress",
    counted_key("progress_id"), _reference("order_id", "m_order.order_id"), day("period_end"), amount("amount"),
    amount("holdback"), words("status", 12), keyed_by_company=False,
)  # fmt: skip

M_COUNTER = _table("m_counter", code_key("name", 30), whole("next_value"), words("mask", 30))


def table_of(name: str) -> Table:
    """The m_ table of that name. Errors: ValueError when there is none."""
    table = METADATA.tables.get(name)
    if table is None:
        raise ValueError(f"maestro* has no table {name!r}")
    return table


def key_columns(table: Table) -> list[Column[Any]]:
    """What tells the rows of one company apart: the primary key without company_id."""
    return [column for column in table.primary_key.columns if column.name != "company_id"] or [table.c.company_id]
