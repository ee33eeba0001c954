"""The fake that all tests of Google Cloud Storage share, and stores on it."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from obstore._io.runtime import run_blocking
from tests.servers.gcs_emulator import GcsEmulator, gcs_emulator
from tests.servers.gcs_fake import GcsFake, gcs_fake
from tests.servers.requirement import required

Run = Callable[[Coroutine[Any, Any, Any]], Any]

EMULATOR_VARIABLE = "GCS_EMULATOR_URL"
# Taken before any fixture clears the variables of clouds.
EMULATOR_URL = os.environ.get(EMULATOR_VARIABLE)


SERVER_FIXTURES = {"emulator"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a real server, so that `-m "not server"` leaves it out."""
    for item in items:
        if not SERVER_FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.server)


@pytest.fixture(scope="session")
def _gcs_fake() -> Iterator[GcsFake]:
    with gcs_fake() as fake:
        yield fake


@pytest.fixture(scope="session")
def _paged_fake() -> Iterator[GcsFake]:
    with gcs_fake(page_size=2) as fake:
        yield fake


@pytest.fixture
def fake(_gcs_fake: GcsFake) -> Iterator[GcsFake]:
    """The fake, with nothing recorded yet. Nothing planned is left for those who take it as it is."""
    _gcs_fake.reset()
    yield _gcs_fake
    _gcs_fake.reset()


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GcsEmulator]:
    """The emulator of the JSON API, or the one that `GCS_EMULATOR_URL` names."""
    if EMULATOR_URL is not None:
        yield GcsEmulator(EMULATOR_URL)
        return
    with required(gcs_emulator(tmp_path_factory.mktemp("gcs_emulator"))) as server:
        yield server


@pytest.fixture(autouse=True)
def _nobody_is_logged_in(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No file of gcloud is found, and no other machine is asked for a metadata server."""
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path_factory.getbasetemp() / "nowhere"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")


@pytest.fixture(params=["sync", "async"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run a coroutine of the engine's in either colour."""
    return run_blocking if request.param == "sync" else asyncio.run
