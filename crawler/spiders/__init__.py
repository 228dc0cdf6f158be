"""Scrapy spiders: there is one."""
