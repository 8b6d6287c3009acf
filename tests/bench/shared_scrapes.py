#!/usr/bin/env python3
"""50 scrapes at once of 10,000 peers: what they cost together, by the daemon's own counters.

Half of them are Prometheus 3's, half Prometheus 2's; all take OpenMetrics, compressed.
"""
import gzip
import pathlib
import re
import sys
import threading
import time
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from crowd import Gateway, crowd  # noqa: E402

PEERS, SCRAPES, MAX_AGE = 10_000, 50, 8
ACCEPT = ("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
          "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
          "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/"
          "openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
          "text/plain;version=0.0.4;q=0.3,*/*;q=0.2")


def counters(gateway):
    """Of a page of its own, in text: it adds to none of these but the polls, where it finds none."""
    url = f"{gateway.url}/metrics?collect[]=exporter&collect[]=collectors"
    with urllib.request.urlopen(url, timeout=20) as answer:
        page = answer.read().decode()

    def value(name):
        return int(re.search(rf"^{re.escape(name)} (\d+)$", page, re.M)[1])
    return {"polls": value("wgaudit_polls_total"),
            "renderings": value('wgaudit_exposition_renderings_total{format="openmetrics"}'),
            "compressions": value('wgaudit_exposition_compressions_total{format="openmetrics"}')}


def scrape_all(url):
    """Sizes of the pages; all requests are there before the first is answered."""
    pages, start = [], threading.Barrier(SCRAPES)

    def scrape(number):
        request = urllib.request.Request(f"{url}/metrics", headers={
            "Accept": ACCEPT[number % 2], "Accept-Encoding": "gzip",
            "X-Prometheus-Scrape-Timeout-Seconds": "10"})
        start.wait()
        with urllib.request.urlopen(request, timeout=30) as answer:
            if answer.headers["Content-Type"].startswith("application/openmetrics-text;"):
                pages.append(answer.read())
    threads = [threading.Thread(target=scrape, args=(i,)) for i in range(SCRAPES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return pages


def main():
    gateway = Gateway(crowd(PEERS, last_handshake=int(time.time())), interval="60s",
                      more=("--collector.max-age", f"{MAX_AGE}s", "--collector.settle", "120s"))
    try:
        gateway.wait(gateway.delivered, "the baseline is delivered", 180)
        before = counters(gateway)
        time.sleep(MAX_AGE + 0.5)  # now the last poll is too old for a scrape
        begin = time.monotonic()
        pages = scrape_all(gateway.url)
        seconds = time.monotonic() - begin
        cost = {name: value - before[name] for name, value in counters(gateway).items()}
    finally:
        stopped = gateway.stop()
    same = len(set(pages)) == 1
    peers = gzip.decompress(pages[0]).count(b"\nwireguard_peer_info{") if pages else 0
    print(f"{len(pages)} scrapes at once of {peers} peers in {seconds:.2f} s: "
          + ", ".join(f"{value} {name}" for name, value in cost.items()) + " (1 each)")
    good = len(pages) == SCRAPES and same and peers == PEERS and set(cost.values()) == {1}
    return 0 if good and stopped == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
