"""TLS for the pretend web: an authority of its own and a certificate for each host, made when the server starts.

In: hosts and how their certificates are to be. Out: a folder that is thrown away with the server, with the
authority's certificate, and a context that answers each host with its own. No key outlives the process.
"""

import datetime
import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from demo.hostile_case import Certificate

VALID_DAYS = 30
OTHER_NAME = "www.en-anden.example"


class TestAuthority:
    """Issues the certificates; `ca_file` is what a client must trust (SSL_CERT_FILE)."""

    __test__ = False  # no test class, whatever pytest makes of the name

    def __init__(self, hosts: Mapping[str, Certificate]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="kommuneby-")
        self._key = ec.generate_private_key(ec.SECP256R1())  # one key for all hosts: they are one server
        self._authority_key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Kommuneby test authority")
        self.ca_file = Path(self._folder.name) / "authority.pem"
        self.ca_file.write_bytes(self._own_certificate().public_bytes(Encoding.PEM))
        self._contexts = {host: self._context(host, kind) for host, kind in hosts.items()}

    def server_context(self) -> ssl.SSLContext:
        """Answers with the certificate of the host that the client names; the first one where it names none."""
        first = next(iter(self._contexts.values()))

        def choose(connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
            connection.context = self._contexts.get((name or "").lower().rstrip("."), first)

        first.sni_callback = choose
        return first

    def close(self) -> None:
        self._folder.cleanup()

    def _context(self, host: str, kind: Certificate) -> ssl.SSLContext:
        path = Path(self._folder.name) / f"{host}.pem"
        pem = self._issued(host, kind).public_bytes(Encoding.PEM)
        path.write_bytes(pem + self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        path.unlink()
        return context

    def _issued(self, host: str, kind: Certificate) -> x509.Certificate:
        name = OTHER_NAME if kind is Certificate.WRONG_NAME else host
        is_own = kind is Certificate.SELF_SIGNED
        ends = datetime.timedelta(days=-1 if kind is Certificate.EXPIRED else VALID_DAYS)
        issuer, key = (_name(name), self._key) if is_own else (self._name, self._authority_key)
        builder = (
            _builder(_name(name), issuer, self._key.public_key(), ends)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        )
        return builder.sign(key, hashes.SHA256())

    def _own_certificate(self) -> x509.Certificate:
        usage: dict[str, Any] = dict.fromkeys(
            ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "encipher_only", "decipher_only"), False
        )  # fmt: skip
        public = self._authority_key.public_key()
        builder = (
            _builder(self._name, self._name, public, datetime.timedelta(days=VALID_DAYS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        )
        return builder.sign(self._authority_key, hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, ends: datetime.timedelta
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=VALID_DAYS))
        .not_valid_after(now + ends)
    )
