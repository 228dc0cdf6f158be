"""Agents that gather text for language models, as their operators name them in robots.txt.

A robots.txt that shuts these out and lets us in has left a wish unsaid: its owner wants no language model trained on
the site, and does not know our name. Who runs the crawl should see that and decide; robots.py finds it.

Only agents whose operator is known and whose purpose, by the operator's word or by common report, is training or the
selling of text for it; PerplexityBot and YouBot also answer questions. Agents that fetch a page because a person asks
for it now (ChatGPT-User, Claude-User) and plain search robots are left out. Sources: the operators' pages and the
list that the project ai.robots.txt keeps.
"""

AI_AGENTS = {  # agent: operator
    "AI2Bot": "Allen Institute for AI",
    "Ai2Bot-Dolma": "Allen Institute for AI",
    "Amazonbot": "Amazon",
    "anthropic-ai": "Anthropic",
    "Applebot-Extended": "Apple",
    "Bytespider": "ByteDance",
    "CCBot": "Common Crawl Foundation",
    "Claude-Web": "Anthropic",
    "ClaudeBot": "Anthropic",
    "cohere-ai": "Cohere",
    "cohere-training-data-crawler": "Cohere",
    "Cotoyogi": "Research Organization of Information and Systems",
    "DeepSeekBot": "DeepSeek",
    "Diffbot": "Diffbot",
    "FacebookBot": "Meta",
    "Google-Extended": "Google",
    "GPTBot": "OpenAI",
    "ICC-Crawler": "National Institute of Information and Communications Technology",
    "ImagesiftBot": "ImageSift",
    "img2dataset": "img2dataset",
    "LAIONDownloader": "LAION",
    "meta-externalagent": "Meta",
    "omgili": "Webz.io",
    "omgilibot": "Webz.io",
    "PanguBot": "Huawei",
    "PerplexityBot": "Perplexity",
    "SBIntuitionsBot": "SB Intuitions",
    "TikTokSpider": "ByteDance",
    "Timpibot": "Timpi",
    "VelenPublicWebCrawler": "Velen",
    "Webzio-Extended": "Webz.io",
    "YouBot": "You.com",
}
