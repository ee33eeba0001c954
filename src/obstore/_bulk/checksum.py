"""Checksums of contents: what a caller expects, and the MD5s that ETags often are."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from obstore._core.errors import GenericError
from obstore._core.types import Buffer

_MD5 = re.compile(r'"?([0-9a-f]{32})(?:-([0-9]+))?"?')


class Checksum(NamedTuple):
    """What a content must hash to."""

    algorithm: str
    value: str

    def start(self) -> Any:
        """Return a new hash, to be updated."""
        import hashlib

        return hashlib.new(self.algorithm)

    def check(self, found: Any, path: str) -> None:
        """Compare with a hash that has seen everything.

        Raises:
            GenericError: The content is another one.
        """
        if found.hexdigest() != self.value:
            raise GenericError(
                f"the {self.algorithm} of {path} is {found.hexdigest()}, not {self.value}",
                path=path,
                hint="nothing was published; is the checksum that of this version of the object?",
            )


def parse_checksum(text: str | None) -> Checksum | None:
    """Read a checksum that a caller gave.

    >>> parse_checksum("md5:5D41402ABC4B2A76B9719D911017C592")
    Checksum(algorithm='md5', value='5d41402abc4b2a76b9719d911017c592')

    Raises:
        ValueError: It is not `algorithm:hex` of an algorithm that `hashlib` has.
    """
    if text is None:
        return None
    import hashlib

    algorithm, _, value = text.partition(":")
    if not value or algorithm not in hashlib.algorithms_available:
        raise ValueError(f"checksum must be '<algorithm>:<hex>', such as 'sha256:9f86d0...', not {text!r}")
    length = hashlib.new(algorithm).digest_size * 2
    if not re.fullmatch(f"[0-9a-fA-F]{{{length}}}", value):
        raise ValueError(f"checksum: a {algorithm} has {length} hexadecimal digits, not {value!r}")
    return Checksum(algorithm, value.lower())


def parts_of_tag(e_tag: str | None) -> int | None:
    """Return how many parts' MD5s an ETag is made of, 0 if it may be that of the whole; None for another kind.

    >>> parts_of_tag('"9bb58f26192e4ba00f01e2e7b136bbd8-12"'), parts_of_tag('"0x8D"')
    (12, None)
    """
    found = _MD5.fullmatch(e_tag or "")
    return int(found[2] or 0) if found else None


def tag_of(pieces: Callable[[int], Buffer], size: int, part_size: int) -> str:
    """Return the ETag that S3 gives to a content: its MD5, or that of its parts' MD5s.

    Args:
        pieces: Returns the next bytes, as many as it is asked for but for the last.
        size: The length of the content.
        part_size: The length of a part; 0 for no parts.
    """
    import hashlib

    if not part_size:
        return f'"{_md5(pieces, size).hexdigest()}"'
    count = -(-size // part_size)
    digests = b"".join(_md5(pieces, min(part_size, size - index * part_size)).digest() for index in range(count))
    return f'"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{count}"'


def _md5(pieces: Callable[[int], Buffer], size: int) -> Any:
    import hashlib

    found = hashlib.md5(usedforsecurity=False)
    while size:
        piece = pieces(min(size, 1 << 20))
        if not len(piece):
            break
        found.update(piece)
        size -= len(piece)
    return found
