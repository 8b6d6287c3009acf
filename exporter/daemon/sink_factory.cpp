#include "exporter/daemon/sink_factory.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>

#include "collectors/clock/clock.hpp"
#include "exporter/sinks/file_sink.hpp"
#include "exporter/sinks/stdout_sink.hpp"
#include "exporter/version/version.hpp"

namespace wgaudit {
namespace {

// systemd's machine-id(5): "" where there is none.
std::string machine_id() {
  std::string id;
  std::ifstream("/etc/machine-id") >> id;
  const bool hex = std::ranges::all_of(
      id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  return hex && id.size() == 32 ? id : "";
}

// One function a type.
struct Maker {
  const EventOrigin& origin;

  std::unique_ptr<Sink> operator()(const FileSinkSettings& settings) const {
    FileSinkOptions options;
    options.directory = settings.directory;
    options.origin = origin;
    options.now = read_wall_clock;
    options.sync = settings.sync == EventSync::batch ? SyncPolicy::batch : SyncPolicy::off;
    return std::make_unique<FileSink>(std::move(options));
  }
  std::unique_ptr<Sink> operator()(const StdoutSinkSettings&) const {
    return std::make_unique<StdoutSink>(STDOUT_FILENO, origin);
  }
};

}  // namespace

EventOrigin origin_of(const Settings& settings) {
  return {settings.gateway_name, settings.host_name, machine_id(), std::string(kVersion)};
}

std::unique_ptr<Sink> make_sink(const SinkSettings& settings, const EventOrigin& origin) {
  return std::visit(Maker{origin}, settings.kind);
}

}  // namespace wgaudit
