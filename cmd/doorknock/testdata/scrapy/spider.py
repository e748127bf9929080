"""The bare pages of `doorknock bench serve`, read by Scrapy with the same twenty selectors.

usage: spider.py ADDRESS SITES SELECTORS.json PATHS.json   prints {"pages": n, "matches": n, "cpu_s": x, "peak_mb": x}
"""
import json
import resource
import sys

import scrapy
from scrapy.crawler import CrawlerProcess

address, sites = sys.argv[1], int(sys.argv[2])
selectors, paths = json.loads(sys.argv[3]), json.loads(sys.argv[4])
seen = {"pages": 0, "matches": 0}


class Bench(scrapy.Spider):
    name = "bench"

    def start_requests(self):
        for site in range(sites):
            for path in paths:
                yield scrapy.Request(f"http://{address}{path}?site={site}", headers={"Host": f"b{site:04d}.test"}, dont_filter=True)

    def parse(self, response):
        seen["pages"] += 1
        for css in selectors:
            seen["matches"] += len(response.css(css))


process = CrawlerProcess({
    "LOG_LEVEL": "ERROR", "CONCURRENT_REQUESTS": 64, "CONCURRENT_REQUESTS_PER_DOMAIN": 64, "TELNETCONSOLE_ENABLED": False,
    "ROBOTSTXT_OBEY": False, "COOKIES_ENABLED": False, "RETRY_ENABLED": False,
})
process.crawl(Bench)
before = resource.getrusage(resource.RUSAGE_SELF)
process.start()
after = resource.getrusage(resource.RUSAGE_SELF)
seen["cpu_s"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
seen["peak_mb"] = after.ru_maxrss / 1024
print(json.dumps(seen))
