"""The server that both packages talk to, and what it saw."""

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.environments import COMPILED, compiled_python
from benchmarks.process import environment
from tests.servers import ServerUnavailableError
from tests.servers.fake_http import Answer, Call, serving
from tests.wire_comparison.answers import ANSWERS
from tests.wire_comparison.scenario import Scenario

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Recording:
    """One playing of a scenario: the requests as they came, and how the steps ended."""

    calls: list[Call]
    outcomes: list[str]


@dataclass
class Capture:
    """Answers for one scenario after the other, and remembers the requests of each."""

    calls: list[Call] = field(default_factory=list)
    script: list[Answer] = field(default_factory=list)
    answer: Callable[[Call], Answer] = ANSWERS["s3"]
    url: str = ""

    def handle(self, call: Call) -> Answer:
        self.calls.append(call)
        return self.script.pop(0) if self.script else self.answer(call)

    def record(self, scenario: Scenario, play: Callable[[Scenario], list[str]]) -> Recording:
        self.calls = []
        self.script = [Answer(reply.status, reply.body, dict(reply.headers)) for reply in scenario.script]
        self.answer = ANSWERS[scenario.service]
        return Recording(self.calls, play(scenario))


@contextlib.contextmanager
def capturing() -> Iterator[Capture]:
    capture = Capture()
    with serving(capture.handle) as capture.url:
        yield capture


@contextlib.contextmanager
def compiled_player(values: dict[str, str]) -> Iterator[Callable[[Scenario], list[str]]]:
    """Start a process that plays scenarios with the compiled package; `values` are those of the placeholders."""
    try:
        python = compiled_python()
    except (OSError, subprocess.CalledProcessError) as exc:
        raise ServerUnavailableError(f"{COMPILED} cannot be installed: {exc}") from exc
    command = [python, "-m", "tests.wire_comparison.play", json.dumps(values)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=ROOT, env=environment(), text=True) as process:
        yield partial(_ask, process)
        process.communicate()


def _ask(process: subprocess.Popen[str], scenario: Scenario) -> list[str]:
    assert process.stdin is not None
    assert process.stdout is not None
    print(scenario.name, file=process.stdin, flush=True)
    outcomes: list[str] = json.loads(process.stdout.readline())
    return outcomes
