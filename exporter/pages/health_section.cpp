#include <algorithm>

#include "exporter/codec/html.hpp"
#include "exporter/codec/human_text.hpp"
#include "exporter/codec/report_words.hpp"
#include "exporter/pages/health.hpp"
#include "exporter/pages/sections.hpp"
#include "exporter/pages/words.hpp"

namespace wgaudit {
namespace {

constexpr std::size_t kMostCollectors = 50, kMostInterfaces = 50, kMostProblems = 20;

std::string good_or_bad(bool good, std::string_view word, std::string_view otherwise) {
  return good ? badge("up", word) : badge("bad", otherwise);
}

void begin_table(std::string& out, std::string_view heading,
                 std::initializer_list<std::string_view> columns) {
  out += "<h3>" + std::string(heading) + "</h3>\n<table class=\"cards\" role=\"table\">\n" +
         "<caption class=\"hidden\">" + std::string(heading) +
         "</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">";
  for (const std::string_view column : columns) {
    out += "<th scope=\"col\" role=\"columnheader\">" + std::string(column) + "</th>";
  }
  out += "</tr></thead>\n<tbody role=\"rowgroup\">\n";
}
void begin_row(std::string& out, const std::string& name) {
  out += "<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">" + name + "</th>";
}
void append_cell(std::string& out, std::string_view label, const std::string& html) {
  out += "<td role=\"cell\" data-label=\"" + std::string(label) + "\"><div>" + html + "</div></td>";
}
constexpr std::string_view kEndRow = "</tr>\n", kEndTable = "</tbody>\n</table>\n";

std::string milliseconds(Duration duration) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  return std::to_string(micros / 1000) + '.' + std::to_string(micros % 1000 / 100) + " ms";
}

// Of a table that is cut, so that the page stays small.
void append_rest(std::string& out, std::size_t rest) {
  if (rest == 0) return;
  out +=
      "<p>And " + grouped(rest) + " more: <a href=\"api/v1/status\">all of them as JSON</a>.</p>\n";
}

void append_collectors(std::string& out, const View& view) {
  if (view.sources.empty()) {
    out += "<h3>Collectors</h3>\n<p class=\"empty\">All are switched off.</p>\n";
    return;
  }
  begin_table(out, "Collectors", {"Collector", "State", "Last success", "Took"});
  const std::size_t shown = std::min(view.sources.size(), kMostCollectors);
  for (const SourceHealth& source : std::span(view.sources).first(shown)) {
    const SourceStatus status = source.last.status;
    const bool good = status == SourceStatus::complete;
    std::string state = badge(good                                 ? "up"
                              : status == SourceStatus::incomplete ? "warn"
                                                                   : "bad",
                              to_string(status));
    if (!source.last.why.empty()) state += ' ' + name_html(source.last.why);
    begin_row(out, name_html(source_name(source.last)));
    append_cell(out, "State", state);
    append_cell(out, "Last success",
                source.last_success ? age_html(*source.last_success, view.taken.wall) : "never");
    append_cell(out, "Took", milliseconds(source.last.duration));
    out += kEndRow;
  }
  out += kEndTable;
  append_rest(out, view.sources.size() - shown);
}

std::string link_state(const JudgedDevice& judged) {
  if (!judged.success) return badge("bad", "not read");
  if (judged.device->completeness == Completeness::incomplete) return badge("warn", "incomplete");
  const std::optional<Link>& link = judged.device->link;
  return link ? good_or_bad(link->up, "up", "down") : badge("up", "read");
}

void append_interfaces(std::string& out, const View& view) {
  if (view.devices.empty()) {
    out += "<h3>Interfaces</h3>\n<p class=\"empty\">There is no WireGuard interface.</p>\n";
    return;
  }
  begin_table(out, "Interfaces", {"Interface", "State", "Sessions", "Port", "Public key"});
  const std::size_t shown = std::min(view.devices.size(), kMostInterfaces);
  for (std::size_t i = 0; i < shown; ++i) {
    const JudgedDevice& judged = view.devices[i];
    const Device& device = *judged.device;
    begin_row(out, place_html({device.netns, device.name}));
    append_cell(out, "State",
                link_state(judged) + ' ' + std::string(to_string(device.implementation)));
    append_cell(
        out, "Sessions",
        grouped(sessions_up(judged)) + " of " + count_of(judged.peers.size(), "peer", "peers"));
    append_cell(out, "Port", device.listen_port == 0 ? "–" : std::to_string(device.listen_port));
    append_cell(out, "Public key",
                device.public_key ? html_code(to_string(*device.public_key)) : "–");
    out += kEndRow;
  }
  out += kEndTable;
  append_rest(out, view.devices.size() - shown);
}

void append_sinks(std::string& out, const DeliveryHealth& delivery) {
  if (delivery.sinks.empty()) {
    out +=
        "<h3>Sinks</h3>\n<p class=\"empty\">None is configured: events stay in the state "
        "database.</p>\n";
    return;
  }
  begin_table(out, "Sinks", {"Sink", "State", "Waiting", "Delivered", "Refused", "Failures"});
  for (const SinkHealth& sink : delivery.sinks) {
    std::string state = sink.paused ? badge("warn", "paused") : good_or_bad(sink.up, "up", "down");
    if (!sink.up && !sink.why.empty()) state += ' ' + name_html(sink.why);
    std::string waiting = grouped(sink.pending_events);
    if (sink.oldest_pending) waiting += ", the oldest of " + instant_html(*sink.oldest_pending);
    begin_row(out, name_html(sink.name));
    append_cell(out, "State", state);
    append_cell(out, "Waiting", waiting);
    append_cell(out, "Delivered", grouped(sink.delivered_events_total));
    append_cell(out, "Refused", grouped(sink.dead_events_total));
    append_cell(out, "Failures", grouped(sink.failures_total));
    out += kEndRow;
  }
  out += kEndTable;
}

void append_state(std::string& out, const DeliveryHealth& delivery, WallTime now) {
  out += "<h3>State</h3>\n<dl>\n";
  append_fact(out, "Database",
              good_or_bad(delivery.state_up, "up", "down") +
                  (delivery.state_why.empty() ? "" : ' ' + name_html(delivery.state_why)));
  append_fact(out, "Last commit",
              delivery.last_commit ? age_html(*delivery.last_commit, now) : "never");
  append_fact(out, "Size", bytes_text(delivery.size_bytes));
  if (delivery.event_sequence) append_fact(out, "Events", grouped(*delivery.event_sequence));
  if (delivery.events_lost_total) append_fact(out, "Lost", grouped(*delivery.events_lost_total));
  out += "</dl>\n";
}

void append_inventory(std::string& out, const View& view) {
  const InventoryHealth& health = view.inventory_health;
  out += "<h3>Inventory</h3>\n";
  if (!health.configured) {
    out += "<p>None is configured: nobody is known.</p>\n";
    return;
  }
  out += "<dl>\n";
  append_fact(out, "File", html_code(view.inventory->path));
  append_fact(out, "State",
              good_or_bad(health.last_reload_successful, "loaded",
                          "rejected: the last good one stays in force"));
  append_fact(out, "Loaded",
              health.last_success ? age_html(*health.last_success, view.taken.wall) : "never");
  append_fact(out, "Records", grouped(view.inventory->records.size()));
  append_fact(out, "This gateway",
              health.gateway_known ? "has an entry" : badge("warn", "has no entry"));
  append_fact(out, "SHA-256", html_code(view.inventory->sha256));
  out += "</dl>\n";
  if (health.problems.empty()) return;
  out += "<details>\n<summary>" + count_of(health.problems.size(), "problem", "problems") +
         "</summary>\n<ul>\n";
  const std::size_t shown = std::min(health.problems.size(), kMostProblems);
  for (std::size_t i = 0; i < shown; ++i) {
    out += "<li>" + name_html(to_string(health.problems[i])) + "</li>\n";
  }
  out += "</ul>\n";
  if (shown < health.problems.size()) {
    out += "<p>And " + grouped(health.problems.size() - shown) + " more.</p>\n";
  }
  out += "</details>\n";
}

}  // namespace

void append_health_section(std::string& out, const View& view, const DeliveryHealth& delivery,
                           WallTime now) {
  out += "<section aria-labelledby=\"health\">\n<h2 id=\"health\">Health</h2>\n";
  append_collectors(out, view);
  append_interfaces(out, view);
  append_sinks(out, delivery);
  out += "<div class=\"two\">\n<div>\n";
  append_state(out, delivery, now);
  out += "</div>\n<div>\n";
  append_inventory(out, view);
  out += "</div>\n</div>\n</section>\n";
}

}  // namespace wgaudit
