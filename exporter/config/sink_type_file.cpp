#include "exporter/config/sink_type.hpp"

namespace wgaudit {
namespace {

constexpr ValueName<EventSync> kSyncs[] = {{"batch", EventSync::batch}, {"off", EventSync::off}};

constexpr SinkKey kKeys[] = {
    {.name = "directory",
     .take = take_sink_path<FileSinkSettings, &FileSinkSettings::directory>,
     .required = true},
    {.name = "sync",
     .take =
         [](SinkSettings& sink, std::string_view value) {
           return take_sync(std::get<FileSinkSettings>(sink.kind).sync, value);
         }},
};

std::string_view promise(const SinkSettings& sink) {
  if (std::get<FileSinkSettings>(sink.kind).sync == EventSync::off) {
    return "durable but for power loss: none is lost or doubled when the program dies";
  }
  return "durable: every event is on the disk before its cursor moves";
}

}  // namespace

Reason take_sync(EventSync& sync, std::string_view value) {
  const auto named = value_named(kSyncs, value);
  if (!named) return "not one of batch, off";
  sync = *named;
  return {};
}

const SinkType kFileSinkType = {.name = "file",
                                .make = [] { return SinkKind{FileSinkSettings{}}; },
                                .keys = kKeys,
                                .promise = promise};

}  // namespace wgaudit
