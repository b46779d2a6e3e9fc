"""Read the fields of a sign-in request: urlencoded form, multipart form or JSON, as Procore accepts all three."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson
from python_multipart import FormParser
from python_multipart.multipart import Field, File, parse_options_header

from maestro_procore.sandbox.answers import Call, Refused


def form_fields(call: Call) -> dict[str, str]:
    """Text fields by name, the last one of a name wins. Errors: Refused 400 for a body that is none of the three."""
    kind, parameters = parse_options_header(call.headers.get("content-type", ""))
    if kind == b"application/json":
        return _from_json(call.body)
    if kind == b"multipart/form-data":
        return _from_multipart(call.body, parameters)
    try:
        return dict(parse_qsl(call.body.decode(), keep_blank_values=True))
    except UnicodeDecodeError:
        raise _unreadable() from None


def nested_fields(call: Call) -> dict[str, Any]:
    """The fields of a form whose names hold brackets: `item[terms]=x` is {"item": {"terms": "x"}}; files are left out.

    Errors: Refused 400.
    """
    made: dict[str, Any] = {}
    for name, value in form_fields(call).items():
        words = [word for word in name.replace("]", "").split("[") if word]
        inner = made
        for word in words[:-1]:
            inner = inner.setdefault(word, {})
            if not isinstance(inner, dict):
                raise _unreadable()
        inner[words[-1] if words else name] = value
    return made


def _from_json(body: bytes) -> dict[str, str]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _unreadable() from None
    if not isinstance(content, dict):
        raise _unreadable()
    return {name: str(value) for name, value in content.items() if value is not None}


def _from_multipart(body: bytes, parameters: Mapping[bytes, bytes]) -> dict[str, str]:
    fields: dict[str, str] = {}

    def keep(field: Field) -> None:
        fields[(field.field_name or b"").decode()] = (field.value or b"").decode()

    def ignore(_file: File) -> None:
        return None

    try:
        parser = FormParser("multipart/form-data", keep, ignore, boundary=parameters.get(b"boundary"))
        parser.write(body)
        parser.finalize()
    except (ValueError, UnicodeDecodeError) as error:
        raise _unreadable() from error
    return fields


def _unreadable() -> Refused:
    return Refused(400, {"error": "invalid_request", "error_description": "The request body cannot be read."})
