"""HMAC with a prepared key is HMAC."""

import hmac

import pytest
from hypothesis import given
from hypothesis.strategies import binary

from obstore._core.mac import Mac


@given(key=binary(max_size=200), texts=...)
def test_it_is_what_the_standard_library_computes(key: bytes, texts: list[bytes]) -> None:
    mac = Mac(key)
    for text in texts:
        assert mac.digest(text) == hmac.digest(key, text, "sha256")


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 200])
def test_keys_of_every_length_are_right(size: int) -> None:
    key = bytes(range(200))[:size]

    assert Mac(key).digest(b"text") == hmac.digest(key, b"text", "sha256")


def test_the_key_is_not_shown() -> None:
    assert "secret" not in repr(Mac(b"secret"))
