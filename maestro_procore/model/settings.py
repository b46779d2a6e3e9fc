"""Every setting, once: its kind, default, choices and label. Form, command line and validation come from here.

The client password is no setting: it lives in the operating system's key ring only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from maestro_procore.model import acceptance, file_mail
from maestro_procore.model.elements import ELEMENTS, Direction
from maestro_procore.model.file_bandwidth import DOWN, LEAST_KILOBYTES, UP
from maestro_procore.model.problems import Problem

PROJECT_FILTERS = ("all", "active", "linked", "not_linked", "type", "category", "department", "manager")
"""Values of *Filter Projects by* (C23); the last four want a value beside them."""


@dataclass(frozen=True)
class Setting:
    """One row: label is the text `setting.{key}`; choices None: free; is_connection: part of the pairing (CFG-08).

    least: the lowest number. reads: raises ValueError for a text that says nothing.
    """

    key: str
    kind: type
    default: Any = None
    choices: tuple[Any, ...] | None = None
    is_required: bool = False
    is_connection: bool = False
    least: int | None = None
    reads: Callable[[str], Any] | None = None


ACCEPTANCE: Final = {
    element.name: acceptance.setting_of(element.name)
    for element in ELEMENTS.values()
    if element.direction is Direction.FROM_PROCORE
}
"""Element → the setting that says whether what comes from Procore waits for an accounting approver."""

SETTINGS: dict[str, Setting] = {
    s.key: s
    for s in (
        Setting("api_url", str, "https://api.procore.com", is_required=True, is_connection=True),
        Setting("client_id", str, None, is_required=True, is_connection=True),
        Setting("procore_company_id", int, None, is_required=True, is_connection=True),
        Setting("procore_company_name", str, None),
        Setting("environment", str, "production", ("production", "sandbox", "training")),
        Setting("company_url", str, None),
        Setting("maestro_user", str, None),
        Setting("language", str, None, ("en", "fr")),
        Setting("theme", str, "system", ("system", "light", "dark", "contrast")),
        Setting("project_filter", str, "active", PROJECT_FILTERS),
        Setting("project_filter_value", str, ""),
        Setting("default_template", int, None),
        Setting("supplier_filter", str, "all", ("all", "subcontractors")),
        Setting("excluded_supplier_types", str, "BANK GOV EMP"),
        Setting("sends_address_after_link", bool, True),
        Setting("sends_customers", bool, True),
        Setting("takes_order_numbers", bool, False),  # new orders are numbered as in Procore
        Setting("shares_procore_company", bool, False),  # several maestro* companies may pair with it (CFG-06)
        *(Setting(key, bool, True) for key in ACCEPTANCE.values()),
        Setting("acceptance_limits", str, "", reads=acceptance.limits_of),
        Setting("accepts_own_requests", bool, False),
        Setting("microsoft_client_id", str, None),
        Setting("microsoft_tenant", str, None),
        Setting("completion_mail_to", str, "", reads=file_mail.recipients_of),  # of projects that say nothing of it
        Setting("completion_mail_from", str, "", reads=file_mail.recipients_of),  # mailbox of a service, which has none
        Setting("completion_mail_language", str, None, file_mail.MAIL_LANGUAGES),
        *(Setting(key, int, None, least=LEAST_KILOBYTES) for key in (UP, DOWN)),  # a second; None: no limit (F237)
        Setting("support_address", str, "", reads=file_mail.recipients_of),
        Setting("guard", bool, True),
        Setting("guard_records", int, 500, least=0),
        Setting("guard_amount", int, 250_000, least=0),
        Setting("guard_percent", int, 25, least=0),
        Setting("history_days", int, 365, least=30),  # None: for ever
    )
}

TRAINING: Final[Mapping[str, Any]] = {
    **dict.fromkeys(ACCEPTANCE.values(), False),
    "accepts_own_requests": True,
    "guard": False,
}
"""What differs in a training company, where one person practises alone: nothing waits unless switched on."""


def effective(stored: Mapping[str, Any]) -> dict[str, Any]:
    """All settings: what was stored, else the default. Unknown keys of a newer version are left out."""
    return {key: stored.get(key, setting.default) for key, setting in SETTINGS.items()}


def check(values: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the values somebody wants to save; nothing is saved unless this is empty."""
    problems = []
    for key, value in values.items():
        setting = SETTINGS.get(key)
        if setting is None:
            problems.append(Problem("CFG-19", {"setting": key, "name": key, "value": str(value)}))
        elif value in (None, ""):
            if setting.is_required:
                problems.append(Problem("CFG-14", {"field": key}))
        elif not _is_of(setting, value):
            problems.append(Problem("CFG-19", {"setting": key, "name": key, "value": str(value)}))
    return problems


def _is_of(setting: Setting, value: Any) -> bool:
    # Python counts True as a number, people do not.
    is_of_kind = isinstance(value, setting.kind) and (setting.kind is bool or not isinstance(value, bool))
    if not is_of_kind or (setting.least is not None and value < setting.least):
        return False
    return (setting.choices is None or value in setting.choices) and _says_something(setting, value)


def _says_something(setting: Setting, value: Any) -> bool:
    if setting.reads is None:
        return True
    try:
        setting.reads(value)
    except ValueError:
        return False
    return True


def is_complete(values: Mapping[str, Any]) -> bool:
    """True when nothing required is missing (CFG-01)."""
    return all(values.get(key) not in (None, "") for key, setting in SETTINGS.items() if setting.is_required)
