"""Exporter health: does wgaudit see everything, and does it tell everything?"""
from lib import query as q
from lib.dashboard import dashboard, to_page
from lib.panel import (FINE, STACKED_BARS, UP, Label, Value, graph, mappings, none_is_good, steps,
                       table, timeline)
from lib.query import TARGET

SOURCE = f"{TARGET}, {q.NETNS}"
SINK = "{{instance}} {{sink}}"
SINK_STATE = mappings((2, "fine", "green"), (0, "FAILS", "red"), (1, "paused", "orange"))
COLLECTOR = "{{instance}} {{netns}} {{collector}}"


def exporters():
    def of(name):
        return f"{q.metric(name, TARGET)} {q.LIVE}"

    def scraped(name):  # Prometheus says it of one that is down too
        return f"{q.metric(name, TARGET)} {q.OURS}"

    def by_exporter(series):  # one row, whatever the name of the metric
        return f"max by (job, instance) ({series})"

    def pages(name):
        return f"sum({q.per_minute(f'wgaudit_exposition_{name}_total', TARGET)})"

    columns = [
        Label("instance", "gateway", (to_page(),), width=220),
        Value("answers", f"sum by (job, instance) ({q.ANSWERS})", meaning=UP, colored=True,
              width=90),
        Value("works", q.unhealthy(), meaning=FINE, colored=True, width=85),
        Value("running for", f"time() - ({of('process_start_time_seconds')})", "s", width=110),
        Value("scrape", by_exporter(scraped("scrape_duration_seconds")), "s", width=90),
        Value("series", by_exporter(scraped("scrape_samples_scraped")), width=90),
        Value("memory", by_exporter(of("process_resident_memory_bytes")), "bytes", width=100),
        Value("files", f"{by_exporter(of('process_open_fds'))} / "
              f"{by_exporter(of('process_max_fds'))}", "percentunit",
              steps((None, "text"), (0.8, "red")), width=80, decimals=1),
        Value("threads", by_exporter(of("process_threads")), width=85),
        Value("known", f"max by (job, instance, version, revision) (wgaudit_build_info{{{TARGET}}})"
              ),
        Label("version", width=90), Label("revision"),
    ]
    return [
        (24, 8, table("Exporters", "Whether each answers, and whether something of it fails: a "
                      "collector, a sink, the state database, its inventory. Files: the share of "
                      "those that the process may open.", columns, hide=["known"],
                      sort="works")),
        (6, 7, graph("Time to scrape", "How long Prometheus waits for the page. Close to the "
                     "scrape timeout, scrapes begin to fail. The 20 slowest.",
                     [("{{instance}}", q.most(scraped("scrape_duration_seconds")))], "s",
                     legend=False)),
        (6, 7, graph("CPU", "CPU seconds a second of the main process; the 20 with most.",
                     [("{{instance}}", q.most(
                         f"{q.rate('process_cpu_seconds_total', TARGET)} {q.LIVE}"))],
                     "percentunit", legend=False)),
        (6, 7, graph("Memory", "Resident memory of the main process; the 20 with most.",
                     [("{{instance}}", q.most(of("process_resident_memory_bytes")))], "bytes",
                     legend=False)),
        (6, 7, graph("Pages of metrics", "Pages a minute that were written, and that were "
                     "compressed: one a poll of each form that is asked for, however many scrape.",
                     [("written", pages("renderings")), ("compressed", pages("compressions"))],
                     "cpm", legend=False)),
    ]


def collectors():
    def polled(name):
        series = q.metric(f"wgaudit_collector_{name}", SOURCE)
        worst = q.least_well(series, "job, instance, netns, collector")
        return [(COLLECTOR, f"{series} {worst}")]

    unread = q.metric("wgaudit_interface_success", SOURCE) + " == 0"
    retries = q.per_minute("wgaudit_collector_retries_total", TARGET)
    return [
        (12, 7, timeline("When collectors could read", "Red: the last poll could not read it. "
                         "After 60 seconds it is the finding collector_failing. The 20 that were "
                         "read least.", polled("success"), FINE)),
        (12, 7, timeline("When what they read was whole", "Red: a dump was interrupted or cut, so "
                         "that absences are not believed. The 20 that were whole least.",
                         polled("complete"), FINE)),
        (8, 7, table("Last read", "How long ago each collector was last read successfully.",
                     [Label("instance", "gateway"), Label("netns", "namespace", width=105),
                      Label("collector", width=85),
                      Value("ago", q.age("wgaudit_collector_last_success_timestamp_seconds",
                                         SOURCE), "s",
                            steps((None, "green"), (30, "orange"), (60, "red")), colored=True,
                            width=85)], sort="-ago")),
        (8, 7, table("Interfaces that cannot be read", "Empty is good.",
                     [Label("instance", "gateway"), Label("netns", "namespace", width=105),
                      Label("interface", width=110),
                      Value("read", unread, meaning=FINE, colored=True, width=75)])),
        (8, 7, graph("Retries", "Tries beyond the first, a minute, by reason. A dump that a change "
                     "interrupted is normal; many of them: something changes all the time.",
                     [("{{collector}} {{reason}}", f"sum by (collector, reason) ({retries})")],
                     "cpm", legend=False)),
        (12, 7, graph("Polls", "Polls a minute, each of all collectors. One that falls to nothing "
                      "is an exporter that is stuck. The 20 with fewest.",
                      [("{{instance}}", f"bottomk({q.MOST}, "
                        f"{q.per_minute('wgaudit_polls_total', TARGET)})")], "cpm")),
        (12, 7, graph("Time to read", "How long a poll takes to read each collector and namespace; "
                      "the 20 slowest.",
                      [(COLLECTOR, q.most(q.metric("wgaudit_collector_duration_seconds", SOURCE)))],
                      "s")),
    ]


def state_and_events():
    def of(name):
        return f"max by (job, instance) ({q.metric(name, TARGET)})"

    def since(name):
        return f"max by (job, instance) ({q.age(name, TARGET)})"

    lost = f"round({q.in_range('wgaudit_events_lost_total', TARGET)})"
    columns = [
        Label("instance", "gateway", (to_page(),)),
        Value("database", of("wgaudit_state_up"), meaning=FINE, colored=True, width=95),
        Value("written", since("wgaudit_state_last_commit_timestamp_seconds"), "s",
              steps((None, "text"), (600, "orange"), (1800, "red")), width=105),
        Value("size", of("wgaudit_state_size_bytes"), "bytes", width=105),
        Value("inventory", of("wgaudit_inventory_last_reload_successful"), meaning=FINE,
              colored=True, width=95),
        Value("loaded", since("wgaudit_inventory_last_reload_success_timestamp_seconds"), "s",
              width=105),
        Value("events lost", f"max by (job, instance) ({lost})", meaning=none_is_good(),
              colored=True, width=110),
    ]
    return [
        (16, 7, table("State and inventory", "Whether the database takes what is known, and how "
                      "long ago it last did: up to five minutes are normal where nothing happens; "
                      "while it cannot, events wait and findings go on. Whether the inventory was "
                      "accepted: if not, the last good one is in force; blank: none configured. "
                      "Events that had to go, in the time range, before every sink had them.",
                      columns, sort="database, inventory, gateway")),
        (8, 7, graph("Size of the state database", "The database and its write-ahead log; the 20 "
                     "largest.",
                     [("{{instance}}", q.most(q.metric("wgaudit_state_size_bytes", TARGET)))],
                     "bytes", legend=False)),
        (24, 8, graph("Events", "What happened: events a minute, the 10 actions with most.",
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
        (24, 8, table("Sinks", "Whether the last delivery succeeded, or the configuration has "
                      "paused the sink. Events wait until it takes them. Set aside, in the time "
                      "range: the receiver refused them for good and never has them; wgaudit "
                      "events dead shows them, with the reason.", columns, sort="state, gateway")),
        (12, 7, graph("Events that wait", "Committed and not yet delivered; the 20 sinks with "
                      "most.",
                      [(SINK, q.most(q.metric("wgaudit_sink_pending_events", TARGET)))])),
        (12, 7, graph("Age of the oldest event that waits", "0 where none waits; a line that rises "
                      "is a sink that takes nothing. The 20 that wait longest.",
                      [(SINK, q.most(oldest))], "s")),
        (12, 7, graph("Deliveries and failures", "Events delivered a minute above zero, "
                      "deliveries that failed below; the 20 sinks with most.",
                      [(f"{SINK} delivered",
                        q.most(q.per_minute("wgaudit_sink_delivered_events_total", TARGET))),
                       (f"{SINK} failed",
                        q.most(q.per_minute("wgaudit_sink_failures_total", TARGET)))],
                      "cpm", mirrored=".* failed")),
        (12, 7, graph("Events set aside", "Events a minute that a receiver refused for good. Any "
                      "at all is a mapping, a limit or a schema of the receiver that does not fit. "
                      "The 20 sinks with most.",
                      [(SINK, q.most(q.per_minute("wgaudit_sink_dead_events_total", TARGET)))],
                      "cpm",
                      style=STACKED_BARS)),
    ]


def build():
    return dashboard("health", "Exporter health",
                     "Whether the exporters see everything and tell everything.",
                     [("Exporters", exporters()), ("Collectors", collectors()),
                      ("State, inventory and events", state_and_events()), ("Sinks", sinks())],
                     ("netns",), since="now-6h")
