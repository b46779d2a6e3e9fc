"""Changes the policy of one project (F157, F287): checked, written down, and both sides decided anew by it."""

from collections.abc import Mapping
from typing import Any

from maestro_procore.engine.file_doors import FileJournal
from maestro_procore.model import file_settings
from maestro_procore.model.file_items import Flow
from maestro_procore.model.problems import Refused
from maestro_procore.ports import Row


def change(files: FileJournal, project: Row, values: Mapping[str, Any], flows: Mapping[str, Flow]) -> list[str]:
    """The keys that have another value now. flows: tool → the arrow that it starts with.

    Raises Refused with the first problem of model.file_settings.check; then nothing is changed.
    """
    problems = file_settings.check(values)
    if problems:
        raise Refused(next(iter(problems.values())))
    with files.begin() as tx:
        stored = files.file_settings(tx, project["id"])  # somebody may have changed them since the project was read
        held = file_settings.effective(stored)
        wanted = {key: _kept(value) for key, value in values.items() if held[key] != _compared(value)}
        if not wanted:
            return []
        settings = {**stored, **wanted}
        files.change_file_project(project["id"], within=tx, settings=settings)
        for pair in project["pairs"]:
            changed: dict[str, Any] = {"is_dirty": True} if file_settings.PLANS & wanted.keys() else {}
            if "one_way" in wanted and flows.get(pair["tool"]) is Flow.BOTH:
                changed["flow"] = file_settings.flow_of(Flow.BOTH, settings).value
            if changed:
                files.change_file_pair(pair["id"], within=tx, **changed)
    return sorted(wanted)


def _kept(value: Any) -> Any:
    """As JSON holds it."""
    return [each.strip() for each in value] if isinstance(value, list | tuple) else value


def _compared(value: Any) -> Any:
    return tuple(_kept(value)) if isinstance(value, list | tuple) else value
