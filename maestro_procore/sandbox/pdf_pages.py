"""A record as a plain PDF of one or more pages: what the PDF routes of the API redirect to."""

from collections.abc import Sequence

LINES_ON_PAGE = 52
LETTERS_IN_LINE = 95


def pdf_of(title: str, lines: Sequence[str]) -> bytes:
    """Text in a standard font, letter format. Characters outside Windows-1252 become question marks."""
    wrapped = [piece for line in lines for piece in _wrapped(line)]
    pages = [wrapped[start : start + LINES_ON_PAGE] for start in range(0, max(1, len(wrapped)), LINES_ON_PAGE)]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, page in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * number} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        stream = _stream(title if number == 0 else "", page)
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    return _file(objects)


def _wrapped(line: str) -> list[str]:
    return [line[start : start + LETTERS_IN_LINE] for start in range(0, max(1, len(line)), LETTERS_IN_LINE)]


def _stream(title: str, lines: Sequence[str]) -> bytes:
    shown = [b"BT /F1 16 Tf 54 740 Td 14 TL (%s) Tj /F1 10 Tf T* T*" % _text(title)]
    shown += [b"(%s) Tj T*" % _text(line) for line in lines]
    return b"\n".join([*shown, b"ET"])


def _text(text: str) -> bytes:
    coded = text.encode("cp1252", "replace")
    return coded.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _file(objects: Sequence[bytes]) -> bytes:
    made, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    made += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(made)
