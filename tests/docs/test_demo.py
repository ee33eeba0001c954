"""The program that newcomers are told to run first."""

import subprocess
import sys
from pathlib import Path

TOUR = Path(__file__).parents[2] / "examples" / "tour.py"


def test_the_tour_works_without_a_warning() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(TOUR)], capture_output=True, text=True, timeout=120, check=False
    )

    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.count("every byte is the same") == 2
