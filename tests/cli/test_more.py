"""`sign`, `explain`, `bench`, `run`, `completion`; options, exit codes, pipes and terminals."""

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from obstore.cli import main
from obstore.cli.completion import candidates
from obstore.store import MemoryStore, S3Store, registry
from tests.cli.conftest import Run

MODULE = [sys.executable, "-m", "obstore"]


def test_a_signed_url_opens(bucket: S3Store, url: str, obs: Run) -> None:
    bucket.put("k", b"hello")
    [signed] = obs("sign", "-e", "5m", f"{url}/k").lines

    with urlopen(signed) as reply:
        assert reply.read() == b"hello"


def test_what_cannot_be_signed_is_said(memory: MemoryStore, obs: Run) -> None:
    assert "sign" in obs("sign", "test://m/k", code=1).err


def test_explain_tells_where_settings_come_from(obs: Run) -> None:
    said = obs("explain", "--region", "eu-west-3", "--anonymous", "s3://some-bucket")

    assert "region" in said.out
    assert "eu-west-3" in said.out
    assert "AWS_REGION" in said.out
    assert "AWS_REGION" not in os.environ
    document = next(each for each in obs("--json", "explain", "s3://b").documents if each["name"] == "bucket")
    assert document == {"name": "bucket", "value": "b", "source": "the URL"}


def test_any_setting_may_be_given(obs: Run) -> None:
    before = obs("explain", "s3://b")
    said = obs("explain", "-o", "aws_request_payer=true", "s3://b")

    assert "request_payer" not in before.out
    assert "request_payer" in said.out
    assert obs("explain", "s3://b").out == before.out


def test_bench_measures_and_cleans_up(bucket: S3Store, url: str, obs: Run) -> None:
    lines = obs("bench", "-n", "10", "--size", "1M", "-j", "4", f"{url}/tmp").lines

    assert [line[:9].strip() for line in lines[1:]] == ["put", "get", "get, one", "put large", "get large", "list"]
    assert bucket.list().collect() == []


def test_a_file_of_commands_is_run(memory: MemoryStore, tmp_path: Path, obs: Run) -> None:
    for n in range(20):
        memory.put(f"in/{n}", b"")
    script = tmp_path / "commands"
    lines = [f"cp test://m/in/{n} test://m/out/{n}" for n in range(20)]
    script.write_text("\n".join(["# all of them", "", *lines]))
    said = obs("run", "-j", "4", script)

    assert said.lines[-1] == "run: 20 of 20 done"
    assert len(memory.list("out").collect()) == 20


def test_lines_that_fail_are_named(memory: MemoryStore, tmp_path: Path, obs: Run) -> None:
    script = tmp_path / "commands"
    script.write_text("rm test://m/a\ncat test://m/missing\n")
    said = obs("run", script, code=1)

    assert "line 2 failed: cat test://m/missing" in said.err
    assert said.lines[-1] == "run: 1 of 2 done"


@pytest.mark.parametrize("line", ["run other", "cp --region x a b", "cp a"])
def test_a_wrong_line_stops_all_before_they_begin(line: str, memory: MemoryStore, tmp_path: Path) -> None:
    memory.put("a", b"")
    script = tmp_path / "commands"
    script.write_text(f"rm test://m/a\n{line}\n")
    try:
        code = main(["run", str(script)])
    except SystemExit as end:
        code = int(str(end.code))

    assert code != 0
    assert memory.head("a")["size"] == 0


def test_completion_knows_commands_options_and_objects(memory: MemoryStore, obs: Run) -> None:
    memory.put("dir/a.txt", b"")
    memory.put("dir/b/c", b"")

    assert list(candidates(["s"])) == ["stat", "sync", "sign"]
    assert list(candidates(["cp", "--rec"])) == ["--recursive"]
    assert list(candidates(["ls", "test://m/di"])) == ["test://m/dir/"]
    assert list(candidates(["ls", "test://m/dir/"])) == ["test://m/dir/b/", "test://m/dir/a.txt"]
    assert obs("completion", "words", "--", "tr").lines == ["tree"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_written(shell: str, obs: Run) -> None:
    assert "obstore completion words" in obs("completion", shell).out


def test_the_script_for_bash_completes() -> None:
    program = f"""
        obstore() {{ {sys.executable} -m obstore "$@"; }}
        eval "$(obstore completion bash)"
        COMP_WORDS=(obstore tr); COMP_CWORD=1; _obstore; echo "${{COMPREPLY[@]}}"
    """
    found = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "tree"


def test_a_wrong_call_says_how() -> None:
    for call in ("", "cp a", "head -c many x", "sign -e soon x", "ls -o x y"):
        with pytest.raises(SystemExit) as end:
            main(call.split())
        assert end.value.code == 2


def test_exit_codes_tell_what_went_wrong(url: str, obs: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    obs("cat", f"{url}/missing", code=3)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    registry.clear()
    obs("cat", f"{url}/other", code=4)


def test_a_reader_that_has_had_enough_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"line\n" * 2_000_000)
    command = f"{sys.executable} -m obstore cat {tmp_path}/big | head -n 1"
    found = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)

    assert (found.stdout, found.stderr) == ("line\n", "")


def read_terminal(command: list[str], environment: dict[str, str]) -> str:
    """Run a command on a terminal of its own, and return what it wrote there."""
    parent, child = pty.openpty()
    with subprocess.Popen(command, stdin=child, stdout=child, stderr=child, env=environment) as process:
        os.close(child)
        pieces = []
        while True:
            try:
                piece = os.read(parent, 65536)
            except OSError:  # The other end is closed.
                break
            if not piece:
                break
            pieces.append(piece)
        process.wait(30)
    os.close(parent)
    return b"".join(pieces).decode("utf-8", "replace")


WITHOUT_RICH = [
    sys.executable,
    "-c",
    "import sys; sys.modules['rich'] = None; from obstore.cli import main; sys.exit(main())",
]


@pytest.mark.parametrize("program", [MODULE, WITHOUT_RICH], ids=["rich", "text"])
def test_a_terminal_has_a_bar(program: list[str], tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for n in range(30):
        (source / str(n)).write_bytes(b"x" * 100_000)
    command = [*program, "cp", "-r", str(source), str(tmp_path / "target")]
    shown = read_terminal(command, {**os.environ, "TERM": "xterm"})

    assert ("━" in shown) == (program is MODULE)
    assert "cp" in shown
    assert "30 done (3.0 MB" in shown
    assert "\x1b[" in shown


def test_ctrl_c_says_how_to_go_on(tmp_path: Path) -> None:
    """A pipe that nobody writes to keeps the command waiting."""
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(
        [*MODULE, "cp", "-", str(tmp_path / "target")], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write("x")
        process.stdin.flush()
        while not list(tmp_path.glob("target#*")) and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        assert process.wait(20) == 130

    assert "interrupted" in said
    assert "Traceback" not in said
    assert list(tmp_path.glob("target*")) == []
