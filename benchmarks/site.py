"""Where a worker finds the server and the files, as handed from the parent to its processes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Literal

Scheme = Literal["plain", "tls"]


@dataclasses.dataclass(frozen=True, slots=True)
class Site:
    """One running server: its two origins, its CA (a PEM file) and the folder it serves."""

    plain: str
    tls: str
    ca: str
    root: str

    @property
    def bucket(self) -> Path:
        return Path(self.root) / "bkt"

    def origin(self, scheme: Scheme) -> str:
        return self.tls if scheme == "tls" else self.plain

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Site:
        return cls(**json.loads(text))
