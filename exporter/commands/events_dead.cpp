#include <ostream>

#include "exporter/codec/event_json.hpp"
#include "exporter/codec/json_writer.hpp"
#include "exporter/commands/commands.hpp"
#include "exporter/daemon/exit_code.hpp"
#include "exporter/store/reader.hpp"
#include "exporter/version/version.hpp"

namespace wgaudit {
namespace {

std::string line_of(const DeadEvent& dead, const EventOrigin& origin,
                    const std::string& installation) {
  JsonWriter line;
  line.begin_object(JsonWriter::Layout::compact);
  line.text("sink", dead.sink);
  line.text("set_aside_at", to_rfc3339(dead.set_aside_at));
  line.text("reason", dead.reason);
  line.key("event");
  line.verbatim(to_ecs(dead.event, origin, installation));
  line.end_object();
  return line.take_line();
}

}  // namespace

int run_events_dead(System& system, const Settings& settings, const std::string& sink) {
  const auto reader = StoreReader::open(settings.state_directory);
  if (!reader) return fail(system, {kExitCannotRun, reader.error().message()});
  const auto dead_events = reader->dead_events(sink);
  if (!dead_events) return fail(system, {kExitCannotRun, dead_events.error().message()});
  const EventOrigin origin{settings.gateway_name, settings.host_name, "", std::string(kVersion),
                           settings.privacy};
  for (const DeadEvent& dead : *dead_events) {
    system.out << line_of(dead, origin, reader->installation()) << '\n';
  }
  return kExitFine;
}

}  // namespace wgaudit
