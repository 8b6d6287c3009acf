#include "exporter/pages/health.hpp"

#include <algorithm>
#include <array>

#include "exporter/codec/human_text.hpp"

namespace wgaudit {
namespace {

// Beyond the interval between polls: twice what a slow kernel explains.
constexpr Duration kOldPoll = std::chrono::seconds{60};
constexpr std::size_t kNamed = 5;  // of one kind; further ones are counted

std::string because(std::string_view why) { return why.empty() ? "" : ": " + std::string(why); }

void add_sources(const View& view, std::vector<std::string>& found) {
  std::size_t bad = 0;
  for (const SourceHealth& source : view.sources) {
    if (source.last.status == SourceStatus::complete || ++bad > kNamed) continue;
    found.push_back(
        "Collector " + source_name(source.last) + ' ' +
        (source.last.status == SourceStatus::incomplete ? "reads incompletely" : "cannot be read") +
        because(source.last.why));
  }
  if (bad > kNamed) {
    found.push_back(std::to_string(bad - kNamed) +
                    " more collectors cannot be read, or incompletely");
  }
}

void add_interfaces(const View& view, std::vector<std::string>& found) {
  std::size_t unread = 0;
  for (const InterfaceHealth& interface : view.interfaces) {
    if (interface.success || ++unread > kNamed) continue;
    const std::string in = interface.netns.empty() ? "" : " in " + interface.netns;
    found.push_back("Interface " + interface.name + in +
                    " cannot be read: what is shown of it is what was known before");
  }
  if (unread > kNamed) {
    found.push_back(std::to_string(unread - kNamed) + " more interfaces cannot be read");
  }
}

void add_sink(const SinkHealth& sink, std::vector<std::string>& found) {
  const std::string waiting = std::to_string(sink.pending_events) + " wait";
  if (sink.paused) found.push_back("Sink " + sink.name + " is paused: " + waiting);
  if (!sink.up) {
    found.push_back("Sink " + sink.name + " takes no events" + because(sink.why) + ": " + waiting);
  }
  if (sink.dead_events_total > 0) {
    found.push_back("Sink " + sink.name + " refused " + std::to_string(sink.dead_events_total) +
                    " events for good: wgaudit events dead shows them");
  }
}

void add_inventory(const View& view, std::vector<std::string>& found) {
  const InventoryHealth& health = view.inventory_health;
  if (!health.configured) return;
  if (!health.last_reload_successful) {
    found.push_back("The inventory was rejected: the last good one stays in force");
  } else if (!health.gateway_known) {
    found.push_back("The inventory has no entry for gateway " + view.gateway +
                    ": missing peers and the interfaces themselves are not judged");
  }
}

}  // namespace

std::string_view to_string(SourceStatus status) {
  constexpr std::array<std::string_view, 4> kNames{"complete", "incomplete", "failed", "absent"};
  return kNames[static_cast<std::size_t>(status)];
}

std::size_t sessions_up(const JudgedDevice& judged) {
  return static_cast<std::size_t>(std::ranges::count_if(judged.peers, &PeerStatus::session_up));
}

std::string source_name(const SourceResult& source) {
  const std::string name(to_string(source.collector));
  return source.netns.empty() ? name : name + " in " + source.netns;
}

std::vector<std::string> troubles(const View& view, const DeliveryHealth& delivery,
                                  Duration interval, WallTime now) {
  std::vector<std::string> found;
  if (now - view.taken.wall > interval + kOldPoll) {
    found.push_back("The last poll ended " + age_text(view.taken.wall, now) +
                    ": what is shown here is as old");
  }
  add_sources(view, found);
  add_interfaces(view, found);
  if (!delivery.state_up) {
    found.push_back("The state database takes no changes" + because(delivery.state_why) +
                    ": events wait, findings go on");
  }
  for (const SinkHealth& sink : delivery.sinks) add_sink(sink, found);
  if (const auto lost = delivery.events_lost_total.value_or(0); lost > 0) {
    found.push_back(std::to_string(lost) + " events were lost: the outbox was over its limit");
  }
  add_inventory(view, found);
  return found;
}

}  // namespace wgaudit
