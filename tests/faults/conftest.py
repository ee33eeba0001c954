import pytest

from obstore._s3.upload import S3Upload
from obstore._testing.colour import COLOURS, Colour


@pytest.fixture(params=COLOURS)
def colour(request: pytest.FixtureRequest) -> Colour:
    """Either way of calling."""
    found: Colour = request.param
    return found


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take parts of any size, as many services do: 5 MiB each in thousands of tests would take minutes."""
    monkeypatch.setattr(S3Upload, "part_limits", (1, 5 << 30, 10_000))
