#!/usr/bin/env python3
"""What a scrape takes while 500 slow connections are held open, against what it takes without.

Each sends a byte of its head each half second; one that the server closes (after 5 s) comes again.
Exits 0 if the median of 50 scrapes is within twice the idle one (of before and after; or 10 ms), and
the process has grown by less than 20 MB.
"""
import multiprocessing
import pathlib
import statistics
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e" / "lib"))
from attackers import SlowCrowd, ask, status  # noqa: E402
from gateway import a_peer  # noqa: E402
from ports import free_port  # noqa: E402
from web_gateway import WebGateway, resident_bytes  # noqa: E402

SLOW, SCRAPES, PEERS = 500, 50, 200
FLOOR = 0.010  # seconds
MOST_GROWTH = 20 << 20
SCRAPE = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def median_of_scrapes(gateway):
    taken = []
    for _ in range(SCRAPES):
        begin = time.monotonic()
        answer = ask(gateway.address, SCRAPE)
        taken.append(time.monotonic() - begin)
        if status(answer) != 200:
            raise SystemExit(f"FAIL: a scrape was answered {answer[:40]!r}")
        time.sleep(0.05)
    return statistics.median(taken)


def hold(address, pipe):
    with SlowCrowd(address, SLOW) as crowd:
        time.sleep(1)
        pipe.send(crowd.open())
        pipe.recv()


def main():
    with tempfile.TemporaryDirectory(prefix="wgaudit-slow.") as tmp:
        peers = [a_peer(f"peer{i}", time.time()) for i in range(PEERS)]
        gateway = WebGateway(tmp, free_port(), peers)
        gateway.write_inventory(*(peer.name for peer in peers))
        try:
            gateway.serve()
            median_of_scrapes(gateway)  # warm
            idle, before = median_of_scrapes(gateway), resident_bytes(gateway.pid)
            here, there = multiprocessing.Pipe()  # a process of its own: no lock is shared with it
            crowd = multiprocessing.Process(target=hold, args=(gateway.address, there), daemon=True)
            crowd.start()
            there.close()  # so that its end is the end of what we wait for
            held = here.recv()
            loaded = median_of_scrapes(gateway)
            grown = resident_bytes(gateway.pid) - before
            here.send("end")
            crowd.join()
            idle = max(idle, median_of_scrapes(gateway))  # other load on the machine is not theirs
            gateway.stop()
        finally:
            gateway.end()
    limit = max(2 * idle, FLOOR)
    print(f"a scrape of {PEERS} peers: {1000 * idle:.1f} ms idle, {1000 * loaded:.1f} ms with "
          f"{held} slow connections held open (limit {1000 * limit:.1f} ms); the process grew by "
          f"{max(grown, 0) / (1 << 20):.1f} MB (limit 20)")
    return 0 if loaded <= limit and grown < MOST_GROWTH and held >= SLOW - 5 else 1


if __name__ == "__main__":
    sys.exit(main())
