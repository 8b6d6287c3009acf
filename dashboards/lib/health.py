"""Exporter health: does wgaudit see everything, and does it tell everything?"""
from lib import query as q
from lib.dashboard import dashboard, to_page
from lib.panel import (FINE, STACKED_BARS, UP, Label, Value, graph, mappings, none_is_good, stat,
                       steps, table, timeline)
from lib.query import TARGET

SOURCE = f'{TARGET}, netns=~"$netns"'
SINK = "{{instance}} {{sink}}"
SINK_STATE = (mappings((1, "fine", "green"), (0, "FAILS", "red"), (2, "paused", "orange"))
              | steps((None, "transparent"), (1, "green")))
COLLECTOR = "{{instance}} {{netns}} {{collector}}"


def exporters():
    def of(name):
        return f"{q.metric(name, TARGET)} {q.OURS}"

    def by_exporter(name):  # one row, whatever the name of the metric
        return f"max by (job, instance) ({of(name)})"

    columns = [
        Label("instance", "gateway", (to_page(),)),
        Value("answers", f"sum by (job, instance) ({q.ANSWERS})", meaning=UP, colored=True,
              width=90),
        Value("works", q.unhealthy(), meaning=FINE, colored=True, width=85),
        Value("running for", f"time() - ({of('process_start_time_seconds')})", "s", width=110),
        Value("scrape", by_exporter("scrape_duration_seconds"), "s", width=90),
        Value("series", by_exporter("scrape_samples_scraped"), width=90),
        Value("memory", by_exporter("process_resident_memory_bytes"), "bytes", width=100),
        Value("files", f"max by (job, instance) ({of('process_open_fds')}) / "
              f"max by (job, instance) ({of('process_max_fds')})", "percentunit",
              steps((None, "text"), (0.8, "red")), width=80),
        Value("threads", by_exporter("process_threads"), width=85),
        Value("known", f"max by (job, instance, version, revision) (wgaudit_build_info{{{TARGET}}})"
              ),
        Label("version", width=90), Label("revision"),
    ]
    return [
        (24, 8, table("Exporters", "Whether each answers, and whether something of it fails: a "
                      "collector, a sink, the state database, its inventory.", columns,
                      hide=["known"], sort="works")),
        (8, 7, graph("Time to scrape", "How long Prometheus waits for the page. Close to the "
                     "scrape timeout, scrapes begin to fail.",
                     [("{{instance}}", of("scrape_duration_seconds"))], "s")),
        (8, 7, graph("CPU", "CPU seconds a second of the main process.",
                     [("{{instance}}", f"{q.rate('process_cpu_seconds_total', TARGET)} {q.OURS}")],
                     "percentunit")),
        (8, 7, graph("Memory", "Resident memory of the main process.",
                     [("{{instance}}", of("process_resident_memory_bytes"))],
                     "bytes")),
    ]


def collectors():
    unread = q.metric("wgaudit_interface_success", SOURCE) + " == 0"
    retries = q.per_minute("wgaudit_collector_retries_total", TARGET)
    return [
        (12, 7, timeline("When collectors could read", "Red: the last poll could not read it. "
                         "After 60 seconds it is the finding collector_failing.",
                         [(COLLECTOR, q.metric("wgaudit_collector_success", SOURCE))], FINE)),
        (12, 7, timeline("When what they read was whole", "Red: a dump was interrupted or cut, so "
                         "that absences are not believed.",
                         [(COLLECTOR, q.metric("wgaudit_collector_complete", SOURCE))],
                         FINE)),
        (6, 7, stat("Last read", "How long ago each collector was last read successfully.",
                    [(COLLECTOR, q.age("wgaudit_collector_last_success_timestamp_seconds",
                                       SOURCE))], "s",
                    steps((None, "green"), (30, "orange"), (60, "red")))),
        (6, 7, table("Interfaces that cannot be read", "Empty is good.",
                     [Label("instance", "gateway"), Label("netns", "namespace"),
                      Label("interface"),
                      Value("read", unread, meaning=FINE, colored=True, width=80)])),
        (6, 7, graph("Time to read", "How long a poll takes to read each collector and namespace.",
                     [(COLLECTOR, q.metric("wgaudit_collector_duration_seconds", SOURCE))], "s",
                     legend=False)),
        (6, 7, graph("Retries", "Tries beyond the first, a minute, by reason. A dump that a change "
                     "interrupted is normal; many of them: something changes all the time.",
                     [("{{instance}} {{collector}} {{reason}}", retries)], "cpm", legend=False)),
    ]


def state_and_events():
    return [
        (6, 7, stat("State database", "Whether what is known can be written. While it cannot, "
                    "events wait and findings go on.",
                    [("{{instance}}", q.metric("wgaudit_state_up", TARGET))], defaults=FINE)),
        (6, 7, stat("Last written", "How long ago the state database was last written; up to five "
                    "minutes are normal where nothing happens.",
                    [("{{instance}}", q.age("wgaudit_state_last_commit_timestamp_seconds",
                                            TARGET))], "s",
                    steps((None, "green"), (600, "orange"), (1800, "red")))),
        (6, 7, stat("Inventory", "Whether the inventory was accepted when it was last loaded. If "
                    "not, the last good one is in force.",
                    [("{{instance}}", q.metric("wgaudit_inventory_last_reload_successful",
                                               TARGET))],
                    defaults=FINE | {"noValue": "none configured"})),
        (6, 7, graph("Size of the state database", "The database and its write-ahead log.",
                     [("{{instance}}", q.metric("wgaudit_state_size_bytes", TARGET))], "bytes",
                     legend=False)),
        (24, 7, graph("Events", "What happened: events a minute, the 10 actions with most.",
                      [("{{action}}", "60 * topk(10, sum by (action) "
                        f"({q.rate('wgaudit_events_total', TARGET)}) > 0)")], "cpm",
                      style=STACKED_BARS)),
    ]


def sinks():
    waits = q.age("wgaudit_sink_oldest_pending_event_timestamp_seconds", TARGET)
    oldest = f"{waits} or 0 * wgaudit_sink_up{{{TARGET}}}"

    def by_sink(expr):
        return f"max by (job, instance, sink) ({expr})"

    def counted(name):
        return by_sink(f"round({q.in_range(name, TARGET)})")

    columns = [
        Label("instance", "gateway", (to_page(),)), Label("sink"),
        Value("state", q.sink_state(), meaning=SINK_STATE, colored=True, width=85),
        Value("waiting", by_sink(q.metric("wgaudit_sink_pending_events", TARGET)), width=85),
        Value("oldest", by_sink(oldest), "s", steps((None, "text"), (300, "orange")), width=95),
        Value("delivered", counted("wgaudit_sink_delivered_events_total"), width=95),
        Value("failures", counted("wgaudit_sink_failures_total"), width=85),
        Value("set aside", counted("wgaudit_sink_dead_events_total"), meaning=none_is_good(),
              colored=True, width=95),
    ]
    return [
        (18, 7, table("Sinks", "Whether the last delivery succeeded, or the configuration has "
                      "paused the sink. Events wait until it takes them. Set aside, in the time "
                      "range: the receiver refused them for good and never has them; wgaudit events "
                      "dead shows them, with the reason.", columns, sort="state, gateway")),
        (6, 7, stat("Events lost", "Events that had to go before every sink had them, in the time "
                    "range. 0 is good.",
                    [("{{instance}}", q.in_range("wgaudit_events_lost_total", TARGET))],
                    defaults={"decimals": 0} | steps((None, "green"), (0.5, "red")))),
        (12, 7, graph("Events that wait", "Committed and not yet delivered, by sink.",
                      [(SINK, q.metric("wgaudit_sink_pending_events", TARGET))])),
        (12, 7, graph("Age of the oldest event that waits", "0 where none waits; a line that rises "
                      "is a sink that takes nothing.",
                      [(SINK, oldest)], "s")),
        (12, 7, graph("Deliveries and failures", "Events delivered a minute above zero, "
                      "deliveries that failed below.",
                      [(f"{SINK} delivered",
                        q.per_minute("wgaudit_sink_delivered_events_total", TARGET)),
                       (f"{SINK} failed", q.per_minute("wgaudit_sink_failures_total", TARGET))],
                      "cpm", mirrored=".* failed")),
        (12, 7, graph("Events set aside", "Events a minute that a receiver refused for good. Any at "
                      "all is a mapping, a limit or a schema of the receiver that does not fit.",
                      [(SINK, q.per_minute("wgaudit_sink_dead_events_total", TARGET))], "cpm",
                      style=STACKED_BARS)),
    ]


def build():
    return dashboard("health", "Exporter health",
                     "Whether the exporters see everything and tell everything.",
                     [("Exporters", exporters()), ("Collectors", collectors()),
                      ("State, inventory and events", state_and_events()), ("Sinks", sinks())],
                     ("netns",), since="now-6h")
