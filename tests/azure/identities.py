"""A fake of the services that hand out tokens: Entra, the metadata service, Fabric's."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.servers.fake_http import Answer, Call, serving


def jwt(**claims: Any) -> str:
    """Make a token that is signed by nobody."""
    parts = [{"alg": "HS256", "typ": "JWT"}, claims]
    return ".".join([*(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "c2ln"])


class Identities:
    """Answers every call with a token, or with what `answers` has, one after the other."""

    def __init__(self, *answers: Answer | dict[str, Any]) -> None:
        self.calls: list[Call] = []
        self._answers = list(answers)

    def handle(self, call: Call) -> Answer:
        self.calls.append(call)
        answer = self._answers.pop(0) if self._answers else {"access_token": "T", "expires_in": 3599}
        return answer if isinstance(answer, Answer) else Answer(body=json.dumps(answer).encode())

    @contextmanager
    def running(self) -> Iterator[str]:
        """Yield the URL of the service."""
        with serving(self.handle) as url:
            yield url


def in_an_hour() -> int:
    """Return a time in seconds since the epoch."""
    return int(time.time()) + 3600
