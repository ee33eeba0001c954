"""Checksums, by the published values, by C libraries, and by how they are computed."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obstore._core import checksums
from obstore._core.checksums import ALGORITHMS, checksum, digest_of, encode_digest, is_fast
from obstore._core.types import Buffer

SLOW = ("crc32c", "crc64nvme")
LENGTHS = (0, 1, 7, 8, 9, 265, 266, 282, 283, 284, 1000, 4096, 65535, 65536, 65537, 200_001)


def checksum_text(name: str, data: Buffer) -> str:
    return encode_digest(digest_of(name, data))


def in_python(name: str, data: bytes, value: int = 0) -> int:
    return checksums._python_crc(checksums._FOLDS[name])(data, value)


def by_bit(fold: checksums._Fold, data: bytes) -> int:
    """The definition of a CRC, one bit at a time."""
    ones = (1 << fold.width) - 1
    value = ones
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (fold.polynomial if value & 1 else 0)
    return value ^ ones


@pytest.mark.parametrize(
    ("algorithm", "data", "expected"),
    [
        ("crc32", b"123456789", "y/Q5Jg=="),
        ("crc32c", b"123456789", "4waSgw=="),
        ("crc32c", bytes(32), "ipE2qg=="),  # RFC 3720, appendix B.4
        ("crc32c", b"\xff" * 32, "YqirQw=="),
        ("crc64nvme", b"123456789", "rosUhgp5mIg="),
        ("crc64nvme", b"", "AAAAAAAAAAA="),
        ("sha256", b"123456789", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
        ("sha256", b"hello world", "uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="),
        ("sha256", b"", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        ("sha1", b"hello world", "Kq5sNclPz7QV2+lfQIuc6R7oRu0="),
        ("md5", b"hello world", "XrY7u+Ae7tCTyyK7j1rNww=="),
    ],
)
def test_checksums_have_the_published_values(algorithm: str, data: bytes, expected: str) -> None:
    for buffer in (data, bytearray(data), memoryview(data)):
        assert expected == checksum_text(algorithm, buffer)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_pieces_sum_up_to_the_whole(algorithm: str) -> None:
    data = bytes(range(256)) * 300
    total = checksum(algorithm)
    for start in range(0, len(data), 1001):
        total.update(data[start : start + 1001])

    whole = checksum(algorithm)
    whole.update(data)

    assert whole.digest() == total.digest()


@pytest.mark.parametrize("algorithm", SLOW)
@pytest.mark.parametrize("length", LENGTHS)
def test_python_agrees_with_c(algorithm: str, length: int) -> None:
    awscrt = pytest.importorskip("awscrt.checksums")
    data = bytes(i * i % 251 for i in range(length))

    assert getattr(awscrt, algorithm)(data) == in_python(algorithm, data)


@given(st.binary(max_size=700), st.sampled_from(SLOW), st.integers(0, 700))
def test_python_agrees_with_the_definition(data: bytes, algorithm: str, cut: int) -> None:
    value = in_python(algorithm, data[cut:], in_python(algorithm, data[:cut]))

    assert by_bit(checksums._FOLDS[algorithm], data) == value


@pytest.mark.parametrize("algorithm", SLOW)
def test_the_folds_are_true(algorithm: str) -> None:
    fold = checksums._FOLDS[algorithm]
    polynomial = int(f"{fold.polynomial:0{fold.width}b}"[::-1], 2)

    def power(exponent: int) -> int:
        value = 1
        for _ in range(exponent):
            value <<= 1
            if value >> fold.width:
                value ^= 1 << fold.width | polynomial
        return value

    total = 0
    for term in fold.terms:
        total ^= power(term)

    assert power(fold.degree) == total
    assert sorted(fold.terms, reverse=True) == list(fold.terms)


@pytest.mark.parametrize("algorithm", SLOW)
def test_without_a_library_python_does_it(algorithm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = checksum_text(algorithm, b"123456789")
    for cached in (checksums._accelerator, checksums._extend_function):
        monkeypatch.setattr(checksums, cached.__name__, cached.__wrapped__)
    monkeypatch.setitem(sys.modules, "awscrt", None)
    monkeypatch.setitem(sys.modules, "google_crc32c", None)

    assert not is_fast(algorithm)
    assert expected == checksum_text(algorithm, b"123456789")


@pytest.mark.parametrize("library", ["awscrt", "google_crc32c"])
def test_either_library_will_do(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip(library)
    other = {"awscrt": "google_crc32c", "google_crc32c": "awscrt"}[library]
    for cached in (checksums._accelerator, checksums._extend_function):
        monkeypatch.setattr(checksums, cached.__name__, cached.__wrapped__)
    monkeypatch.setitem(sys.modules, other, None)

    assert is_fast("crc32c")
    assert checksum_text("crc32c", memoryview(bytearray(b"123456789"))) == "4waSgw=="


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="'crc16' is not a checksum: use one of sha256"):
        checksum("crc16")
