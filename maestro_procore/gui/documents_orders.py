"""What a reader asks of the engine on the page Documents; refusals are said aloud (see orders.py)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from maestro_procore.engine.file_versions import ids_of
from maestro_procore.gui.orders import Orders


class FileOrders(Orders):
    """engine.file_commands.FileCommands in the background."""

    def synchronize_files(self, project_id: int) -> None:
        self._give(lambda: self._files.synchronize(project_id))

    def approve(self, project_id: int) -> None:
        """Lets the plan of a first synchronization go."""
        self._give(lambda: self._files.approve(project_id))

    def pause(self, project_id: int) -> None:
        self._give(lambda: self._files.pause(project_id))

    def go_on(self, project_id: int, *, repair: bool = False, accept: bool = False) -> None:
        """Ends a pause. repair: the top levels get their names and places back; accept: they keep the new ones."""
        self._give(lambda: self._files.go_on(project_id, repair=repair, accept=accept))

    def change_policy(self, project_id: int, values: dict[str, Any]) -> None:
        """values: of model/file_settings.py, by key."""
        self._give(lambda: self._files.change_policy(project_id, values))

    def reset(self, project_id: int) -> None:
        self._give(lambda: self._files.reset(project_id))

    def remove(self, project_id: int) -> None:
        self._give(lambda: self._files.remove(project_id))

    def prove(self, project_id: int, then: Callable[[Any], object]) -> None:
        """then: gets the request that makes the signed report."""
        self._give(lambda: self._files.prove(project_id), then)

    def change_options(self, project_id: int, wanted: Any) -> None:
        """wanted: documents_options.ChosenOptions."""

        def change() -> None:
            self._files.notify(project_id, wanted.to, wanted.language)
            self._files.change_settings(project_id, {"copies_private": wanted.private})
            if wanted.attaches is not None:
                self._files.attach_to_daily_log(project_id, wanted.attaches)

        self._give(change)

    def send_again(self, project_id: int) -> None:
        """The message at completion that failed, or of which nobody knows."""
        self._give(lambda: self._files.send_again(project_id))

    def resolve(self, conflict_id: int, choice: str) -> None:
        """choice: procore · drive · both."""
        self._give(lambda: self._files.resolve(conflict_id, choice))

    def answer_hold(self, pair_id: int, choice: str) -> None:
        """choice: apply · restore · detach."""
        self._give(lambda: self._files.answer_hold(pair_id, choice))

    def undo_run(self, request_id: str, *, confirm: bool) -> None:
        """Takes a run of files back. confirm: the reader knows of the many deletions."""
        self._give(lambda: self._files.undo(request_id, confirm=confirm))

    def restore_version(self, step: Any, version: Any) -> None:
        """step: of the history; version: engine.file_versions.KeptVersion of its file."""
        side, item = version.side, ids_of(step.saw).get(version.side, "")
        self._give(lambda: self._files.restore_version(step.project_id, step.tool, side.value, item, version.id))

    def restore_from_trash(self, number: int) -> None:
        self._give(lambda: self._files.restore_from_trash([number]))

    def save_from_trash(self, number: int, file: Path, then: Callable[[Any], object]) -> None:
        self._give(lambda: self._files.save_from_trash(number, file), then)

    def empty_trash(self, project_id: int) -> None:
        self._give(lambda: self._files.empty_trash(project_id))

    def try_again(self, pair_id: int, side: str, item_id: str) -> None:
        """Sends a file again that the other side refused."""
        self._give(lambda: self._files.try_again(pair_id, side, item_id))

    def look_at(self, project_id: int) -> None:
        """Somebody has the project before him: it is looked at more often. Nothing is said when that fails."""
        self._ask(_quietly(lambda: self._files.look_at(project_id)), lambda _: None)

    @property
    def _files(self) -> Any:
        return self._commands.files


def _quietly(command: Callable[[], Any]) -> Callable[[], Any]:
    from maestro_procore.model.problems import Refused

    def attempt() -> Any:
        try:
            return command()
        except Refused:  # whoever may only look is no reason to look more often
            return None

    return attempt
