"""What a call carries: JSON as it stands, or a form with a file that is read from disk while it is sent."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

SLOWEST_BYTES: Final = 100_000
"""Bytes a second below which a transfer counts as stalled: a gigabyte then has almost three hours."""


@dataclass(frozen=True)
class FileForm:
    """A multipart form whose last part is a file. part: the name of that part. size_bytes: of the file."""

    fields: Mapping[str, str]
    part: str
    file_name: str
    path: Path
    size_bytes: int
    content_type: str = "application/octet-stream"


Body = bytes | FileForm | None


@contextlib.contextmanager
def opened(body: Body) -> Iterator[dict[str, Any]]:
    """The words by which httpx takes the body; a file is open meanwhile. Errors: OSError when it cannot be read."""
    if not isinstance(body, FileForm):
        yield {"content": body}
        return
    with body.path.open("rb") as file:
        yield {"data": dict(body.fields), "files": {body.part: (body.file_name, file, body.content_type)}}


def seconds_to_send(body: Body) -> float:
    """How much longer than a call without content it may take."""
    return body.size_bytes / SLOWEST_BYTES if isinstance(body, FileForm) else 0.0


def shown(body: Body) -> bytes | None:
    """What the history keeps of it: of a file its name and size, never its content (F257)."""
    if not isinstance(body, FileForm):
        return body
    return orjson.dumps({**body.fields, body.part: f"{body.file_name} ({body.size_bytes} B)"})
