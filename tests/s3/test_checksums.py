import pytest

from obstore._s3.checksums import checksum


@pytest.mark.parametrize(
    ("algorithm", "data", "expected"),
    [
        ("crc64nvme", b"123456789", "rosUhgp5mIg="),
        ("crc64nvme", b"", "AAAAAAAAAAA="),
        ("sha256", b"123456789", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
        ("sha256", b"hello world", "uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="),
        ("sha256", b"", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
    ],
)
def test_checksums_have_the_published_values(algorithm: str, data: bytes, expected: str) -> None:
    for buffer in (data, bytearray(data), memoryview(data)):
        assert checksum(algorithm, buffer) == expected
