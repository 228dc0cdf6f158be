"""What a page says and leads to: URLs, links, texts, sitemaps, and the process that reads hostile markup."""
