"""The certificate that a browser asks for before it opens a camera for another machine.

No authority signs one for an address at home, so the server signs its own, and the phone warns. It
lies in the data folder with its key, which nobody else may read, and is made anew when it nears its
end or the machine has another address.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from formcheck.errors import ArgumentError, StoreError
from formcheck.files import name_beside, put_in_place

CERTIFICATE: Final = "serve-certificate.pem"
KEY: Final = "serve-key.pem"
VALID_FOR: Final = timedelta(days=365)
"""Apple's devices take none that is valid for more than 825 days."""
RENEWED_BEFORE: Final = timedelta(days=14)
_OWN: Final = "formcheck then makes one of its own"
_SKEW: Final = timedelta(days=1)
"""The phone's clock may be behind."""


@dataclass(frozen=True, slots=True)
class ServedCertificate:
    """A certificate with its key, checked."""

    file: Path
    key: Path
    names: tuple[str, ...]
    """The names and addresses that it is for."""
    fingerprint: str
    """SHA-256 as browsers show it, ``AB:CD:…``."""
    begins: datetime
    ends: datetime
    is_own: bool
    """Whether it signs itself, so that browsers warn."""

    def make_tls(self) -> ssl.SSLContext:
        """What a server needs to use it."""
        return _load_tls(self.file, self.key)


def load_certificate(file: Path, key: Path) -> ServedCertificate:
    """The user's own certificate.

    Raises:
        ArgumentError: it or its key cannot be read, they do not belong together, it has expired or
            is not valid yet.
    """
    found, now = _read(file, key), datetime.now(UTC)
    if found.ends < now:
        advice = f"renew it, or leave it out: {_OWN}"
        raise ArgumentError(str(file), f"expired on {found.ends:%Y-%m-%d}", advice)
    if found.begins > now:
        problem = f"is not valid before {found.begins:%Y-%m-%d %H:%M} UTC"
        advice = f"set this machine's clock if it is wrong, wait, or leave it out: {_OWN}"
        raise ArgumentError(str(file), problem, advice)
    return found


def provide_certificate(folder: Path, names: Sequence[str]) -> ServedCertificate:
    """The server's own certificate for these names; made anew where there is none that does.

    Raises:
        StoreError: it cannot be written.
    """
    file, key = folder / CERTIFICATE, folder / KEY
    try:
        found = _read(file, key)
    except ArgumentError:  # there is none, or it is damaged
        found = None
    now = datetime.now(UTC)
    is_in_time = found is not None and found.begins <= now <= found.ends - RENEWED_BEFORE
    if found is None or not is_in_time or not set(names) <= set(found.names):
        _make(file, key, names)
        found = _read(file, key)
    return found


def _make(file: Path, key: Path, names: Sequence[str]) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "formcheck on this machine")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.SubjectAlternativeName([_name(one) for one in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(private, hashes.SHA256())
    )
    secret = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_secret(key, secret)
    write_secret(file, certificate.public_bytes(serialization.Encoding.PEM))


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def write_secret(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all; one that exists is replaced.

    Raises:
        StoreError: it cannot be written.
    """
    temporary: Path | None = None
    try:
        temporary, place = name_beside(path)
        handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        put_in_place(temporary, place)
    except OSError as error:
        raise StoreError(path, f"cannot be written: {error.strerror or error}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _read(file: Path, key: Path) -> ServedCertificate:
    content, secret = _read_bytes(file), _read_bytes(key)
    try:
        certificate = x509.load_pem_x509_certificate(content)
    except ValueError as error:
        advice = "give --certificate a file that begins with “-----BEGIN CERTIFICATE-----”"
        raise ArgumentError(str(file), "is not a PEM certificate", advice) from error
    try:
        private = serialization.load_pem_private_key(secret, None)
    except TypeError as error:
        advice = "give its key without one: “openssl pkey -in KEY -out OTHER” writes it"
        raise ArgumentError(str(key), "is locked by a password", advice) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        advice = "give --key a file that begins with “-----BEGIN PRIVATE KEY-----”"
        raise ArgumentError(str(key), "is not a PEM private key", advice) from error
    if private.public_key() != certificate.public_key():
        advice = "give the key that the certificate was made with"
        raise ArgumentError(str(key), f"is not the key of {file}", advice)
    _load_tls(file, key)
    names: list[str] = []
    try:
        known = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names += known.get_values_for_type(x509.DNSName)
        names += map(str, known.get_values_for_type(x509.IPAddress))
    except x509.ExtensionNotFound:
        pass
    return ServedCertificate(
        file, key, tuple(name for name in names if "*" not in name),
        certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
        certificate.not_valid_before_utc, certificate.not_valid_after_utc,
        certificate.issuer == certificate.subject,
    )  # fmt: skip


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        problem = f"cannot be read: {error.strerror or error}"
        raise ArgumentError(str(path), problem, "give another file") from error


def _load_tls(file: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(file, key, password="")  # a prompt would wait for nobody
    except (OSError, ValueError) as error:  # of which SSLError is one
        advice = "give others, or leave both out"
        problem = f"cannot be used with {file}: {error}"
        raise ArgumentError(str(key), problem, advice) from error
    return context
