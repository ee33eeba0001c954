import pytest

from obstore._gcs.signing import MAX_EXPIRY, check_expiry, prepare
from obstore.exceptions import GenericError

NOW = 1_549_049_645  # 2019-02-01T19:34:05Z


def test_the_string_to_sign_is_that_of_the_documentation() -> None:
    from hashlib import sha256

    email = "test@example.iam.gserviceaccount.com"
    unsigned = prepare("GET", "/test-bucket/test-object", "storage.googleapis.com", email, 10, NOW)
    canonical = (
        "GET\n/test-bucket/test-object\n"
        "X-Goog-Algorithm=GOOG4-RSA-SHA256"
        "&X-Goog-Credential=test%40example.iam.gserviceaccount.com%2F20190201%2Fauto%2Fstorage%2Fgoog4_request"
        "&X-Goog-Date=20190201T193405Z&X-Goog-Expires=10&X-Goog-SignedHeaders=host\n"
        "host:storage.googleapis.com\n\nhost\nUNSIGNED-PAYLOAD"
    )
    scope = "20190201/auto/storage/goog4_request"

    assert unsigned.string_to_sign == (
        f"GOOG4-RSA-SHA256\n20190201T193405Z\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    )
    assert unsigned.with_signature(b"\x0f\xa0").endswith("&X-Goog-SignedHeaders=host&X-Goog-Signature=0fa0")


def test_extra_parameters_come_first_and_are_signed_in_order() -> None:
    one = prepare("PUT", "/b/k", "h", "e", 1, NOW, (("z", "1"), ("a b", "2")))
    other = prepare("PUT", "/b/k", "h", "e", 1, NOW, (("a b", "2"), ("z", "1")))

    assert one.target.startswith("/b/k?z=1&a%20b=2&X-Goog-Algorithm=")
    assert one.string_to_sign == other.string_to_sign


def test_headers_are_signed_folded_and_joined() -> None:
    headers = [("Content-Type", "text/plain;  charset=utf-8"), ("x-one", "1"), ("x-one", "2")]
    signed = prepare("PUT", "/b/k", "h", "e", 1, NOW, (), headers)
    same = prepare(
        "PUT", "/b/k", "h", "e", 1, NOW, (), [("content-type", "text/plain; charset=utf-8"), ("x-one", "1,2")]
    )

    assert "X-Goog-SignedHeaders=content-type%3Bhost%3Bx-one" in signed.target
    assert signed.string_to_sign == same.string_to_sign


def test_a_url_lasts_seven_days_at_most() -> None:
    assert check_expiry(MAX_EXPIRY) == MAX_EXPIRY
    assert check_expiry(59.9) == 59
    with pytest.raises(GenericError, match=r"can't be longer than 604800 seconds \(7 days\)"):
        check_expiry(MAX_EXPIRY + 1)
