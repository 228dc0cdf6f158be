"""Scrapy's settings for our crawl, each with its reason.

In: the operator and the wire. Out: a dictionary for CrawlerProcess. What concerns one host stands in politeness.py;
what concerns one URL in scope.py; the limits on one answer in net/transcript.py.
"""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from crawler.net.transcript import MAX_BODY_BYTES
from crawler.net.wire import Wire
from foundation.user_settings import Operator

TIMEOUT_S = 30  # for a whole answer; Scrapy's 180 s lets one slow host hold a slot for three minutes
PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def user_agent(operator: Operator | None) -> str:
    """Who we are and whom to ask: an honest agent is blocked less often than a pretended browser."""
    about = [part for part in (operator.page, operator.contact) if part] if operator else []
    return f"Tvaerkom/{version('tvaerkom')}" + (f" (+{'; '.join(about)})" if about else "")


def proxy_notice(environ: Mapping[str, str]) -> str | None:
    """One sentence for the user where the environment names a proxy; None where it names none."""
    named = [name for name in environ if name.upper() in PROXY_VARIABLES and environ[name]]
    if not named:
        return None
    verb = "is" if len(named) == 1 else "are"
    return (
        f"{' and '.join(sorted(named))} {verb} set, but the crawl does not go through a proxy: the address that is "
        "visited could not be checked there; crawl from a machine that reaches ports 80 and 443 of the web directly"
    )


def scrapy_settings(wire: Wire, operator: Operator | None, *, num_hosts: int) -> dict[str, Any]:
    handler = "crawler.net.wire.TeeDownloadHandler"
    return {
        "TVAERKOM_WIRE": wire,
        "SCHEDULER": "crawler.scheduler.FrontierScheduler",
        "DOWNLOAD_HANDLERS": {   # a link to file:// on an allowed host would be read otherwise
            "http": handler, "https": handler, "file": None, "data": None, "ftp": None, "s3": None,
        },
        "USER_AGENT": user_agent(operator),
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5",
            "Accept-Language": "da",      # bilingual sites answer Scrapy's default "en" in English
            "Accept-Encoding": "gzip",    # read by every WARC tool
            **({"From": operator.contact} if operator else {}),
        },
        # The frontier decides these: robots.txt, redirects, retries and pauses are outcomes of a URL, in one place.
        "ROBOTSTXT_OBEY": False,
        "REDIRECT_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "RETRY_ENABLED": False,
        "HTTPERROR_ALLOW_ALL": True,
        "DOWNLOAD_DELAY": 0,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "CONCURRENT_ITEMS": 1,            # there are none, and Scrapy starts so many tasks a page to wait for them
        "CONCURRENT_REQUESTS": max(num_hosts, 1),
        # one large answer that waits for the parse worker would hold up all sites (Scrapy: 5 MB)
        "SCRAPER_SLOT_MAX_ACTIVE_SIZE": max(num_hosts, 1) * MAX_BODY_BYTES,
        "COOKIES_ENABLED": False,
        "REFERER_ENABLED": False,
        "HTTPCACHE_ENABLED": False,
        "HTTPPROXY_ENABLED": False,       # through a proxy the address that is visited could not be checked
        "DOWNLOAD_TIMEOUT": TIMEOUT_S,
        # Scrapy turns a wrong Content-Encoding into an error, three tries over; bodies.py takes the body as it is.
        "COMPRESSION_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "LOG_ENABLED": False,             # tvaerkom.py sets up logging
        "LOG_INSTALL_ROOT_HANDLER": False,
        "LOGSTATS_INTERVAL": 0,
        "MEMUSAGE_ENABLED": False,
        "SPIDER_MIDDLEWARES_BASE": {},    # one callback a page; links never pass through them
        "ITEM_PIPELINES": {},
    }  # fmt: skip
