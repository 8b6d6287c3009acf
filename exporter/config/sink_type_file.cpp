#include "exporter/config/sink_type.hpp"

namespace wgaudit {
namespace {

constexpr ValueName<EventSync> kSyncs[] = {{"batch", EventSync::batch}, {"off", EventSync::off}};

template <auto Take>
Reason take_segments(SinkSettings& sink, std::string_view value) {
  return Take(std::get<FileSinkSettings>(sink.kind).segments, value);
}

constexpr SinkKey kKeys[] = {
    {.name = "directory",
     .take = take_sink_path<FileSinkSettings, &FileSinkSettings::directory>,
     .required = true},
    {.name = "sync",
     .take =
         [](SinkSettings& sink, std::string_view value) {
           return take_sync(std::get<FileSinkSettings>(sink.kind).sync, value);
         }},
    {.name = "signing_key_file", .take = take_segments<&take_signing_key_file>},
    {.name = "checkpoint_lines", .take = take_segments<&take_checkpoint_lines>},
    {.name = "checkpoint_interval", .take = take_segments<&take_checkpoint_interval>},
    {.name = "max_segments", .take = take_segments<&take_max_segments>},
    {.name = "max_bytes", .take = take_segments<&take_max_bytes>},
    {.name = "max_age", .take = take_segments<&take_max_age>},
};

std::string_view promise(const SinkSettings& sink) {
  if (std::get<FileSinkSettings>(sink.kind).sync == EventSync::off) {
    return "durable but for power loss: none is lost or doubled when the program dies";
  }
  return "durable: every event is on the disk before its cursor moves";
}

std::vector<SecretFile> secrets(const SinkSettings& sink) {
  const SegmentSettings& segments = std::get<FileSinkSettings>(sink.kind).segments;
  if (segments.signing_key_file.empty()) return {};
  return {{"signing_key_file", segments.signing_key_file}};
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
                                .promise = promise,
                                .secrets = secrets};

}  // namespace wgaudit
