"""The contents of files: bytes that clients sent, kept once each, and bytes that are made when somebody reads them.

Of sizes and bytes. `bodies_scaled` (a switch, whole number, 1 by default) lets a test carry 50 GB in 50 MB: with N,
a file that is declared as S bytes has a body of ⌈S / N⌉ bytes, and a body of B bytes that a client sent is declared
as B × N. So a size that a record shows is always the length of its body times N, also on the other side after it was
copied; `Content-Length` and ranges count the body's own bytes. 0 stays 0. The switch is set at the start.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

Content = Mapping[str, Any]  # {"sha256", "bytes"}: kept here; {"made_from", "bytes", "begins"?}: made when read

PIECE = 64 * 1024
IN_MEMORY_BYTES = 1024 * 1024  # longer contents of a sandbox without profile go to a temporary folder

# What programs recognise a file by: the first bytes of its kind.
BEGINNINGS = {
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00",
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00",
    "png": b"\x89PNG\r\n\x1a\n",
    "docx": b"PK\x03\x04\x14\x00",
    "xlsx": b"PK\x03\x04\x14\x00",
    "zip": b"PK\x03\x04\x14\x00",
    "dwg": b"AC1032",
}


def made_content(seed: str, declared_bytes: int, file_type: str = "") -> dict[str, Any]:
    """A content of that declared size that takes no room: equal bytes for an equal seed, begun as its type is."""
    return {"made_from": seed, "bytes": declared_bytes, "begins": file_type}


def body_length(content: Content, scale: int) -> int:
    """Bytes that a download carries."""
    size = int(content["bytes"])
    return -(-size // scale) if "made_from" in content else size


def declared_size(content: Content, scale: int) -> int:
    """Bytes that a record shows; see the module's text."""
    return body_length(content, scale) * scale


class Bodies:
    """Contents by their SHA-256. folder: where they survive every kill; None: gone with the sandbox.

    Nothing is removed while a sandbox lives: versions and deleted files keep theirs.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._in_memory: dict[str, bytes] = {}

    def close(self) -> None:
        if self._temporary is not None:
            self._temporary.cleanup()

    def keep(self, data: bytes | BinaryIO) -> dict[str, Any]:
        """Keep bytes, or what an open file holds from its beginning. On the disk before it returns, with a folder."""
        if isinstance(data, bytes):
            return self._keep(iter([data]), len(data))
        size = data.seek(0, os.SEEK_END)
        data.seek(0)
        return self._keep(iter(lambda: data.read(PIECE * 16), b""), size)

    def join(self, contents: Sequence[Content]) -> dict[str, Any]:
        """Keep several contents, one after the other, as one."""
        pieces = chain.from_iterable(self.read(content, 0, content["bytes"]) for content in contents)
        return self._keep(pieces, sum(content["bytes"] for content in contents))

    def _keep(self, pieces: Iterator[bytes], size: int) -> dict[str, Any]:
        if self._folder is None and size <= IN_MEMORY_BYTES:
            whole = b"".join(pieces)
            name = hashlib.sha256(whole).hexdigest()
            self._in_memory[name] = whole
        else:
            name = self._write(pieces)
        return {"sha256": name, "bytes": size}

    def read(self, content: Content, start: int, end: int, scale: int = 1) -> Iterator[bytes]:
        """The bytes from start up to, not including, end, in pieces."""
        if "made_from" in content:
            return _made(content, start, min(end, body_length(content, scale)))
        name = str(content["sha256"])
        if name in self._in_memory:
            return iter([self._in_memory[name][start:end]])
        return _file_pieces(self._path(name), start, end)

    def whole(self, content: Content, scale: int = 1) -> bytes:
        return b"".join(self.read(content, 0, body_length(content, scale), scale))

    def _write(self, pieces: Iterator[bytes]) -> str:
        folder = self._place()
        digest = hashlib.sha256()
        handle, name = tempfile.mkstemp(dir=folder, prefix="new-")
        written = Path(name)
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                digest.update(piece)
                file.write(piece)
            file.flush()
            if self._folder is not None:
                os.fsync(file.fileno())
        written.replace(self._path(digest.hexdigest()))
        return digest.hexdigest()

    def _place(self) -> Path:
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            return self._folder
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="sandbox-bodies-")
        return Path(self._temporary.name)

    def _path(self, name: str) -> Path:
        return self._place() / name


def _file_pieces(path: Path, start: int, end: int) -> Iterator[bytes]:
    left = end - start
    with path.open("rb") as file:
        file.seek(start)
        while left > 0 and (piece := file.read(min(left, PIECE * 4))):
            left -= len(piece)
            yield piece


def _made(content: Content, start: int, end: int) -> Iterator[bytes]:
    """Any part of a made content without the parts before it."""
    beginning = BEGINNINGS.get(str(content.get("begins", "")), b"")
    seed = str(content["made_from"])
    position = start
    while position < end:
        number, offset = divmod(position, PIECE)
        piece = hashlib.shake_128(f"{seed}/{number}".encode()).digest(min(PIECE, offset + end - position))
        if number == 0:
            piece = beginning + piece[len(beginning) :]
        piece = piece[offset : offset + end - position]
        position += len(piece)
        yield piece
