import pytest

from obstore._s3.url import read_url
from obstore.exceptions import GenericError
from obstore.store import S3Store

R2 = "https://account.r2.cloudflarestorage.com"
R2_EU = "https://account.eu.r2.cloudflarestorage.com"
DUAL = "s3.dualstack.eu-west-1.amazonaws.com"
FIPS = "s3-fips.us-gov-west-1.amazonaws.com"
CHINA = "s3.cn-north-1.amazonaws.com.cn"
VIRTUAL = {"virtual_hosted_style_request": "true"}


@pytest.mark.parametrize(
    ("url", "settings", "prefix"),
    [
        ("s3://bucket", {"bucket": "bucket"}, None),
        ("s3://bucket/", {"bucket": "bucket"}, None),
        ("s3://bucket/a/b/", {"bucket": "bucket"}, "a/b"),
        ("S3A://Bucket.dots/a%20b?versionId=1#x", {"bucket": "Bucket.dots"}, "a b"),
        ("https://s3.region.amazonaws.com/bucket", {"bucket": "bucket", "region": "region"}, None),
        ("https://s3.region.amazonaws.com/bucket/a/b", {"bucket": "bucket", "region": "region"}, "a/b"),
        (
            f"https://{DUAL}/bucket/a",
            {"bucket": "bucket", "region": "eu-west-1", "endpoint": f"https://{DUAL}"},
            "a",
        ),
        ("https://bucket.s3.amazonaws.com", {"bucket": "bucket", **VIRTUAL}, None),
        ("https://bucket.s3.region.amazonaws.com/a", {"bucket": "bucket", "region": "region", **VIRTUAL}, "a"),
        (
            f"https://bucket.{DUAL}/a",
            {"bucket": "bucket", "region": "eu-west-1", "endpoint": f"https://bucket.{DUAL}", **VIRTUAL},
            "a",
        ),
        ("https://s3.amazonaws.com/bucket/a", {"bucket": "bucket"}, "a"),
        ("https://s3-eu-west-1.amazonaws.com/bucket", {"bucket": "bucket", "region": "eu-west-1"}, None),
        ("https://my.bucket.s3.amazonaws.com/a", {"bucket": "my.bucket"}, "a"),
        ("https://my.bucket.s3.region.amazonaws.com/a", {"bucket": "my.bucket", "region": "region"}, "a"),
        (
            f"https://my.bucket.{DUAL}/a",
            {"bucket": "my.bucket", "region": "eu-west-1", "endpoint": f"https://{DUAL}"},
            "a",
        ),
        (
            f"https://{FIPS}/bucket",
            {"bucket": "bucket", "region": "us-gov-west-1", "endpoint": f"https://{FIPS}"},
            None,
        ),
        (
            f"https://bucket.{FIPS}/a",
            {"bucket": "bucket", "region": "us-gov-west-1", "endpoint": f"https://bucket.{FIPS}", **VIRTUAL},
            "a",
        ),
        (
            "https://s3-fips.dualstack.us-east-1.amazonaws.com/bucket",
            {
                "bucket": "bucket",
                "region": "us-east-1",
                "endpoint": "https://s3-fips.dualstack.us-east-1.amazonaws.com",
            },
            None,
        ),
        (
            f"https://{CHINA}/bucket/a",
            {"bucket": "bucket", "region": "cn-north-1", "endpoint": f"https://{CHINA}"},
            "a",
        ),
        (
            f"https://bucket.{CHINA}/a",
            {"bucket": "bucket", "region": "cn-north-1", "endpoint": f"https://bucket.{CHINA}", **VIRTUAL},
            "a",
        ),
        (
            "https://bucket.s3-accelerate.dualstack.amazonaws.com/a",
            {"bucket": "bucket", "endpoint": "https://bucket.s3-accelerate.dualstack.amazonaws.com", **VIRTUAL},
            "a",
        ),
        (f"{R2}/bucket", {"bucket": "bucket", "region": "auto", "endpoint": R2}, None),
        (f"{R2_EU}/bucket/a", {"bucket": "bucket", "region": "auto", "endpoint": R2_EU}, "a"),
    ],
)
def test_a_url_says_where_a_bucket_is(url: str, settings: dict[str, str], prefix: str | None) -> None:
    assert read_url(url) == (settings, prefix)


@pytest.mark.parametrize(
    "url",
    [
        "mailto://bucket/path",
        "s3://",
        "s3:bucket",
        "http://s3.region.amazonaws.com/bucket",
        "https://s3.bucket.mydomain.com",
        "https://s3.bucket.foo.amazonaws.com",
        "https://bucket.mydomain.region.amazonaws.com",
        "https://bucket.s3.region.bar.amazonaws.com",
        "https://s3-accelerate.amazonaws.com/bucket",
        "https://s3.amazonaws.com.evil/bucket",
        "https://account.r2.eu.cloudflarestorage.com/bucket",
        "https://s3.region.amazonaws.com",
        "https://s3.region.amazonaws.com/",
        f"{R2}/",
        "https://example.com/bucket",
    ],
)
def test_other_urls_are_refused_with_a_remedy(url: str) -> None:
    with pytest.raises(GenericError, match="s3://bucket/prefix"):
        read_url(url)


def test_a_signature_is_not_shown() -> None:
    with pytest.raises(GenericError) as caught:
        read_url("https://h.amazonaws.com/k?X-Amz-Signature=secret")

    assert "secret" not in str(caught.value)


def test_an_empty_segment_is_refused() -> None:
    with pytest.raises(GenericError, match="contained empty path segment"):
        read_url("s3://bucket/a//b")


def test_a_url_is_text() -> None:
    with pytest.raises(TypeError, match="url must be a str, not NoneType"):
        S3Store.from_url(None)  # type: ignore[arg-type]


def test_a_keyword_must_not_repeat_the_url() -> None:
    with pytest.raises(GenericError, match=r"Duplicate key aws_bucket provided.*the URL and in keyword arguments"):
        S3Store.from_url("s3://bucket", bucket="other")


def test_the_configuration_counts_before_the_url() -> None:
    store = S3Store.from_url(
        "https://s3.region.amazonaws.com/bucket/p", config={"bucket": "other"}, skip_signature=True
    )

    assert store.config == {"bucket": "other", "region": "region", "skip_signature": "true"}
    assert store.prefix == "p"
