"""The commands of the guide, as they stand there, at a real server."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import S3Server
from tests.servers.boto import client

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
BEFORE = f'set -euo pipefail\nobstore() {{ {sys.executable} -m obstore "$@"; }}\n'


def test_the_commands_of_the_guide_work(ministack: S3Server, tmp_path: Path) -> None:
    with client("s3", ministack.endpoint, (ministack.access_key_id, ministack.secret_access_key)) as s3:
        s3.create_bucket(Bucket="my-bucket")
    (tmp_path / "data/more").mkdir(parents=True)
    (tmp_path / "data/table.csv").write_text("a,b\n1,2\n")
    (tmp_path / "data/more/other.csv").write_text("c\n")
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": ministack.access_key_id,
        "AWS_SECRET_ACCESS_KEY": ministack.secret_access_key,
        "AWS_ENDPOINT_URL_S3": ministack.endpoint,
        "AWS_ALLOW_HTTP": "true",
    }
    script = BEFORE + "\n".join(BLOCKS)
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy.csv").read_text() == "a,b\n1,2\n"
    assert (tmp_path / "found/more/other.csv").read_text() == "c\n"
    assert (tmp_path / "backup/table.csv").exists()
    assert "data/more/other.csv" in done.stdout
    assert "run: 2 of 2 done" in done.stdout


def test_every_command_is_in_the_guide() -> None:
    from obstore.cli.parser import commands

    page = PAGE.read_text(encoding="utf-8")

    assert [command.name for command in commands() if f"`{command.name}`" not in page] == []


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 130])
def test_every_exit_code_is_in_the_guide(code: int) -> None:
    assert f"| {code} |" in PAGE.read_text(encoding="utf-8")
