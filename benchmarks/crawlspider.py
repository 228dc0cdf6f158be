"""A rival: Scrapy's CrawlSpider with a JOBDIR, as its documentation shows it: `python -m benchmarks.crawlspider`.

In: a JSON file with seeds and domains, a folder for its queues, a file for what it found, and the most pages to fetch.
Out: a line of JSON for each page: URL, status, sha256 of the body. It keeps no bodies, which is in its favour.
Runs in an environment of its own and imports nothing of the project. Settings are Scrapy's, but for those below.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scrapy.crawler import CrawlerProcess
from scrapy.http import Response
from scrapy.linkextractors import LinkExtractor
from scrapy.spiders import CrawlSpider, Rule


class RivalSpider(CrawlSpider):
    name = "rival"
    rules = (Rule(LinkExtractor(), callback="parse_item", follow=True),)

    def __init__(self, seeds: list[str], domains: list[str], found: str, **rest: Any) -> None:
        super().__init__(**rest)
        self.start_urls, self.allowed_domains = seeds, domains
        self._found = Path(found)

    def parse_start_url(self, response: Response, **_: Any) -> Iterator[None]:
        return self.parse_item(response)

    def parse_item(self, response: Response) -> Iterator[None]:
        digest = hashlib.sha256(response.body).hexdigest()
        with self._found.open("a") as file:
            file.write(json.dumps({"url": response.url, "status": response.status, "sha256": digest}) + "\n")
        yield from ()


def main(plan: str, jobs: str, found: str, most_pages: str) -> None:
    process = CrawlerProcess(
        {"LOG_LEVEL": "WARNING", "ROBOTSTXT_OBEY": True, "JOBDIR": jobs, "CLOSESPIDER_PAGECOUNT": int(most_pages)}
    )
    process.crawl(RivalSpider, **json.loads(Path(plan).read_text()), found=found)
    process.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
