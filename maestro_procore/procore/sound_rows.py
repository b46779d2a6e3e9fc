"""Answers whose rows are not what they are documented to be: a field that is missing, or says something else (F29).

Nothing is guessed and nothing falls over it: what was read counts for nothing, with the name of the field; what was
written may have been carried out, so the side looks before it is sent again.
"""

import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from maestro_procore.file_ports import FileCallFailed, FileTrouble, OutcomeUnknown
from maestro_procore.model.problems import Problem

log = logging.getLogger(__name__)

Store = TypeVar("Store", bound=type)
Method = Callable[..., Awaitable[Any]]

READS: Final = ("changes", "root", "item", "child", "children", "download", "versions", "space")
WRITES: Final = ("upload", "new_version", "create_folder", "rename_or_move", "delete", "undelete", "restore_version")
_UNSOUND: Final = (KeyError, TypeError, ValueError, AttributeError, IndexError)


def of_sound_rows(store: Store) -> Store:
    """The class, every call of which says in the words of files when a row cannot be read."""
    for name in (*READS, *WRITES):
        if (method := getattr(store, name, None)) is not None:
            setattr(store, name, _guarded(method, FileCallFailed if name in READS else OutcomeUnknown))
    return store


def _guarded(method: Method, failure: type[FileCallFailed]) -> Method:
    @functools.wraps(method)
    async def call(*args: Any, **more: Any) -> Any:
        try:
            return await method(*args, **more)
        except _UNSOUND as error:
            log.warning("%s met a row that it cannot read", method.__qualname__, exc_info=True)
            what = f"{method.__qualname__.partition('.')[0]}: {error}"
            raise failure(FileTrouble.AGAIN, Problem("SRV-16", {"text": what[:200]})) from error

    return call
