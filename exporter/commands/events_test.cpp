#include <algorithm>
#include <expected>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "exporter/codec/event_examples.hpp"
#include "exporter/codec/sha256.hpp"
#include "exporter/commands/commands.hpp"
#include "exporter/daemon/exit_code.hpp"
#include "exporter/daemon/sink_factory.hpp"
#include "exporter/sinks/segment_directory.hpp"

namespace wgaudit {
namespace {

// An installation of its own: no number of the real one is taken, and who looks for gaps sees none.
std::string installation_of(const Now& now) {
  const std::string seed = "wgaudit events test " + now.boot_id + ' ' +
                           std::to_string(now.wall.time_since_epoch().count());
  return "test-" + sha256_hex(seed).substr(0, 32);
}

// One of each kind that a sink delivers: lines about the files of the file sink are its own.
EventBatch examples(const Now& now) {
  EventBatch batch{installation_of(now), {}};
  for (Event& event : example_events(now.wall)) {
    if (is_of_files(event.action)) continue;
    event.sequence = batch.events.size() + 1;
    batch.events.push_back(std::move(event));
  }
  return batch;
}

// The sinks that are asked for.
std::expected<std::vector<SinkSettings>, Failure> chosen(const Settings& settings,
                                                         const std::string& name) {
  std::vector<SinkSettings> sinks = configured_sinks(settings);
  if (sinks.empty()) {
    return std::unexpected(Failure{kExitUsage, "usage: no sink is configured"});
  }
  std::string names;
  for (const SinkSettings& sink : sinks) {
    names += (names.empty() ? "" : ", ") + sink.name;
  }
  if (!name.empty()) {
    std::erase_if(sinks, [&](const SinkSettings& sink) { return sink.name != name; });
  }
  if (!sinks.empty()) return sinks;
  return std::unexpected(Failure{kExitUsage, "usage: --sink: not one of " + names});
}

// A file sink writes beside its segments, not into them: they are one chain, which perhaps the
// daemon has in hand.
std::expected<void, Error> send(System& system, SinkSettings sink, const EventOrigin& origin,
                                const EventBatch& batch) {
  if (std::holds_alternative<StdoutSinkSettings>(sink.kind)) {
    for (const Event& event : batch.events) {
      system.out << encode(event, sink.format, origin, batch.installation) << '\n';
    }
    return {};
  }
  if (auto* file = std::get_if<FileSinkSettings>(&sink.kind)) {
    if (auto made = make_segment_directory(file->directory); !made) return made;
    file->directory += "/test";
  }
  const std::unique_ptr<Sink> receiver = make_sink(sink, origin);
  (void)receiver->resume(batch.installation, std::nullopt);
  auto delivered = receiver->deliver(batch);
  if (!delivered) return std::unexpected(std::move(delivered.error().error));
  return {};
}

}  // namespace

int run_events_test(System& system, const Settings& settings, const std::string& sink_name) {
  const auto sinks = chosen(settings, sink_name);
  if (!sinks) return fail(system, sinks.error());
  EventOrigin origin = origin_of(settings);
  origin.tags = {"test"};
  const EventBatch batch = examples(system.clock());
  int exit_code = kExitFine;
  for (const SinkSettings& sink : *sinks) {
    const auto sent = send(system, sink, origin, batch);
    if (!sent) {
      exit_code =
          fail(system, {kExitCannotRun, "sink " + sink.name + ": " + sent.error().message()});
      continue;
    }
    system.err << "wgaudit: sink " << sink.name << ": " << batch.events.size()
               << " example events, installation " << batch.installation << '\n';
  }
  return exit_code;
}

}  // namespace wgaudit
