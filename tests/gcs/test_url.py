import pytest

from obstore._gcs.url import read_url
from obstore.exceptions import GenericError


@pytest.mark.parametrize(
    ("url", "bucket", "prefix"),
    [
        ("gs://bucket", "bucket", None),
        ("gs://bucket/", "bucket", None),
        ("gs://bucket.mydomain/some/path/", "bucket.mydomain", "some/path"),
        ("gcs://Bucket/a%20b", "Bucket", "a b"),
        ("https://storage.googleapis.com/bucket/a/b", "bucket", "a/b"),
        ("https://storage.cloud.google.com/bucket/a?authuser=1", "bucket", "a"),
        ("https://my.bucket.storage.googleapis.com/a", "my.bucket", "a"),
    ],
)
def test_a_url_names_a_bucket_and_a_prefix(url: str, bucket: str, prefix: str | None) -> None:
    assert read_url(url) == ({"bucket": bucket}, prefix)


@pytest.mark.parametrize(
    "url",
    [
        "s3://bucket",
        "gs://",
        "https://storage.googleapis.com",
        "https://example.com/bucket",
        "http://storage.googleapis.com/b",
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises((GenericError, ValueError)):
        read_url(url)
