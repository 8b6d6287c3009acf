#include "collectors/uapi/collect.hpp"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <list>
#include <optional>
#include <utility>

#include "collectors/clock/clock.hpp"
#include "collectors/uapi/connection.hpp"
#include "collectors/uapi/directory.hpp"

namespace wgaudit {
namespace {

using std::chrono::milliseconds;

constexpr Duration kSilence = std::chrono::seconds(1);  // no step may take longer
constexpr Duration kAnswer = std::chrono::seconds(3);   // nor all of an answer
constexpr Duration kConnectAgain = milliseconds(20);

// One socket in progress, and when it was last heard.
struct Reading {
  std::size_t source;  // into Observation::sources
  UapiConnection connection;
  BootTime heard;
  std::size_t heard_bytes = 0;

  Reading(std::size_t of, const UapiListing& listing, const std::string& interface,
          std::optional<uid_t> trusted, Now now)
      : source(of),
        connection(interface, listing.socket_path(interface), trusted, now.wall),
        heard(now.boot) {}
};

void drop_silent(Reading& reading, BootTime now, BootTime deadline) {
  UapiConnection& connection = reading.connection;
  if (connection.received_bytes() != reading.heard_bytes) {
    reading.heard_bytes = connection.received_bytes();
    reading.heard = now;
  }
  if (now >= deadline) return connection.fail("timed out");
  if (now - reading.heard < kSilence) return;
  connection.fail(connection.connected()
                      ? "timed out: the process behind it does not answer"
                      : "timed out: the process behind it accepts no connection");
}

void wait_for_any(const std::list<Reading>& readings, BootTime now, BootTime deadline) {
  std::vector<pollfd> descriptors;
  BootTime until = deadline;
  for (const Reading& reading : readings) {
    if (reading.connection.done()) continue;
    until = std::min(until, reading.heard + kSilence);
    if (reading.connection.connected()) {
      descriptors.push_back({reading.connection.socket(), POLLIN, 0});
    } else {
      until = std::min(until, now + kConnectAgain);  // unix(7) tells nobody when a backlog has room
    }
  }
  const auto wait = std::chrono::ceil<milliseconds>(until - now).count();
  poll(descriptors.data(), descriptors.size(), static_cast<int>(std::max<std::int64_t>(wait, 0)));
}

// All at once: one that hangs costs no other its time.
void read_all(std::list<Reading>& readings, BootTime deadline) {
  const auto in_work = [](const Reading& reading) { return !reading.connection.done(); };
  for (;;) {
    for (Reading& reading : readings) reading.connection.advance();
    const BootTime now = read_boot_clock();
    for (Reading& reading : readings) drop_silent(reading, now, deadline);
    if (std::ranges::none_of(readings, in_work)) return;
    wait_for_any(readings, now, deadline);
  }
}

// The first of a source's is told; what is worse stays.
void tell_incomplete(const UapiConnection& connection, SourceResult& source) {
  if (source.status != SourceStatus::complete) return;
  source.status = SourceStatus::incomplete;
  const auto number = connection.error_number();
  source.why = connection.name() + ": the implementation answered " +
               (number ? "errno " + std::to_string(*number) : "without an errno");
}

void hand_over(Reading& reading, Observation& observation) {
  const std::string& netns = observation.sources[reading.source].netns;
  observation.memory_locked = observation.memory_locked && reading.connection.memory_locked();
  auto device = reading.connection.take();
  if (!device) {
    observation.failures.push_back(
        {CollectorKind::uapi, netns, reading.connection.name(), device.error()});
    return;
  }
  if (device->completeness == Completeness::incomplete) {
    tell_incomplete(reading.connection, observation.sources[reading.source]);
  }
  device->netns = netns;
  device->name = reading.connection.name();
  device->observed_at = reading.heard;
  observation.devices.push_back(*std::move(device));
}

// Several directories may serve one namespace: they are one source.
std::size_t source_of(const std::string& netns, std::size_t first, Observation& observation) {
  auto& sources = observation.sources;
  for (std::size_t i = first; i < sources.size(); ++i) {
    if (sources[i].netns == netns) return i;
  }
  SourceResult& result = sources.emplace_back();
  result.collector = CollectorKind::uapi;
  result.netns = netns;
  return sources.size() - 1;
}

}  // namespace

void collect_uapi(const Targets& targets, BootTime deadline, Observation& observation,
                  uid_t trusted) {
  const BootTime begun = read_boot_clock();
  const std::size_t first = observation.sources.size();
  std::list<UapiListing> listings;  // held open: their sockets are named by them
  std::list<Reading> readings;
  const Now now{read_wall_clock(), begun, {}};
  for (const UapiDirectory& directory : targets.uapi_directories) {
    const UapiListing& listing = listings.emplace_back(directory.path);
    const std::size_t source = source_of(directory.netns, first, observation);
    if (!listing.why().empty()) {
      observation.sources[source].status = SourceStatus::failed;
      observation.sources[source].why = directory.path + ": " + listing.why();
    }
    const bool any = listing.belongs_to(trusted);
    const auto must_be = any ? std::nullopt : std::optional<uid_t>(trusted);
    for (const std::string& interface : listing.interfaces()) {
      readings.emplace_back(source, listing, interface, must_be, now);
    }
  }
  read_all(readings, std::min(deadline, begun + kAnswer));
  for (Reading& reading : readings) hand_over(reading, observation);
  const Duration duration = read_boot_clock() - begun;
  for (std::size_t i = first; i < observation.sources.size(); ++i) {
    observation.sources[i].duration = duration;
  }
}

}  // namespace wgaudit
