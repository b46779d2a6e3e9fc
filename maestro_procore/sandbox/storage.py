"""The storage host: signed, expiring addresses on an origin of its own, where file contents are read and written.

No call limit counts here and no token is wanted: the signature is the right to read or write. Source: reference 7.1
(downloads), 7.2 (uploads; fields, segments), DOC best_practices/secure_file_access_tips.md; bodies of refusals and
the rest of the behaviour are those of S3, which the documented headers (x-amz-…) name.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from urllib.parse import quote, urlencode

from maestro_procore.sandbox.answers import Answer, Call, Refused
from maestro_procore.sandbox.bodies import Bodies, Content, body_length
from maestro_procore.sandbox.clock import SandboxClock
from maestro_procore.sandbox.options import Switches

Serve = Callable[[Call], Answer]


class Storage:
    """Signs addresses, checks them, serves contents. Every API that has files adds its own routes."""

    def __init__(self, bodies: Bodies, clock: SandboxClock, switches: Switches, secret: str) -> None:
        self.bodies = bodies
        self.clock = clock
        self.switches = switches
        self.origin = "http://storage.sandbox.invalid"  # what an in-process client is given
        self._secret = secret.encode()
        self._routes: list[tuple[str, re.Pattern[str], Callable[[Call, re.Match[str]], Answer]]] = []

    @property
    def scale(self) -> int:
        return int(self.switches["bodies_scaled"])

    def route(self, method: str, pattern: str, serve: Callable[[Call, "re.Match[str]"], Answer]) -> None:
        """Serve paths that match the whole pattern, a regular expression; the caller checks the signature."""
        self._routes.append((method, re.compile(pattern), serve))

    def serve(self, call: Call) -> Answer:
        """Errors: Refused."""
        if "authorization" in call.headers:
            # A forwarded token: S3 knows its signature or a header, not both.
            raise refused(400, "InvalidArgument", "Only one auth mechanism allowed")
        for method, pattern, serve in self._routes:
            match = pattern.fullmatch(call.path)
            if match and call.method in (method, *(("HEAD",) if method == "GET" else ())):
                return serve(call, match)
        raise refused(404, "NoSuchKey", "The specified key does not exist.")

    def address(self, path: str, expires_at: int, **more: str) -> str:
        """A signed address of a path of this host. expires_at: Unix seconds."""
        query = {**more, "expires": str(expires_at), "signature": self.signature(path, str(expires_at))}
        return f"{self.origin}{quote(path)}?{urlencode(query)}"

    def signature(self, *words: str) -> str:
        return hmac.new(self._secret, "\n".join(words).encode(), hashlib.sha256).hexdigest()

    def check(self, call: Call) -> None:
        """Errors: Refused 403 for an address that was changed or is too old."""
        expires = call.parameter("expires") or ""
        given = call.parameter("signature") or ""
        if not hmac.compare_digest(given, self.signature(call.path, expires)):
            raise refused(403, "SignatureDoesNotMatch", "The signature does not match.")
        if self.clock.unix() > int(expires):
            raise refused(403, "AccessDenied", "Request has expired")

    def content_answer(self, call: Call, content: Content, name: str, kind: str) -> Answer:
        """The content, or the range of it that is asked for. Errors: Refused 416."""
        size = body_length(content, self.scale)
        etag = f'"{self.signature("etag", repr(sorted(content.items())))[:32]}"'
        headers = {"Accept-Ranges": "bytes", "ETag": etag}
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
        asked = call.headers.get("range")
        if asked is None or call.headers.get("if-range", etag) != etag:
            return self._part(content, 0, size, 200, headers, kind)
        start, end = parse_range(asked, size)
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        return self._part(content, start, end, 206, headers, kind)

    def _part(self, content: Content, start: int, end: int, status: int, headers: dict[str, str], kind: str) -> Answer:
        pieces = self.bodies.read(content, start, end, self.scale)
        return Answer(status, headers=headers, content_type=kind, pieces=pieces, length=end - start)


def parse_range(text: str, size: int) -> tuple[int, int]:
    """`bytes=a-b`, `bytes=a-` or `bytes=-n` as start and end (not included). Errors: Refused 416."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", text.strip())
    if match is None or not any(match.groups()):
        raise _outside(size)
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1 if last else size)
    if start >= end:
        raise _outside(size)
    return start, end


def refused(status: int, code: str, message: str) -> Refused:
    """A refusal in the XML of the storage host."""
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Refused(status, text, content_type="application/xml")


def _outside(size: int) -> Refused:
    found = refused(416, "InvalidRange", "The requested range is not satisfiable")
    found.headers["Content-Range"] = f"bytes */{size}"
    return found
