"""Why a URL could not be had, as exceptions whose message is one sentence.

In: what Twisted and the socket say. Out: a `FetchError`; a `SilenceError` where the cause may be our own network.

    FetchError                      an answer was not had, or not whole
    ├── SilenceError                nothing at all came back, and the cause may be our own network
    ├── BadCertificateError         the certificate is expired, self-signed, or another host's (crawler/net/trust.py)
    ├── ForbiddenAddressError       the address is not public (crawler/net/guard.py)
    ├── ForbiddenPortError          the port is neither 80 nor 443 (crawler/net/guard.py)
    └── StaleConnectionError        a kept connection was closed just then (crawler/net/tee.py); wire.py tries again

Decides nothing about another try; the frontier does.
"""

from OpenSSL.SSL import Error as TlsError
from twisted.internet import error as network
from twisted.web._newclient import ParseError, RequestNotSent, RequestTransmissionFailed, _WrapperException
from twisted.web.client import ResponseNeverReceived


class FetchError(Exception):
    """An answer was not had, or not whole; the message says why."""


class SilenceError(FetchError):
    """Nothing at all came back, and the cause may be our own network."""


def is_silence(error: BaseException) -> bool:
    """Whether nothing came back and it could be our own network: no name server, no route, no byte.

    A refused connection and a bad certificate are answers: somebody is there.
    """
    return isinstance(error, SilenceError)


def was_never_answered(error: BaseException) -> bool:
    """Whether a request ended before a byte of its answer: on a kept connection the host may just have closed it."""
    return isinstance(error, ResponseNeverReceived | RequestNotSent | RequestTransmissionFailed)


def explained(error: Exception) -> FetchError:
    """What Twisted raised, as one of ours."""
    if isinstance(error, FetchError):
        return error
    if isinstance(error, network.ConnectionRefusedError):
        return FetchError("the connection was refused")
    if isinstance(error, network.TimeoutError | network.TCPTimedOutError):
        return SilenceError("no connection in time")
    if isinstance(error, network.ConnectError):
        return SilenceError(f"no connection: {error}")
    cause = _first_cause(error)
    if isinstance(cause, FetchError):
        return cause
    if isinstance(cause, TlsError):
        return FetchError(f"no TLS connection: {_tls_reason(cause)}")
    if was_never_answered(error) and isinstance(cause, network.ConnectionLost):
        return SilenceError("the connection was lost before a byte came back")
    if was_never_answered(error):
        return FetchError("the host closed the connection without an answer")
    if isinstance(cause, ParseError):
        return FetchError(f"the answer is not HTTP: {cause.data[:50]!r}")
    return FetchError(f"the answer broke off: {cause}")


def _first_cause(error: BaseException) -> BaseException:
    """Below Twisted's wrappers."""
    while isinstance(error, _WrapperException) and error.reasons:
        error = error.reasons[0].value
    return error


def _tls_reason(error: TlsError) -> str:
    """The last part of OpenSSL's (library, function, reason)."""
    queue = error.args[0] if error.args else ()
    return str(queue[0][-1]) if isinstance(queue, list) and queue else str(error) or "it was broken off"
