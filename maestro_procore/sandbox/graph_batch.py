"""`$batch`: up to 20 requests in one, each served and throttled on its own. Source: reference graph-drive 4."""

import base64
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import orjson

from maestro_procore.sandbox.answers import Answer, Call, json_answer
from maestro_procore.sandbox.graph_errors import GraphRefused

LARGEST: Final = 20


def serve_batch(call: Call, version: str, serve: Callable[[Call], Answer]) -> Answer:
    """serve: one request of the batch, refusals as answers. Errors: GraphRefused 400."""
    try:
        requests = orjson.loads(call.body)["requests"]
        numbers = [str(request["id"]) for request in requests]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise _wrong("The batch has no list of requests with ids.") from None
    if len(requests) > LARGEST:
        raise _wrong(f"A batch has at most {LARGEST} requests.")
    if len(set(numbers)) != len(numbers):
        raise _wrong("Two requests of the batch have one id.")
    statuses: dict[str, int] = {}
    responses = []
    for request in requests:
        before = [str(number) for number in request.get("dependsOn") or ()]
        if any(statuses.get(number, 424) >= 400 for number in before):
            body = {"error": {"code": "FailedDependency", "message": "A request it depends on failed."}}
            response: dict[str, Any] = {"status": 424, "headers": {}, "body": body}
        else:
            response = _response(serve(_call(call, version, request)))
        statuses[str(request["id"])] = response["status"]
        responses.append({"id": str(request["id"]), **response})
    return json_answer({"responses": responses})


def _call(outer: Call, version: str, request: dict[str, Any]) -> Call:
    headers = {str(name).lower(): str(value) for name, value in (request.get("headers") or {}).items()}
    body = request.get("body")
    if body is not None and "content-type" not in headers:
        raise _wrong("A request with a body needs a Content-Type.")
    parts = urlsplit(str(request.get("url", "")))
    inherited: dict[str, str] = {
        name: value for name, value in outer.headers.items() if name in ("authorization", "host")
    }
    data = b"" if body is None else base64.b64decode(body) if isinstance(body, str) else orjson.dumps(body)
    path = f"{version}/{unquote(parts.path).lstrip('/')}"
    return Call(str(request.get("method", "GET")).upper(), path, parts.query, {**inherited, **headers}, data)


def _response(answer: Answer) -> dict[str, Any]:
    headers = {**answer.headers, **({"Content-Type": answer.content_type} if answer.body else {})}
    found: dict[str, Any] = {"status": answer.status, "headers": headers}
    if answer.body:
        found["body"] = orjson.loads(answer.body)
    return found


def _wrong(message: str) -> GraphRefused:
    return GraphRefused(400, "BadRequest", message)
