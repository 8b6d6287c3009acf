// Names of labels of Prometheus, which are Loki's too (model.LabelName of prometheus/common, in its
// classic form, which every release takes). Pure.
#pragma once

#include <algorithm>
#include <string_view>

namespace wgaudit {

[[nodiscard]] constexpr bool is_label_name(std::string_view name) {
  const auto is_letter = [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  return !name.empty() && is_letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

// Those of our metrics (METRICS.md): a target's label of the same name takes their place, and they
// become `exported_…`, where no rule and no dashboard looks for them.
inline constexpr std::string_view kLabelsOfMetrics[] = {
    "action",         "address",          "allowed_ip",     "collector",
    "endpoint_ip",    "family",           "format",         "gateway",
    "implementation", "interface",        "netns",          "part",
    "principal",      "principal_device", "principal_kind", "public_key",
    "reason",         "revision",         "role",           "rule",
    "severity",       "sha256",           "sink",           "status",
    "subject",        "version"};
// What Prometheus itself calls a target by.
inline constexpr std::string_view kLabelsOfTargets[] = {"instance", "job"};

}  // namespace wgaudit
