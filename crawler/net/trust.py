"""Whom to believe over TLS: certificates of known authorities, in date, for the very host.

In: a host. Out: what Twisted needs to make its connection; a `BadCertificateError` that says what is wrong.
The authorities are those of the machine, or of SSL_CERT_FILE and SSL_CERT_DIR. TLS 1.2 or later, Twisted's default.
"""

import ipaddress
from typing import Any

from OpenSSL import SSL
from service_identity import VerificationError
from service_identity.hazmat import DNS_ID, IPAddress_ID, ServiceID, verify_service_identity
from service_identity.pyopenssl import extract_patterns
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import CertificateOptions, platformTrust
from twisted.python.failure import Failure
from zope.interface import implementer  # type: ignore[import-untyped]

from crawler.net.failures import FetchError

MUST_VERIFY = SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT
REASONS = {
    code: name.removeprefix("ERR_").replace("_", " ").lower()
    for name, code in vars(SSL.X509VerificationCodes).items() if name.startswith("ERR_")
}  # fmt: skip


class BadCertificateError(FetchError):
    """The host cannot show that it is the host."""


class Trust:
    """The known authorities, read once: reading them for each connection costs more than a page."""

    def __init__(self) -> None:
        self._options: Any = CertificateOptions(trustRoot=platformTrust())  # type: ignore[no-untyped-call]

    def connections_to(self, host: str) -> Any:  # provides IOpenSSLClientConnectionCreator
        return _Connections(self._options, host)


@implementer(IOpenSSLClientConnectionCreator)
class _Connections:
    """Makes the TLS connections to one host. Twisted's own way says only that "certificate verify failed"."""

    def __init__(self, options: Any, host: str) -> None:
        self._options, self._host = options, host

    def clientConnectionForTLS(self, protocol: Any) -> SSL.Connection:
        connection: SSL.Connection = self._options.clientConnectionForTLS(protocol)
        service = _service(self._host)
        if isinstance(service, DNS_ID):
            connection.set_tlsext_host_name(self._host.encode("ascii"))

        def judge(_: SSL.Connection, certificate: Any, code: int, depth: int, is_good: int) -> bool:
            complaint = None if is_good else REASONS.get(code, f"verification error {code}")
            if complaint is None and depth == 0:  # the host's own certificate, not an authority's
                complaint = _complaint_about_name(certificate, service)
            if complaint is not None:
                reason = BadCertificateError(f"the certificate of {self._host} is not valid: {complaint}")
                protocol.failVerification(Failure(reason))  # type: ignore[no-untyped-call]
            return complaint is None

        connection.set_verify(MUST_VERIFY, judge)
        return connection


def _service(host: str) -> ServiceID:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return DNS_ID(host)
    return IPAddress_ID(host)


def _complaint_about_name(certificate: Any, service: ServiceID) -> str | None:
    try:
        verify_service_identity(extract_patterns(certificate), [service], [])
    except VerificationError:
        return "it is for another host"
    except Exception as error:  # noqa: BLE001  # an exception inside OpenSSL's callback would vanish
        return f"it cannot be read ({error})"
    return None
