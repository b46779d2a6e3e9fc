"""quickXorHash against the vectors that two independent implementations agree on (graph-drive.md §1.2)."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_procore.drive.quick_xor import STRETCH, QuickXor, of_bytes, of_file

VECTORS = {
    "empty": (b"", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    "abc": (b"abc", "YRDDGAAAAAAAAAAAAwAAAAAAAAA="),
    "a line": (b"hello\n", "aCgDG9jwBgUAAAAABgAAAAAAAAA="),
    "every byte": (bytes(range(256)), "QkGEfSisZcA7k+FCh71r2dbCayY="),
    "one more than a period": (b"a" * 161, "nv//////////////Xv////////8="),
    "a million": (bytes(i * 7 % 251 for i in range(1_000_000)), "dw4+yXSFbctgnE2HM2bc33kFe3o="),
}


def byte_by_byte(content: bytes) -> str:
    """As the document words it, without any of the program's arithmetic."""
    ring = [0] * 160
    for place, byte in enumerate(content):
        for bit in range(8):
            ring[(11 * place + bit) % 160] ^= byte >> bit & 1
    row = bytearray(sum(ring[8 * i + bit] << bit for bit in range(8)) for i in range(20))
    for i, byte in enumerate(len(content).to_bytes(8, "little")):
        row[12 + i] ^= byte
    return base64.b64encode(bytes(row)).decode()


@pytest.mark.parametrize(("content", "wanted"), VECTORS.values(), ids=VECTORS.keys())
def test_the_published_vectors_come_out(content, wanted):
    assert of_bytes(content) == wanted


@given(st.lists(st.binary(max_size=400), max_size=6))
def test_pieces_of_any_size_give_the_hash_of_the_whole(pieces):
    hashed = QuickXor()
    for piece in pieces:
        hashed.update(piece)
    whole = b"".join(pieces)
    assert hashed.text() == of_bytes(whole) == byte_by_byte(whole)
    assert hashed.size_bytes == len(whole)


@pytest.mark.parametrize("more", [-1, 0, 1, 79], ids=str)
def test_a_stretch_borders_cleanly(tmp_path, more):
    content = bytes(i % 253 for i in range(STRETCH + more))
    file = tmp_path / "content"
    file.write_bytes(content)
    assert of_file(file) == byte_by_byte(content)
