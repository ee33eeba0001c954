"""Bodies that are compared with the checksum that came with them.

The bytes are summed as they pass, and the last of them is handed out only if the sum is
right. What was streamed before cannot be taken back, so a wrong sum is never repaired by reading
again: it is an error, and whoever consumes the stream must not trust what came of it.
"""

from __future__ import annotations

from obstore._core.body import Body
from obstore._core.checksums import checksum
from obstore._core.errors import GenericError
from obstore._core.types import Buffer
from obstore._io.runtime import current
from obstore._transfer.backend import StoredObject

_LONG = 1 << 20
"""Bytes that take longer to sum than an event loop should wait: half a millisecond."""


class VerifiedBody(Body):
    """The bytes of a whole object, `size` of them, whose checksum must be `expected`."""

    __slots__ = ("_algorithm", "_body", "_expected", "_left", "_path", "_store", "_sum")

    def __init__(self, body: Body, size: int, algorithm: str, expected: bytes, store: str, path: str) -> None:
        self._body = body
        self._left = size
        self._algorithm = algorithm
        self._expected = expected
        self._store = store
        self._path = path
        self._sum = checksum(algorithm)

    def __repr__(self) -> str:
        return f"<VerifiedBody {self._algorithm} {self._body!r}>"

    def close(self) -> None:
        self._body.close()

    def take(self) -> Buffer | None:
        data = self._body.take()
        if data is not None:
            self._sum.update(data)
            self._compare()
        return data

    async def read(self) -> Buffer:
        data = await self._body.read()
        await self._add(data)
        self._compare()
        return data

    async def read_chunk(self, max_bytes: int) -> Buffer:
        piece = await self._body.read_chunk(max_bytes)
        await self._add(piece)
        self._left -= len(piece)
        if not len(piece) or not self._left:
            self._compare()
        return piece

    async def _add(self, data: Buffer) -> None:
        if len(data) > _LONG:
            await current().call(lambda: self._sum.update(data))
        else:
            self._sum.update(data)

    def _compare(self) -> None:
        found = self._sum.digest()
        if found != self._expected:
            raise GenericError(
                f"Generic {self._store} error: the {self._algorithm} checksum of what was read from {self._path} "
                f"is {found.hex()}, not {self._expected.hex()}, as the service says",
                store=self._store,
                path=self._path,
                hint="it was damaged on its way or where it is stored: read it again, and compare with another client",
            )


def verify_body(stored: StoredObject, algorithm: str, value: str, store: str, path: str) -> None:
    """Have the body of a whole object compared with its checksum, as a header has it."""
    digest = parse_digest(value)
    if digest is not None:
        start, stop = stored.range
        stored.body = VerifiedBody(stored.body, stop - start, algorithm, digest, store, path)


def parse_digest(text: str) -> bytes | None:
    """Read a checksum in base64; None if it is of something else than the object's bytes.

    A checksum of an upload in parts is one of their checksums, with their number: "...-3".

    >>> parse_digest("y/Q5Jg==").hex(), parse_digest("y/Q5Jg==-3")
    ('cbf43926', None)
    """
    from base64 import b64decode

    try:
        return b64decode(text, validate=True)
    except ValueError:
        return None
