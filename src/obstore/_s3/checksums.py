"""Checksums that S3 keeps with an object, in the form that its headers have: base64, big-endian."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from functools import cache
from hashlib import sha256

from obstore._core.types import Buffer

# CRC-64/NVME, reflected. Check value of b"123456789": 0xAE8B14860A799888.
_CRC64NVME_POLYNOMIAL = 0x9A6C9329AC4BC9B5


def checksum(algorithm: str, data: Buffer) -> str:
    """Return the checksum of `data`; `algorithm` is `"sha256"` or `"crc64nvme"`."""
    return b64encode(_ALGORITHMS[algorithm](data)).decode()


@cache
def _crc64nvme_table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (_CRC64NVME_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


def _crc64nvme(data: Buffer) -> bytes:
    table, value = _crc64nvme_table(), (1 << 64) - 1
    for byte in memoryview(data):
        value = table[(value ^ byte) & 0xFF] ^ (value >> 8)
    return (value ^ ((1 << 64) - 1)).to_bytes(8, "big")


_ALGORITHMS: dict[str, Callable[[Buffer], bytes]] = {
    "sha256": lambda data: sha256(data).digest(),
    "crc64nvme": _crc64nvme,
}
