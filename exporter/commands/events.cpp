#include <algorithm>
#include <ostream>

#include "exporter/codec/event_json.hpp"
#include "exporter/commands/commands.hpp"
#include "exporter/daemon/exit_code.hpp"
#include "exporter/daemon/sink_factory.hpp"
#include "exporter/store/reader.hpp"

namespace wgaudit {
namespace {

constexpr std::size_t kBatch = 500;
constexpr Duration kFollowInterval = std::chrono::seconds{1};

// Prints what comes after `sequence`, and moves it on.
std::expected<void, Error> print_after(System& system, const StoreReader& reader,
                                       const EventOrigin& origin, EventFormat format,
                                       std::uint64_t& sequence) {
  for (;;) {
    const auto batch = reader.read_after(sequence, kBatch);
    if (!batch) return std::unexpected(batch.error());
    if (batch->events.empty()) return {};
    for (const Event& event : batch->events) {
      system.out << encode(event, format, origin, batch->installation) << '\n';
    }
    sequence = batch->events.back().sequence;
  }
}

}  // namespace

int run_events_tail(System& system, const Settings& settings, const TailArguments& arguments) {
  const EventOrigin origin = origin_of(settings);
  std::uint64_t sequence = 0;
  bool begun = false;
  do {
    // Opened anew each time: the daemon may have begun another database.
    const auto reader = StoreReader::open(settings.state_directory);
    if (!reader) return fail(system, {kExitCannotRun, reader.error().message()});
    const auto last = reader->last_sequence();
    if (!last) return fail(system, {kExitCannotRun, last.error().message()});
    if (!begun || sequence > *last) {
      sequence = begun ? 0 : *last - std::min<std::uint64_t>(*last, arguments.lines);
      begun = true;
    }
    const auto printed = print_after(system, *reader, origin, settings.events_format, sequence);
    if (!printed) return fail(system, {kExitCannotRun, printed.error().message()});
  } while (arguments.follow && system.wait_for_more(kFollowInterval));
  return kExitFine;
}

int run_events_schema(System& system, const std::string& format) {
  const auto parsed = parse_event_format(format);
  if (!parsed) return fail(system, {kExitUsage, "usage: --format: not one of ecs, ocsf"});
  system.out << (*parsed == EventFormat::ocsf ? ocsf_schema() : event_schema());
  return kExitFine;
}

}  // namespace wgaudit
