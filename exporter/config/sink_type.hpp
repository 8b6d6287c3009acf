// The table of what a sink of each type may be told in the list `sinks:`. A type is a row of
// sink_types(), and a file sink_type_TYPE.cpp with the rows of its keys. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/config/config_node.hpp"
#include "exporter/config/setting_values.hpp"
#include "exporter/config/sink_settings.hpp"

namespace wgaudit {

struct SinkKey {
  std::string_view name;  // "directory"
  // A single value. A boolean gets "true" or "false".
  Reason (*take)(SinkSettings&, std::string_view value) = nullptr;
  // Instead of `take`, of a mapping: each of its members.
  Reason (*take_member)(SinkSettings&, std::string_view name, std::string_view value) = nullptr;
  bool boolean = false;
  bool required = false;
};

// What is wrong between the keys of a sink. `key` "": of the sink as a whole.
struct SinkIssue {
  std::string_view key;
  std::string why;
  ConfigProblem::Severity severity = ConfigProblem::Severity::error;
};

// A file that holds a secret, and the key that names it.
struct SecretFile {
  std::string_view key;
  std::string path;
};

struct SinkType {
  std::string_view name;  // "file"
  SinkKind (*make)();     // with its defaults
  std::span<const SinkKey> keys;
  std::string_view (*promise)(const SinkSettings&);
  std::vector<SinkIssue> (*check)(const SinkSettings&) = nullptr;
  std::vector<SecretFile> (*secrets)(const SinkSettings&) = nullptr;
};

extern const SinkType kFileSinkType, kStdoutSinkType, kHttpSinkType, kSyslogSinkType;

// In the order of the alternatives of SinkKind.
[[nodiscard]] std::span<const SinkType* const> sink_types();

// Reads the list. A sink with a problem is left out, and its problems are told.
void take_sinks(const ConfigNode& list, std::vector<SinkSettings>& sinks,
                std::vector<ConfigProblem>& problems);

// `take` of a key whose value goes into a field as it is, such as a path.
template <typename Kind, auto Field>
Reason take_sink_text(SinkSettings& sink, std::string_view value) {
  if (value.empty()) return "must not be empty";
  if (value.find('\0') != std::string_view::npos) return "must not hold a NUL byte";
  std::get<Kind>(sink.kind).*Field = value;
  return {};
}
template <typename Kind, auto Field>
Reason take_sink_path(SinkSettings& sink, std::string_view value) {
  if (!value.starts_with('/')) return "not an absolute path";
  return take_sink_text<Kind, Field>(sink, value);
}
// `no_tls`: why keys of TLS have no meaning for this sink; "": they have.
template <typename Kind>
void check_tls_keys(const Kind& kind, std::string_view no_tls, std::vector<SinkIssue>& issues) {
  const std::pair<std::string_view, const std::string*> keys[] = {
      {"ca_file", &kind.ca_file},
      {"cert_file", &kind.cert_file},
      {"key_file", &kind.key_file},
      {"server_name", &kind.server_name}};
  for (const auto& [key, value] : keys) {
    if (!no_tls.empty() && !value->empty()) issues.push_back({key, std::string(no_tls)});
  }
  if (kind.cert_file.empty() != kind.key_file.empty()) {
    issues.push_back(
        {kind.cert_file.empty() ? "key_file" : "cert_file", "cert_file and key_file go together"});
  }
}
// Of one exchange with a receiver.
template <typename Kind>
Reason take_sink_timeout(SinkSettings& sink, std::string_view value) {
  const auto duration = parse_duration(value);
  if (!duration || *duration < std::chrono::seconds{1} || *duration > std::chrono::minutes{10}) {
    return "not a duration from 1s to 10m";
  }
  std::get<Kind>(sink.kind).timeout = *duration;
  return {};
}

}  // namespace wgaudit
