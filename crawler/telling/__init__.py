"""How a crawl stands and went, told to people and programs. Reads frontiers and tables; writes reports only."""
