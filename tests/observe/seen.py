"""Callbacks of all kinds, and what they were told."""

from typing import Any


class Seen:
    """Everything that a store tells, in order."""

    def __init__(self, store: Any) -> None:
        self.events: list[Any] = []
        self.registrations = [
            store.on_request(self.events.append),
            store.on_response(self.events.append),
            store.on_retry(self.events.append),
        ]

    @property
    def kinds(self) -> list[str]:
        return [type(event).__name__.removesuffix("Event") for event in self.events]

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]
