"""quickXorHash, Microsoft's content hash: 160 bits, one byte XORed in every 11 bits. Source: reference graph-drive 1.2.

11 and 160 have no common divisor, so after 160 bytes the places repeat. All blocks of 160 bytes can therefore be XORed
into one first, as whole numbers, which is what makes it fast here; only that one block is then spread over the ring.
"""

import base64
from collections.abc import Iterable

BLOCK = 160  # bytes after which the places in the ring repeat
RING_BITS = 160
STEP_BITS = 11
BLOCK_BITS = BLOCK * 8


class QuickXor:
    """Hash of bytes that arrive in order. (folded, length) is all there is to remember between two pieces."""

    def __init__(self, folded: int = 0, length: int = 0) -> None:
        self.folded = folded
        self.length = length

    def update(self, data: bytes) -> "QuickXor":
        number = int.from_bytes(data, "little") << (8 * (self.length % BLOCK))
        blocks = -(-(len(data) + self.length % BLOCK) // BLOCK)
        while blocks > 1:
            half = -(-blocks // 2)
            number = (number & ((1 << (half * BLOCK_BITS)) - 1)) ^ (number >> (half * BLOCK_BITS))
            blocks = half
        self.folded ^= number
        self.length += len(data)
        return self

    def digest(self) -> bytes:
        ring = 0
        for place, byte in enumerate(self.folded.to_bytes(BLOCK, "little")):
            ring ^= byte << (place * STEP_BITS % RING_BITS)
        ring = (ring & ((1 << RING_BITS) - 1)) ^ (ring >> RING_BITS)
        return (ring ^ (self.length << 96)).to_bytes(20, "little")

    def base64(self) -> str:
        return base64.b64encode(self.digest()).decode()


def quick_xor_hash(pieces: Iterable[bytes]) -> str:
    """As Graph writes it: standard base64 of 20 bytes."""
    hashed = QuickXor()
    for piece in pieces:
        hashed.update(piece)
    return hashed.base64()
