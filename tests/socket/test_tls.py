"""TLS: who is trusted, who is not, and what a refusal says."""

import shutil
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey as PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat
from cryptography.x509.oid import NameOID

from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import GenericError
from tests.socket.listener import Listener, Peer, Script, one_after_another, part_of, serving


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(issued: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    return context


@pytest.fixture(scope="module")
def good(authority: trustme.CA) -> ssl.SSLContext:
    return server_context(authority.issue_cert("localhost", "127.0.0.1"))


@pytest.fixture
def pem(authority: trustme.CA) -> bytes:
    return authority.cert_pem.bytes()


@pytest.fixture
def pem_file(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def get(listener: Listener, colour: Colour, **options: Any) -> bytes:
    return drive(colour, StoreView(listener.store(scheme="https", **options), colour).body("k"))


def refusal(listener: Listener, colour: Colour, **options: Any) -> GenericError:
    with pytest.raises(GenericError) as caught:
        get(listener, colour, **options)
    return caught.value


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_server_of_a_given_authority_is_trusted(colour: Colour, good: ssl.SSLContext, pem: bytes, host: str) -> None:
    with Listener(serving(b"hello"), good) as listener:
        assert get(listener, colour, host=host, root_certificate=pem) == b"hello"


def plain_certificate(name: str, signer: tuple[x509.Certificate, PrivateKey] | None) -> tuple[Any, PrivateKey]:
    """A certificate as people make them by hand: without a word on whose key it is and what that is for."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(subject_name=subject, issuer_name=signer[0].subject if signer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=signer is None, path_length=None), critical=False)
    )
    return builder.sign(signer[1] if signer else key, SHA256()), key


def test_an_authority_need_not_follow_every_rule(colour: Colour, tmp_path: Path) -> None:
    """Python's default context is strict from 3.13 on (RFC 5280), and refuses what curl and browsers take."""
    authority = plain_certificate("authority", None)
    certificate, key = plain_certificate("localhost", authority)
    file = tmp_path / "server.pem"
    file.write_bytes(
        certificate.public_bytes(Encoding.PEM)
        + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    with Listener(serving(b"hello"), server) as listener:
        pem = authority[0].public_bytes(Encoding.PEM)
        assert get(listener, colour, host="localhost", root_certificate=pem) == b"hello"

        strict = ssl.create_default_context(cadata=pem.decode())
        strict.verify_flags |= ssl.VERIFY_X509_STRICT
        assert "Key Identifier" in str(refusal(listener, colour, host="localhost", ssl_context=strict))


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_environment_names_authorities(
    colour: Colour, good: ssl.SSLContext, pem_file: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, pem_file)
    with Listener(serving(b"hello"), good) as listener:
        assert get(listener, colour) == b"hello"


def test_environment_is_read_at_each_connection(
    colour: Colour, good: ssl.SSLContext, pem_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Listener(serving(b"hello"), good) as listener:
        refusal(listener, colour)
        monkeypatch.setenv("SSL_CERT_FILE", pem_file)
        assert get(listener, colour) == b"hello"


def test_bundle_that_cannot_be_read_is_named(
    colour: Colour, good: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere/ca.pem")
    with Listener(serving(b"hello"), good) as listener:
        store = listener.store(scheme="https", max_connections=1)
        for _ in range(2):  # The second found no place where the first had lost it.
            with pytest.raises(GenericError, match=r"AWS_CA_BUNDLE names, '/nowhere/ca\.pem'"):
                drive(colour, StoreView(store, colour).body("k"))


def bundle_failure(
    colour: Colour, listener: Listener, monkeypatch: pytest.MonkeyPatch, variable: str, path: Path | str
) -> GenericError:
    monkeypatch.setenv(variable, str(path))
    error = refusal(listener, colour)
    assert f"the environment variable {variable} names, {str(path)!r}" in str(error)
    assert f"point {variable} at" in str(error.hint)
    return error


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_bundle_that_is_missing_or_empty_is_an_error(
    colour: Colour, good: ssl.SSLContext, tmp_path: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty, directory = tmp_path / "empty.pem", tmp_path / "empty"
    empty.touch()
    directory.mkdir()
    with Listener(serving(b"hello"), good) as listener:
        assert "No such file" in str(bundle_failure(colour, listener, monkeypatch, variable, tmp_path / "missing"))
        assert "no PEM certificate" in str(bundle_failure(colour, listener, monkeypatch, variable, empty))
        assert "openssl rehash" in str(bundle_failure(colour, listener, monkeypatch, variable, directory))


def test_directory_of_certificates_must_exist(
    colour: Colour, good: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Listener(serving(b"hello"), good) as listener:
        bundle_failure(colour, listener, monkeypatch, "SSL_CERT_DIR", tmp_path / "missing")


def test_directory_of_hashed_certificates_is_trusted(
    colour: Colour, good: ssl.SSLContext, pem: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = x509_hash(pem)
    (tmp_path / f"{number:08x}.0").write_bytes(pem)
    for variable in ("SSL_CERT_DIR", "AWS_CA_BUNDLE"):
        monkeypatch.setenv(variable, str(tmp_path))
        with Listener(serving(b"hello"), good) as listener:
            assert get(listener, colour) == b"hello"
        monkeypatch.delenv(variable)


def x509_hash(pem: bytes) -> int:
    """The number by which OpenSSL looks for a certificate: X509_subject_name_hash."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not on this machine")
    command = [program, "x509", "-noout", "-subject_hash"]
    return int(subprocess.run(command, input=pem, capture_output=True, check=True).stdout, 16)


def test_own_context_is_used(colour: Colour, good: ssl.SSLContext, authority: trustme.CA) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with Listener(serving(b"hello"), good) as listener:
        assert get(listener, colour, ssl_context=context) == b"hello"


def test_verification_can_be_turned_off(colour: Colour, good: ssl.SSLContext) -> None:
    with Listener(serving(b"hello"), good) as listener:
        assert get(listener, colour, allow_invalid_certificates=True) == b"hello"


def test_unknown_authority_is_refused_at_once_with_a_hint(colour: Colour, good: ssl.SSLContext) -> None:
    with Listener(serving(b"hello"), good) as listener:
        error = refusal(listener, colour)

        assert "the certificate of 127.0.0.1 is not trusted" in str(error)
        assert "root_certificate" in str(error.hint)
        assert (error.attempts, listener.requests) == (1, [])


def test_certificate_of_another_host_is_refused(colour: Colour, authority: trustme.CA, pem: bytes) -> None:
    context = server_context(authority.issue_cert("other.example"))
    with Listener(serving(b"hello"), context) as listener:
        error = refusal(listener, colour, host="localhost", root_certificate=pem)

        assert "certificate is not valid for 'localhost'" in str(error)
        assert "use a name that the certificate is for" in str(error.hint)


def test_expired_certificate_is_refused(colour: Colour, authority: trustme.CA, pem: bytes) -> None:
    expired = authority.issue_cert("localhost", not_after=datetime(2020, 1, 1, tzinfo=UTC))
    with Listener(serving(b"hello"), server_context(expired)) as listener:
        error = refusal(listener, colour, host="localhost", root_certificate=pem)

        assert "certificate has expired" in str(error)
        assert "must be renewed" in str(error.hint)


def test_system_certificates_can_be_left_out(
    colour: Colour, good: ssl.SSLContext, pem_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", pem_file)
    with Listener(serving(b"hello"), good) as listener:
        refusal(listener, colour, disable_system_certificates=True)


def test_server_without_tls_is_not_asked_in_the_clear(colour: Colour) -> None:
    def answer_at_once(peer: Peer) -> None:
        seen.append(peer.sock.recv(100))
        peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    seen: list[bytes] = []
    with Listener(answer_at_once) as listener:
        assert "TLS handshake with 127.0.0.1 failed" in str(refusal(listener, colour))

    assert not any(b"HTTP" in data for data in seen)


def test_old_protocols_are_refused(colour: Colour, authority: trustme.CA, pem: bytes) -> None:
    context = server_context(authority.issue_cert("localhost"))
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with Listener(serving(b"hello"), context) as listener:
        assert "handshake" in str(refusal(listener, colour, host="localhost", root_certificate=pem))


def noting_reuse(reused: list[bool]) -> Script:
    """Serve one request per connection, noting whether its session was resumed."""

    def script(peer: Peer) -> None:
        assert isinstance(peer.sock, ssl.SSLSocket)
        if (request := peer.read_request()) is not None:
            reused.append(bool(peer.sock.session_reused))
            peer.send(part_of(b"hello", request).replace(b"etag", b"connection: close\r\netag"))

    return script


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_session_is_resumed(colour: Colour, authority: trustme.CA, pem: bytes, version: ssl.TLSVersion) -> None:
    async def thrice(view: StoreView) -> None:
        for _ in range(3):
            assert await view.body("k") == b"hello"

    context, reused = server_context(authority.issue_cert("127.0.0.1")), list[bool]()
    context.minimum_version = context.maximum_version = version
    with Listener(noting_reuse(reused), context) as listener:
        drive(colour, thrice(StoreView(listener.store(scheme="https", root_certificate=pem), colour)))

        assert [False, True, True] == reused


def test_session_is_not_taken_to_another_context(
    colour: Colour, good: ssl.SSLContext, pem: bytes, pem_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def twice(view: StoreView) -> None:
        assert await view.body("k") == b"hello"
        monkeypatch.setenv("SSL_CERT_FILE", pem_file)
        assert await view.body("k") == b"hello"

    with Listener(noting_reuse([]), good) as listener:
        drive(colour, twice(StoreView(listener.store(scheme="https", root_certificate=pem), colour)))


# What is true of plain connections is true of these.


@pytest.mark.parametrize("size", [100, 100_000, 5_000_000])
def test_body_arrives(colour: Colour, good: ssl.SSLContext, pem: bytes, size: int) -> None:
    content = bytes(range(250)) * (size // 250)

    async def several(view: StoreView) -> None:
        for _ in range(3):
            assert await view.body("k") == content
            await view.put("k", content, use_multipart=False)

    with Listener(serving(content), good) as listener:
        drive(colour, several(StoreView(listener.store(scheme="https", root_certificate=pem), colour)))

        assert listener.connections == 1


def cut_off(peer: Peer) -> None:
    """Promise more than is sent, and end without TLS's own goodbye."""
    if (request := peer.read_request()) is not None:
        peer.send(part_of(bytes(200_000), request)[:150_000])


def test_truncated_body_is_resumed(colour: Colour, good: ssl.SSLContext, pem: bytes) -> None:
    with Listener(one_after_another(cut_off, serving(bytes(200_000))), good) as listener:
        assert get(listener, colour, root_certificate=pem) == bytes(200_000)


def test_idle_connection_with_session_tickets_is_alive(
    colour: Colour, good: ssl.SSLContext, pem: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # TLS 1.3 sends tickets after the handshake: readable, and not a word of HTTP.
    monkeypatch.setattr("obstore._http.pool._TRUSTED_IDLE", -1.0)

    async def several(view: StoreView) -> None:
        for _ in range(3):
            await view.put("k", b"x", mode="create")

    with Listener(serving(b""), good) as listener:
        drive(colour, several(StoreView(listener.store(scheme="https", root_certificate=pem), colour)))

        assert listener.connections == 1
