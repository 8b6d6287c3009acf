// How the text of a setting becomes its value. Pure.
#pragma once

#include <string_view>
#include <type_traits>

#include "collectors/model/number.hpp"
#include "exporter/config/settings.hpp"

namespace wgaudit {

inline constexpr Reason kTaken{};
inline constexpr ValueName<FailurePolicy> kFailurePolicies[] = {{"hold", FailurePolicy::hold},
                                                                {"exit", FailurePolicy::exit}};

template <auto Field>
Reason take_text(Settings& settings, std::string_view value) {
  if (value.find('\0') != std::string_view::npos) return "must not hold a NUL byte";
  settings.*Field = value;
  return kTaken;
}

template <auto Field>
Reason take_boolean(Settings& settings, std::string_view value) {
  if (value != "true" && value != "false") return "not true or false";
  settings.*Field = value == "true";
  return kTaken;
}

template <auto Field>
Reason take_duration(Settings& settings, std::string_view value) {
  const auto duration = parse_duration(value);
  if (!duration) return "not a duration such as 5s or 1m30s";
  settings.*Field = *duration;
  return kTaken;
}

template <auto Field>
Reason take_number(Settings& settings, std::string_view value) {
  const auto number = parse_number<std::remove_cvref_t<decltype(settings.*Field)>>(value);
  if (!number) return "not a whole number, or too large";
  settings.*Field = *number;
  return kTaken;
}

template <auto Field>
Reason take_size(Settings& settings, std::string_view value) {
  const auto size = parse_size(value);
  if (!size) return "not a size such as 512MB or 2GB, or too large";
  settings.*Field = *size;
  return kTaken;
}

template <auto Take>
Reason take_segments(Settings& settings, std::string_view value) {
  return Take(settings.events_segments, value);
}

template <auto Field>
Reason take_failure_policy(Settings& settings, std::string_view value) {
  const auto policy = value_named(kFailurePolicies, value);
  if (!policy) return "not one of hold, exit";
  settings.*Field = *policy;
  return kTaken;
}

template <auto Field>
Reason take_directory(Settings& settings, std::string_view value) {
  if (!value.starts_with('/')) return "not an absolute path";
  return take_text<Field>(settings, value);
}

[[nodiscard]] Reason take_log_level(Settings& settings, std::string_view value);
[[nodiscard]] Reason take_log_format(Settings& settings, std::string_view value);
[[nodiscard]] Reason take_event_sync(Settings& settings, std::string_view value);
[[nodiscard]] Reason take_event_format(Settings& settings, std::string_view value);
[[nodiscard]] Reason take_address_privacy(Settings& settings, std::string_view value);
[[nodiscard]] Reason take_identity_privacy(Settings& settings, std::string_view value);
[[nodiscard]] Reason take_identity_labels(Settings& settings, std::string_view value);
[[nodiscard]] Reason take_max_shrink(Settings& settings, std::string_view value);
[[nodiscard]] Reason take_gateway_name(Settings& settings, std::string_view value);
[[nodiscard]] Reason take_netns(Settings& settings, std::string_view value);
[[nodiscard]] Reason take_uapi_directory(Settings& settings, std::string_view value);
[[nodiscard]] Reason take_listen_address(Settings& settings, std::string_view value);
[[nodiscard]] Reason take_allowed_host(Settings& settings, std::string_view value);
[[nodiscard]] Reason take_telemetry_path(Settings& settings, std::string_view value);

}  // namespace wgaudit
