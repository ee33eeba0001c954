"""What is done in one comparison: plain data, which the compiled package's process reads as well."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

# Given as keyword arguments, so that their type has to be this one.
Settings = dict[str, Any]


class Step(NamedTuple):
    """One call: a name in `play.CALLS`, and its arguments without the store."""

    call: str
    args: tuple[Any, ...]
    options: Mapping[str, Any]


def step(call: str, *args: Any, **options: Any) -> Step:
    return Step(call, args, options)


class Reply(NamedTuple):
    """An answer that comes first, before those that the service would give."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}


@dataclass(frozen=True)
class Scenario:
    """A store, what is done with it, and how the server answers.

    In the store's arguments `{url}` stands for the server's, `{private_key}` for an RSA key in PEM
    whose line ends are those of JSON.
    """

    name: str
    kind: str
    store: Mapping[str, Any]
    steps: tuple[Step, ...]
    client: Mapping[str, Any] = field(default_factory=dict)
    script: tuple[Reply, ...] = ()

    @property
    def service(self) -> str:
        """The service that is imitated: `s3`, `gcs`, `azure` or `http`."""
        return self.name.partition("-")[0]
