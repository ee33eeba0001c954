"""What S3's settings mean, and what is said of those that mean nothing."""

from typing import Any

import pytest

from obstore._http.message import Origin
from obstore._s3.config import KEYS, CopyCondition, S3Settings, customer_key_headers, read_settings
from obstore._s3.endpoint import zone_of
from obstore._transfer.config import Setting, merge
from obstore.exceptions import GenericError, UnknownConfigurationKeyError
from obstore.store import S3Store

SPELLINGS = {
    "access_key_id": "aws_access_key_id access_key_id",
    "secret_access_key": "aws_secret_access_key secret_access_key",
    "session_token": "aws_session_token aws_token session_token token",
    "region": "aws_region region",
    "default_region": "aws_default_region default_region",
    "bucket": "aws_bucket aws_bucket_name bucket_name bucket",
    "endpoint": "aws_endpoint aws_endpoint_url endpoint_url endpoint",
    "endpoint_url_s3": "aws_endpoint_url_s3",
    "virtual_hosted_style_request": "aws_virtual_hosted_style_request virtual_hosted_style_request",
    "s3_express": "aws_s3_express s3_express",
    "unsigned_payload": "aws_unsigned_payload unsigned_payload",
    "skip_signature": "aws_skip_signature skip_signature",
    "checksum_algorithm": "aws_checksum_algorithm checksum_algorithm",
    "copy_if_not_exists": "aws_copy_if_not_exists copy_if_not_exists",
    "conditional_put": "aws_conditional_put conditional_put",
    "disable_tagging": "aws_disable_tagging disable_tagging",
    "disable_bulk_delete": "aws_disable_bulk_delete disable_bulk_delete",
    "request_payer": "aws_request_payer request_payer",
    "metadata_endpoint": "aws_metadata_endpoint metadata_endpoint",
    "imdsv1_fallback": "aws_imdsv1_fallback imdsv1_fallback",
    "container_credentials_relative_uri": ("aws_container_credentials_relative_uri container_credentials_relative_uri"),
    "container_credentials_full_uri": "aws_container_credentials_full_uri container_credentials_full_uri",
    "container_authorization_token_file": ("aws_container_authorization_token_file container_authorization_token_file"),
    "web_identity_token_file": "aws_web_identity_token_file web_identity_token_file",
    "role_arn": "aws_role_arn role_arn",
    "role_session_name": "aws_role_session_name role_session_name",
    "endpoint_url_sts": "aws_endpoint_url_sts endpoint_url_sts",
    "server_side_encryption": "aws_server_side_encryption server_side_encryption",
    "sse_kms_key_id": "aws_sse_kms_key_id sse_kms_key_id",
    "sse_bucket_key_enabled": "aws_sse_bucket_key_enabled sse_bucket_key_enabled",
    "sse_customer_key_base64": "aws_sse_customer_key_base64 sse_customer_key_base64",
    "timeout": "timeout aws_timeout",
    "allow_http": "allow_http aws_allow_http",
}


def read(**settings: object) -> S3Settings:
    explicit = KEYS.explicit(("arguments", {"bucket": "bkt", **settings}))
    return read_settings(merge(explicit, KEYS.environment()))


def place(**settings: object) -> str:
    found = read(**settings)
    origin = found.origin
    return f"{origin.scheme}://{origin.host}:{origin.port}{found.base_path}"


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_is_known_in_any_case(name: str) -> None:
    for spelling in SPELLINGS[name].split():
        assert KEYS.name_of(spelling) == KEYS.name_of(spelling.upper()) == name


@pytest.mark.parametrize("name", [name for name in SPELLINGS if name in KEYS.keys])
def test_every_setting_is_read_from_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for spelling in SPELLINGS[name].split():
        if spelling.startswith("aws_"):
            with monkeypatch.context() as patch:
                patch.setenv(spelling.upper(), "v")
                assert KEYS.environment()[name] == Setting("v", f"environment variable {spelling.upper()}")


def test_variables_of_others_and_in_lower_case_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    before = KEYS.environment()
    monkeypatch.setenv("AWS_PAGER", "less")
    monkeypatch.setenv("aws_bucket", "b")
    monkeypatch.setenv("BUCKET", "b")

    assert KEYS.environment() == before


def test_an_argument_counts_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "from-environment")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://environment")

    assert read(region="explicit").region == "explicit"
    assert read().region == "from-environment"
    assert read(endpoint="http://explicit").origin.host == "explicit"
    assert read().origin.host == "environment"


def test_the_services_own_endpoint_counts_before_the_common_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(endpoint="http://common", endpoint_url_s3="http://own").origin.host == "own"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://common")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://own")
    assert read().origin.host == "own"


def test_endpoints_of_the_environment_can_be_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://environment")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")

    assert read().origin.host == "s3.us-east-1.amazonaws.com"
    assert read(endpoint="http://explicit").origin.host == "explicit"


def test_the_region_is_explicit_or_the_default_one_or_amazons() -> None:
    assert read().region == "us-east-1"
    assert read(default_region="d").region == "d"
    assert read(default_region="d", region="r").region == "r"


def test_the_same_setting_twice_is_refused_under_its_long_name() -> None:
    with pytest.raises(GenericError, match=r"Duplicate key aws_region provided.*config= and in keyword arguments"):
        S3Store("b", config={"region": "r"}, AWS_REGION="r")


@pytest.mark.parametrize(("wrong", "near"), [("acces_key_id", "access_key_id"), ("aws_regoin", "aws_region")])
def test_an_unknown_setting_is_refused_with_the_nearest(wrong: str, near: str) -> None:
    with pytest.raises(UnknownConfigurationKeyError, match=f"'{wrong}' is not valid for store 'S3'.*{near}"):
        S3Store("b", config={wrong: "x"})


@pytest.mark.parametrize("word", ["true", "TRUE", "1", "on", "yes", "y", True])
def test_a_switch_is_on(word: object) -> None:
    assert not read(skip_signature=word).signs


@pytest.mark.parametrize("word", ["false", "False", "0", "off", "no", "n", False])
def test_a_switch_is_off(word: object) -> None:
    assert read(skip_signature=word).signs


@pytest.mark.parametrize(
    "name",
    [
        "skip_signature",
        "unsigned_payload",
        "disable_tagging",
        "disable_bulk_delete",
        "request_payer",
        "s3_express",
        "virtual_hosted_style_request",
    ],
)
def test_a_switch_that_is_none_is_named_with_its_source(name: str) -> None:
    with pytest.raises(GenericError, match=f'failed to parse "enabled" as boolean.*{name} .*arguments'):
        read(**{name: "enabled"})


@pytest.mark.parametrize(("word", "pays"), [("requester", True), ("REQUESTER", True), ("true", True), ("off", False)])
def test_the_requester_pays(word: str, pays: bool) -> None:
    assert read(request_payer=word).pays is pays


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "https://s3.us-east-1.amazonaws.com:443/bkt"),
        ({"region": "cn-north-1"}, "https://s3.cn-north-1.amazonaws.com.cn:443/bkt"),
        ({"virtual_hosted_style_request": True}, "https://bkt.s3.us-east-1.amazonaws.com:443"),
        ({"addressing_style": "virtual"}, "https://bkt.s3.us-east-1.amazonaws.com:443"),
        ({"endpoint": "http://h:9000"}, "http://h:9000/bkt"),
        ({"endpoint": "http://h:9000///"}, "http://h:9000/bkt"),
        ({"endpoint": "https://h/some/path/"}, "https://h:443/some/path/bkt"),
        ({"endpoint": "https://h:443"}, "https://h:443/bkt"),
        ({"endpoint": "http://[::1]:9000"}, "http://::1:9000/bkt"),
        ({"endpoint": "https://bkt.h", "virtual_hosted_style_request": True}, "https://bkt.h:443"),
        ({"endpoint": "https://h", "addressing_style": "virtual"}, "https://bkt.h:443"),
        # A certificate covers one label before the domain: names with a dot stay in the path.
        ({"bucket": "my.bkt", "addressing_style": "virtual"}, "https://s3.us-east-1.amazonaws.com:443/my.bkt"),
        ({"bucket": "my.bkt", "virtual_hosted_style_request": True}, "https://s3.us-east-1.amazonaws.com:443/my.bkt"),
        ({"bucket": "my.bkt", "endpoint": "http://h", "addressing_style": "virtual"}, "http://my.bkt.h:80"),
        ({"bucket": "Old_Name", "addressing_style": "virtual"}, "https://s3.us-east-1.amazonaws.com:443/Old_Name"),
        ({"endpoint": "http://10.0.0.1:9000", "addressing_style": "virtual"}, "http://10.0.0.1:9000/bkt"),
        ({"endpoint": "http://[::1]:9000", "addressing_style": "virtual"}, "http://::1:9000/bkt"),
        # The bucket is not in the endpoint: the reference leaves it out of the request.
        ({"endpoint": "https://h", "virtual_hosted_style_request": True}, "https://bkt.h:443"),
        ({"endpoint": "http://127.0.0.1:9000", "virtual_hosted_style_request": True}, "http://127.0.0.1:9000/bkt"),
        # It is in the endpoint, one way or the other.
        ({"endpoint": "https://h/bkt/", "virtual_hosted_style_request": True}, "https://h:443/bkt"),
        ({"bucket": "b.h", "endpoint": "https://b.h", "virtual_hosted_style_request": True}, "https://b.h:443"),
        ({"endpoint": "https://cdn.h", "addressing_style": "bucket_endpoint"}, "https://cdn.h:443"),
        (
            {"endpoint": "https://ap-1.s3-accesspoint.eu-west-1.amazonaws.com", "virtual_hosted_style_request": True},
            "https://ap-1.s3-accesspoint.eu-west-1.amazonaws.com:443",
        ),
        # It is in the endpoint of a service that is known, and nobody said so.
        ({"endpoint": "https://bkt.s3.eu-west-1.amazonaws.com"}, "https://bkt.s3.eu-west-1.amazonaws.com:443"),
        ({"endpoint": "https://bkt.nyc3.digitaloceanspaces.com"}, "https://bkt.nyc3.digitaloceanspaces.com:443"),
        # A host may begin with the bucket's name by chance.
        ({"bucket": "minio", "endpoint": "https://minio.example.com"}, "https://minio.example.com:443/minio"),
        (
            {"bucket": "a--use1-az4--x-s3", "s3_express": True, "region": "us-east-1"},
            "https://a--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com:443",
        ),
        (
            {"bucket": "a--use1-az4--x-s3", "s3_express": False},
            "https://s3.us-east-1.amazonaws.com:443/a--use1-az4--x-s3",
        ),
        ({"bucket": "a--use1-az4--x-s3", "endpoint": "http://h"}, "http://h:80/a--use1-az4--x-s3"),
        (
            {"bucket": "a--use1-az4--x-s3", "region": "us-east-1"},
            "https://a--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com:443",
        ),
    ],
)
def test_where_a_bucket_is(settings: dict[str, object], expected: str) -> None:
    assert place(**settings) == expected


@pytest.mark.parametrize("endpoint", ["localhost:9000", "h", "ftp://h", "http://", "/path"])
def test_an_endpoint_that_is_none_is_named_with_its_source(endpoint: str) -> None:
    with pytest.raises(GenericError, match=r"the endpoint .*, from arguments, is not an?.* URL"):
        read(endpoint=endpoint)


@pytest.mark.parametrize(
    ("bucket", "message"), [("", "Missing bucket name"), ("s3://b", "from_url"), ("b/p", "prefix=")]
)
def test_a_bucket_is_needed_and_is_a_name(bucket: str, message: str) -> None:
    with pytest.raises(GenericError, match=message):
        read(bucket=bucket)


@pytest.mark.parametrize("region", ["eu west 1", "s3.eu-west-1", "eu-west-1/", "héhé"])
def test_a_region_that_is_none_is_named_with_its_source(region: str) -> None:
    with pytest.raises(GenericError, match=r"from arguments, is not the name of a region Hint: .*eu-west-1.*leave it"):
        read(region=region)


def test_any_region_will_do_for_a_service_elsewhere() -> None:
    assert read(region="garage_1", endpoint="http://h").region == "garage_1"


def test_a_style_that_is_none_is_named() -> None:
    with pytest.raises(GenericError, match=r'"sideways" is not a valid addressing_style.*auto, bucket_endpoint, path'):
        read(addressing_style="sideways")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("multipart", CopyCondition("multipart")),
        (" multipart ", CopyCondition("multipart")),
        ("header:k:v", CopyCondition("header", ("k", "v"))),
        (" header : cf-Copy-If : * ", CopyCondition("header", ("cf-copy-if", "*"))),
        ("header:k:v:w", CopyCondition("header", ("k", "v:w"))),
        ("header-with-status:k:v:403", CopyCondition("header", ("k", "v"), 403)),
        (" header-with-status : key : value : 403 ", CopyCondition("header", ("key", "value"), 403)),
    ],
)
def test_how_an_exclusive_copy_is_asked_for(text: str, expected: CopyCondition) -> None:
    assert read(copy_if_not_exists=text).copy_condition == expected


@pytest.mark.parametrize("text", ["header", "header:k", "header-with-status:k:v", "header-with-status:k:v:x", "other"])
def test_a_copy_condition_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(GenericError, match=f'Failed to parse "{text}" as S3CopyIfNotExists'):
        read(copy_if_not_exists=text)


def test_without_a_copy_condition_there_is_none() -> None:
    assert read().copy_condition is None


@pytest.mark.parametrize("value", ["sha256", "SHA256", "sha1", "CRC32", "crc32c", "crc64nvme", "CRC64NVME"])
def test_a_checksum_may_be_chosen(value: str) -> None:
    assert read(checksum_algorithm=value).checksum == value.lower()


def test_the_size_from_which_copies_are_in_parts_is_a_number() -> None:
    assert read().copy_threshold is None
    assert read(multipart_copy_threshold=5 << 20).copy_threshold == 5 << 20
    assert read(multipart_copy_threshold="5242880").copy_threshold == 5 << 20
    for wrong in ("5MiB", "-1", "0", "٣"):
        with pytest.raises(GenericError, match=f'"{wrong}" is not a valid multipart_copy_threshold'):
            read(multipart_copy_threshold=wrong)


def test_other_checksums_are_refused() -> None:
    with pytest.raises(GenericError, match=r'"md5" is not a valid checksum algorithm, from arguments.*sha256'):
        read(checksum_algorithm="md5")


def test_what_is_read_is_verified_unless_that_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read().verifies
    assert not read(response_checksum_validation="when_required").verifies
    monkeypatch.setenv("AWS_RESPONSE_CHECKSUM_VALIDATION", "WHEN_REQUIRED")
    assert not read().verifies
    with pytest.raises(GenericError, match=r'"never" is not a valid response_checksum_validation'):
        read(response_checksum_validation="never")


def test_conditional_puts_can_be_disabled() -> None:
    assert read().may_put_conditionally
    assert read(conditional_put="etag").may_put_conditionally
    assert not read(conditional_put="disabled").may_put_conditionally
    with pytest.raises(GenericError, match="conditional_put"):
        read(conditional_put="dynamo")


START = "x-amz-server-side-encryption"


@pytest.mark.parametrize("kind", ["AES256", "aws:kms", "aws:kms:dsse"])
def test_encryption_by_the_service_is_asked_for_where_objects_are_made(kind: str) -> None:
    found = read(server_side_encryption=kind, sse_kms_key_id="id", sse_bucket_key_enabled="yes")

    assert found.read_headers == ()
    assert found.write_headers == (
        (START, kind),
        (f"{START}-aws-kms-key-id", "id"),
        (f"{START}-bucket-key-enabled", "true"),
    )


def test_a_key_without_encryption_changes_nothing() -> None:
    assert read(sse_kms_key_id="id").write_headers == ()


@pytest.mark.parametrize(
    ("key", "digest"),
    [
        ("MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE=", "GoDL8oWeAZVZNl1r5Hh5Tg=="),
        ("MTIzNDU2Nzg5MGFiY2RlZjEyMzQ1Njc4OTBhYmNkZWY=", "JMwgiexXqwuPqIPjYFmIZQ=="),
    ],
)
def test_a_customers_key_goes_with_every_request_for_an_object(key: str, digest: str) -> None:
    found = read(server_side_encryption="sse-c", sse_customer_key_base64=key)

    assert found.read_headers == found.write_headers == customer_key_headers(key)
    assert found.read_headers == (
        (f"{START}-customer-algorithm", "AES256"),
        (f"{START}-customer-key", key),
        (f"{START}-customer-key-md5", digest),
    )


@pytest.mark.parametrize(
    "settings", [{}, {"sse_customer_key_base64": "not base64!"}, {"sse_customer_key_base64": "c2hvcnQ="}]
)
def test_a_customers_key_is_needed_and_is_base64(settings: dict[str, str]) -> None:
    with pytest.raises(GenericError, match="sse_customer_key_base64") as caught:
        read(server_side_encryption="sse-c", **settings)
    assert "not base64!" not in str(caught.value)


@pytest.mark.parametrize("kind", ["aes256", "SSE-C", "kms"])
def test_other_encryption_is_refused(kind: str) -> None:
    with pytest.raises(GenericError, match=f'"{kind}" is not a valid server_side_encryption'):
        read(server_side_encryption=kind)


@pytest.mark.parametrize("suffix", ["--x-s3", "--xa-s3"])
def test_the_zone_is_the_last_part_of_the_name(suffix: str) -> None:
    assert zone_of(f"bucket-base-name--usw2-az1{suffix}") == "usw2-az1"
    assert zone_of(f"bucket-base--name--azid{suffix}") == "azid"


@pytest.mark.parametrize("bucket", ["bucket-base-name--x-s3", "bucket", "--x-s3", "a----x-s3"])
def test_a_bucket_without_a_zone_is_no_express_bucket(bucket: str) -> None:
    with pytest.raises(GenericError, match="Invalid Zone suffix"):
        zone_of(bucket)


@pytest.mark.parametrize(
    ("given", "missing"), [("access_key_id", "SecretAccessKey"), ("secret_access_key", "AccessKeyId")]
)
def test_half_a_credential_is_refused(given: str, missing: str) -> None:
    half: dict[str, Any] = {given: "s3cr3t"}
    with pytest.raises(GenericError, match=f"Missing {missing}.*{given} comes from keyword arguments") as caught:
        S3Store("b", config={}, **half)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"region": 1}, "'region' must be a str"),
        ({"region": None}, "'region' must be a str"),
        ({"config": ["region"]}, "config must be a dict, not list"),
        ({"config": {1: "r"}}, "keys are str, not int"),
        ({"client_options": ["timeout"]}, "client_options must be a dict, not list"),
        ({"retry_config": 3}, "retry_config must be a dict, not int"),
        ({"credential_provider": 3}, "callable object for credential_provider"),
        ({"prefix": 3}, "must be a str, not int"),
    ],
)
def test_a_wrong_type_is_refused_by_name(arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(TypeError, match=named):
        S3Store("b", **arguments)


def test_an_origin_leaves_nothing_to_guess() -> None:
    assert read(endpoint="https://h").origin == Origin("https", "h", 443)
