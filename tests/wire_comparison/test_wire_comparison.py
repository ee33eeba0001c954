"""Each scenario, played by the compiled package and by this one, makes the same requests."""

import asyncio
import json
import os
from collections.abc import Iterator
from fnmatch import fnmatchcase

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from obstore.testing import COLOURS
from tests.servers import ServerUnavailableError
from tests.wire_comparison.capture import Capture, Recording, capturing, compiled_player
from tests.wire_comparison.compare import differences
from tests.wire_comparison.known import KNOWN, Known
from tests.wire_comparison.play import play, sync
from tests.wire_comparison.scenario import Scenario
from tests.wire_comparison.scenarios import BY_NAME, SCENARIOS

# What the compiled package refuses, or has done, without asking anyone.
SILENT = (
    "*-sign-*",
    "azure-get-suffix",
    "http-create*",
    "http-parts-*",
    "s3-conditional-put-disabled",
    "s3-copy-no-mode",
    "s3-delete-nothing",
)


@pytest.fixture(scope="module")
def capture() -> Iterator[Capture]:
    with capturing() as capture:
        yield capture


@pytest.fixture(scope="module")
def values(capture: Capture) -> dict[str, str]:
    """What the placeholders in scenarios stand for."""
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return {"url": capture.url, "private_key": json.dumps(pem).strip('"')}


@pytest.fixture(scope="module")
def compiled(capture: Capture, values: dict[str, str]) -> dict[str, Recording]:
    """Every scenario as the compiled package plays it."""
    try:
        with compiled_player(values) as player:
            return {scenario.name: capture.record(scenario, player) for scenario in SCENARIOS}
    except ServerUnavailableError as exc:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(exc))


@pytest.fixture(scope="module", params=COLOURS)
def found(
    request: pytest.FixtureRequest, capture: Capture, values: dict[str, str], compiled: dict[str, Recording]
) -> dict[str, list[str]]:
    """The differences of every scenario, in one colour."""

    def play_ours(scenario: Scenario) -> list[str]:
        run = sync if request.param == "sync" else asyncio.run
        outcomes: list[str] = run(play(scenario, values, request.param))
        return outcomes

    return {
        scenario.name: differences(compiled[scenario.name], capture.record(scenario, play_ours), capture.url)
        for scenario in SCENARIOS
    }


@pytest.mark.parametrize("name", BY_NAME)
def test_the_requests_are_those_of_the_compiled_package(name: str, found: dict[str, list[str]]) -> None:
    unexplained = [line for line in found[name] if not any(known.matches(name, line) for known in KNOWN)]

    assert unexplained == []


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.name)
def test_a_known_difference_still_occurs(known: Known, found: dict[str, list[str]]) -> None:
    assert known.stale(found) == []


def test_every_scenario_makes_a_request(compiled: dict[str, Recording]) -> None:
    silent = [name for name, recording in compiled.items() if not recording.calls]

    assert [name for name in silent if not any(fnmatchcase(name, glob) for glob in SILENT)] == []
