#include <algorithm>
#include <ostream>

#include "exporter/codec/event_json.hpp"
#include "exporter/codec/json_writer.hpp"
#include "exporter/commands/commands.hpp"
#include "exporter/daemon/exit_code.hpp"
#include "exporter/daemon/sink_factory.hpp"
#include "exporter/store/reader.hpp"

namespace wgaudit {
namespace {

// As the sink sent it, where it is configured still.
EventFormat format_of(const std::vector<SinkSettings>& sinks, const std::string& name) {
  const auto sink = std::ranges::find(sinks, name, &SinkSettings::name);
  return sink == sinks.end() ? EventFormat::ecs : sink->format;
}

std::string line_of(const DeadEvent& dead, EventFormat format, const EventOrigin& origin,
                    const std::string& installation) {
  JsonWriter line;
  line.begin_object(JsonWriter::Layout::compact);
  line.text("sink", dead.sink);
  line.text("set_aside_at", to_rfc3339(dead.set_aside_at));
  line.text("reason", dead.reason);
  line.key("event");
  line.verbatim(encode(dead.event, format, origin, installation));
  line.end_object();
  return line.take_line();
}

}  // namespace

int run_events_dead(System& system, const Settings& settings, const std::string& sink) {
  const auto reader = StoreReader::open(settings.state_directory);
  if (!reader) return fail(system, {kExitCannotRun, reader.error().message()});
  const auto dead_events = reader->dead_events(sink);
  if (!dead_events) return fail(system, {kExitCannotRun, dead_events.error().message()});
  const EventOrigin origin = origin_of(settings);
  const auto sinks = configured_sinks(settings);
  for (const DeadEvent& dead : *dead_events) {
    system.out << line_of(dead, format_of(sinks, dead.sink), origin, reader->installation())
               << '\n';
  }
  return kExitFine;
}

}  // namespace wgaudit
