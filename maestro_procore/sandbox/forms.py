"""Read forms: the fields of a sign-in request, and API requests that send their record as a form, with files.

Sign-in takes an urlencoded form, a multipart form or JSON, as Procore accepts all three.
"""

from collections.abc import Mapping
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qsl

import orjson
from python_multipart import FormParser
from python_multipart.multipart import Field, File, parse_options_header

from maestro_procore.sandbox.answers import Call, Refused, SentFile

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
PIECE = 1024 * 1024
Pairs = list[tuple[str, str]]
Files = dict[str, list[SentFile]]


def form_fields(call: Call) -> dict[str, str]:
    """Text fields by name, the last one of a name wins. Errors: Refused 400 for a body that is none of the three."""
    kind, _parameters = parse_options_header(call.headers.get("content-type", ""))
    if kind == b"application/json":
        return _from_json(call.body)
    return dict(form_parts(call)[0])


def form_parts(call: Call) -> tuple[Pairs, Files]:
    """Text fields in the order sent, and the files of each field. Errors: Refused 400."""
    kind, parameters = parse_options_header(call.headers.get("content-type", ""))
    if kind == b"multipart/form-data":
        return _from_multipart(call, parameters)
    try:
        return parse_qsl(call.body.decode(), keep_blank_values=True), {}
    except UnicodeDecodeError:
        raise _unreadable() from None


def settle_form(call: Call) -> None:
    """Make the JSON body of a request that came as a form; its files stand in `call.files` then.

    Documented for records with attachments; public clients send every field that way. Errors: Refused 400.
    """
    if call.headers.get("content-type", "").startswith(FORMS) and (call.body or call.large is not None):
        pairs, call.files = form_parts(call)
        if call.large is not None:
            call.large.close()
        call.body, call.large = orjson.dumps(nested_fields(pairs, call.files)), None
        call.headers["content-type"] = "application/json"
        call.is_form = True


def nested_fields(pairs: Pairs, files: Files) -> dict[str, Any]:
    """The fields of a form whose names hold brackets: `item[terms]=x` is {"item": {"terms": "x"}}, `ids[]` a list.

    Files are left out, but the record that a file belongs to is there. Errors: Refused 400.
    """
    made: dict[str, Any] = {}
    for name, value in pairs:
        words = _words(name)
        inner = _inside(made, words[:-1])
        if not name.endswith("[]"):
            inner[words[-1]] = value
            continue
        listed = inner.setdefault(words[-1], [])
        if not isinstance(listed, list):
            raise _unreadable()
        listed.append(value)
    for name in files:
        words = _words(name)
        if len(words) == 2 and not name.endswith("[]"):
            _inside(made, words[:-1])
    return made


def _words(name: str) -> list[str]:
    return [word for word in name.replace("]", "").split("[") if word] or [name]


def _inside(made: dict[str, Any], words: list[str]) -> dict[str, Any]:
    for word in words:
        made = made.setdefault(word, {})
        if not isinstance(made, dict):
            raise _unreadable()
    return made


def _from_json(body: bytes) -> dict[str, str]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _unreadable() from None
    if not isinstance(content, dict):
        raise _unreadable()
    return {name: str(value) for name, value in content.items() if value is not None}


def _from_multipart(call: Call, parameters: Mapping[bytes, bytes]) -> tuple[Pairs, Files]:
    fields: Pairs = []
    files: Files = {}

    def keep(field: Field) -> None:
        fields.append(((field.field_name or b"").decode(), (field.value or b"").decode()))

    def keep_file(file: File) -> None:
        kind = file.content_type or "application/octet-stream"
        opened = cast(BinaryIO, file.file_object)
        sent = SentFile((file.file_name or b"").decode(), kind, opened)
        files.setdefault((file.field_name or b"").decode(), []).append(sent)

    try:
        parser = FormParser("multipart/form-data", keep, keep_file, boundary=parameters.get(b"boundary"))
        if call.large is None:
            parser.write(call.body)
        else:
            call.large.seek(0)
            while piece := call.large.read(PIECE):
                parser.write(piece)
        parser.finalize()
    except (ValueError, UnicodeDecodeError) as error:
        raise _unreadable() from error
    return fields, files


def _unreadable() -> Refused:
    return Refused(400, {"error": "invalid_request", "error_description": "The request body cannot be read."})
