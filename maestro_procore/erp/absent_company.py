"""Stands where no maestro* company could be opened, so that the program can still say so and be set up again."""

from typing import Any, NoReturn

from maestro_procore.ports import CompanyRefused


class AbsentCompany:
    """Answers every question with the reason why there is no company. reason: a word of the texts `reason.*`."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def close(self) -> None:
        """Nothing was opened."""

    def _refuse(self, *_args: Any, **_options: Any) -> NoReturn:
        raise CompanyRefused("m_company", "", None, self._reason)

    company = user = users = templates = rows = count_by = latest_change = insert = update = _refuse
    next_number = insert_document = update_document = _refuse
