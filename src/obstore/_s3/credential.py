"""What requests to AWS are signed with."""

from __future__ import annotations

from typing import NamedTuple


class Credential(NamedTuple):
    """A key pair, with the token of a session. `expires_at` is in seconds since the epoch; None is never."""

    access_key_id: str
    secret_access_key: str
    token: str | None = None
    expires_at: float | None = None

    def __repr__(self) -> str:
        return f"Credential({self.access_key_id!r}, secret=***)"
