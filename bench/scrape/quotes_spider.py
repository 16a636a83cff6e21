"""The same pages with Scrapy: scrapy runspider quotes_spider.py -a origin=http://… -a pages=1000

Its settings are those that cost the least: no delays, robots.txt, cookies, console or log.
"""

import json
import resource
import time

import scrapy


class QuotesSpider(scrapy.Spider):
    name = "quotes"
    custom_settings = {
        "CONCURRENT_REQUESTS": 16,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
        "COOKIES_ENABLED": False,
        "DOWNLOAD_DELAY": 0,
        "LOG_ENABLED": False,
        "ROBOTSTXT_OBEY": False,
        "TELNETCONSOLE_ENABLED": False,
        "REQUEST_FINGERPRINTER_IMPLEMENTATION": "2.7",
    }
    report = {"pages": 0, "quotes": 0, "characters": 0}

    def start_requests(self):
        self.started_at = time.process_time()
        for page in range(int(self.pages)):
            yield scrapy.Request(f"{self.origin}/page/{page}/")

    def parse(self, response):
        self.report["pages"] += 1
        for quote in response.css("div.quote"):
            item = {
                "text": quote.css("span.text::text").get(),
                "author": quote.css("small.author::text").get(),
                "tags": quote.css("div.tags a.tag::text").getall(),
            }
            self.report["quotes"] += 1
            self.report["characters"] += len(
                item["text"] + item["author"] + "".join(item["tags"])
            )
            yield item

    def closed(self, reason):
        usage = resource.getrusage(resource.RUSAGE_SELF)
        self.report["cpuSeconds"] = time.process_time() - self.started_at
        self.report["peakRssBytes"] = usage.ru_maxrss * 1024
        print(json.dumps(self.report), flush=True)
