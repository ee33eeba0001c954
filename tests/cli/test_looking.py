"""`ls`, `tree`, `stat`, `du`, `cat`, `head`: what is there."""

import pytest

from obstore.cli.output import visible
from obstore.store import MemoryStore, S3Store
from tests.cli.conftest import Run


@pytest.fixture
def filled(memory: MemoryStore) -> MemoryStore:
    memory.put("a.txt", b"hello\n", attributes={"Content-Type": "text/plain", "author": "me"})
    memory.put("dir/b.csv", b"1\n2\n3\n")
    memory.put("dir/sub/c.csv", b"x" * 1_500_000)
    return memory


def test_ls_shows_one_level(filled: MemoryStore, obs: Run) -> None:
    assert obs("ls", "test://m").lines == ["dir/", "a.txt"]
    assert obs("ls", "test://m/dir/").lines[:2] == ["sub/", "b.csv"]


def test_ls_shows_times_and_sizes(filled: MemoryStore, obs: Run) -> None:
    lines = obs("ls", "-l", "-r", "test://m/dir/sub").lines

    assert len(lines) == 1
    assert lines[0].endswith("   1.5 MB  c.csv")


def test_ls_shows_what_matches(filled: MemoryStore, obs: Run) -> None:
    assert obs("ls", "test://m/dir/**/c*.csv").lines == ["test://m/dir/sub/c.csv"]
    assert "nothing matches" in obs("ls", "test://m/dir/*.zip", code=3).err


def test_ls_of_an_object_shows_it_and_of_nothing_fails(filled: MemoryStore, obs: Run) -> None:
    assert obs("ls", "test://m/a.txt").lines == ["test://m/a.txt"]
    assert "not found" in obs("ls", "test://m/missing", code=3).err


def test_names_cannot_paint_a_terminal() -> None:
    assert visible("odd \x1b[31m\r.csv\n└── é") == "odd \\x1b[31m\\r.csv\n└── é"


def test_json_is_a_document_for_each_line(filled: MemoryStore, obs: Run) -> None:
    before, behind = obs("--json", "ls", "test://m"), obs("ls", "--json", "test://m")

    assert before.documents[0] == {"directory": "dir/"}
    assert before.documents[1]["path"] == "a.txt"
    assert before.documents[1]["size"] == 6
    assert [document.keys() for document in before.documents] == [document.keys() for document in behind.documents]


def test_errors_are_json_too(memory: MemoryStore, obs: Run) -> None:
    said = obs("--json", "stat", "test://m/missing", code=3)

    assert said.out == ""
    assert '"error": "NotFoundError"' in said.err


def test_tree_draws(filled: MemoryStore, obs: Run) -> None:
    lines = obs("tree", "-L", "2", "test://m").lines

    assert lines[:3] == ["test://m", "├── a.txt", "└── dir/"]
    assert "    └── sub/" in lines
    assert lines[-1] == "2 directories, 2 objects"


def test_stat_tells_all(filled: MemoryStore, obs: Run) -> None:
    said = obs("stat", "test://m/a.txt")

    assert "  size:           6 (6 B)" in said.lines
    assert "  Content-Type:   text/plain" in said.lines
    assert obs("--json", "stat", "test://m/a.txt").documents[0]["attributes"]["author"] == "me"


def test_du_counts(filled: MemoryStore, obs: Run) -> None:
    assert [line.split() for line in obs("du", "-d", "1", "test://m/dir").lines] == [
        ["1.5", "MB", "1", "sub"],
        ["1.5", "MB", "2", "test://m/dir"],
    ]


def test_cat_writes_bytes_as_they_are(filled: MemoryStore, obs: Run) -> None:
    assert obs("cat", "test://m/a.txt", "test://m/dir/b.csv").out == "hello\n1\n2\n3\n"


def test_head_writes_the_beginning(filled: MemoryStore, obs: Run) -> None:
    assert obs("head", "-n", "2", "test://m/dir/b.csv").out == "1\n2\n"
    assert obs("head", "test://m/dir/b.csv").out == "1\n2\n3\n"
    assert obs("head", "-c", "4", "test://m/a.txt").out == "hell"
    assert obs("head", "-c", "1K", "test://m/dir/sub/c.csv").out == "x" * 1024


def test_a_real_bucket_is_looked_at(bucket: S3Store, url: str, obs: Run) -> None:
    bucket.put("x/y.txt", b"hello")

    assert obs("ls", url).lines == ["x/"]
    assert obs("ls", f"{url}/x/").lines == ["y.txt"]
    assert obs("cat", f"{url}/x/y.txt").out == "hello"
    assert obs("ls", f"{url}/x/*.txt").lines == [f"{url}/x/y.txt"]
