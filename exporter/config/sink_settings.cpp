#include "exporter/config/sink_settings.hpp"

#include <algorithm>
#include <filesystem>

#include "exporter/config/settings.hpp"
#include "exporter/config/sink_type.hpp"

namespace wgaudit {
namespace {

constexpr const SinkType* kTypes[] = {&kFileSinkType, &kStdoutSinkType, &kHttpSinkType,
                                      &kSyslogSinkType};
static_assert(std::size(kTypes) == std::variant_size_v<SinkKind>);

const SinkType& type_info(const SinkSettings& sink) { return *kTypes[sink.kind.index()]; }

// What two sinks cannot share: a directory, standard output. "" = nothing.
std::string place_of(const SinkSettings& sink) {
  if (const auto* file = std::get_if<FileSinkSettings>(&sink.kind)) {
    std::string place = std::filesystem::path(file->directory).lexically_normal().string();
    while (place.size() > 1 && place.ends_with('/')) place.pop_back();
    return place;
  }
  return std::holds_alternative<StdoutSinkSettings>(sink.kind) ? "standard output" : "";
}

}  // namespace

std::span<const SinkType* const> sink_types() { return kTypes; }

std::vector<SinkSettings> configured_sinks(const Settings& settings) {
  std::vector<SinkSettings> sinks;
  if (!settings.events_directory.empty()) {
    sinks.push_back({"file",
                     FileSinkSettings{settings.events_directory, settings.events_sync,
                                      settings.events_segments},
                     false, settings.events_format});
  }
  if (settings.events_stdout)
    sinks.push_back({"stdout", StdoutSinkSettings{}, false, settings.events_format});
  sinks.insert(sinks.end(), settings.sinks.begin(), settings.sinks.end());
  return sinks;
}

std::string_view type_of(const SinkSettings& sink) { return type_info(sink).name; }
std::string_view promise_of(const SinkSettings& sink) { return type_info(sink).promise(sink); }

std::vector<ConfigProblem> check_sinks(const std::vector<SinkSettings>& sinks) {
  std::vector<ConfigProblem> problems;
  for (auto sink = sinks.begin(); sink != sinks.end(); ++sink) {
    const auto problem = [&](std::string why) {
      problems.push_back({ConfigProblem::Severity::error, "sinks." + sink->name, std::move(why)});
    };
    const auto before = [&](auto same) { return std::find_if(sinks.begin(), sink, same); };
    if (before([&](const auto& other) { return other.name == sink->name; }) != sink) {
      problem(
          "another sink has this name; `file` is that of events.directory, `stdout` that of "
          "events.stdout");
    }
    if (const auto* file = std::get_if<FileSinkSettings>(&sink->kind);
        file != nullptr && file->segments.max_bytes > 0 &&
        file->segments.max_bytes < kSegmentBytes) {
      problems.push_back({ConfigProblem::Severity::warning, "sinks." + sink->name + ".max_bytes",
                          "is less than a segment: the newest stays, up to 16MB"});
    }
    const std::string place = place_of(*sink);
    const auto other = before([&](const auto& one) { return place_of(one) == place; });
    if (!place.empty() && other != sink) {
      problem("the sink " + other->name + " writes to " + place + " already");
    }
  }
  return problems;
}

}  // namespace wgaudit
