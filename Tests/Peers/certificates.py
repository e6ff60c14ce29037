"""Makes a certificate authority and the certificates that it signs, for servers that tests talk to on 127.0.0.1."""

import datetime
import ipaddress
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

KINDS = ("good", "expired", "other-name", "self-signed", "other-authority")


def write_certificates(folder, kind):
    """Writes `authority.pem`, and the certificate and key of one kind; gives the paths of these two."""
    if kind not in KINDS:
        raise SystemExit(f"no such certificate: {kind}; there are {', '.join(KINDS)}")
    folder = pathlib.Path(folder)
    now = datetime.datetime.now(datetime.timezone.utc)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    # A name of its own, so that a bundle can hold several.
    number = x509.random_serial_number()
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Test authority {number}")])
    authority = (
        builder(authority_name, authority_name, authority_key, now - DAY, now + DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    (folder / "authority.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test server")])
    shown = "other.invalid" if kind == "other-name" else None
    names = [x509.DNSName(shown)] if shown else [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    until = now - datetime.timedelta(hours=1) if kind == "expired" else now + DAY
    issuer, signer = (name, key) if kind == "self-signed" else (authority_name, authority_key)
    if kind == "other-authority":
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Other authority")])
        signer = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        builder(name, issuer, key, now - DAY, until)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(signer, hashes.SHA256())
    )
    (folder / "server.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return folder / "server.pem", folder / "server.key"


DAY = datetime.timedelta(days=1)


def builder(subject, issuer, key, start, end):
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
    )
