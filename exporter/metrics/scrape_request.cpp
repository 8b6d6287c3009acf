#include "exporter/metrics/scrape_request.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "exporter/codec/query.hpp"
#include "exporter/metrics/negotiation.hpp"

namespace wgaudit {
namespace {

using Reason = std::optional<std::string>;  // why not

struct Switch {
  std::string_view name;
  bool MindflavorOptions::* value;
};
constexpr Switch kSwitches[] = {
    {"separate_allowed_ips", &MindflavorOptions::separate_allowed_ips},
    {"export_remote_ip_and_port", &MindflavorOptions::export_remote_ip_and_port},
    {"export_latest_handshake_delay", &MindflavorOptions::export_latest_handshake_delay},
};

std::string names_of_groups() {
  std::string text;
  std::string_view before;
  for (std::size_t group = 0; group < kMetricGroups; ++group) {
    const std::string_view name = filter_name(static_cast<MetricGroup>(group));
    if (name == before) continue;
    before = name;
    text += (text.empty() ? "" : ", ") + std::string(name);
  }
  return text;
}

MetricGroups groups_named(std::string_view name) {
  MetricGroups groups;
  for (std::size_t group = 0; group < kMetricGroups; ++group) {
    groups[group] = filter_name(static_cast<MetricGroup>(group)) == name;
  }
  return groups;
}

struct Filters {
  MetricGroups collected, excluded;
};

Reason take_filter(MetricGroups& named, std::string_view parameter, std::string_view value) {
  const MetricGroups groups = groups_named(value);
  if (groups.none()) {
    return std::string(parameter) + ": no such collector: one of " + names_of_groups();
  }
  named |= groups;
  return std::nullopt;
}

Reason take_compat(ScrapeRequest& request, std::string_view value) {
  for (const PageForm form : {PageForm::mindflavor, PageForm::mdlayher}) {
    if (value != to_string(form)) continue;
    request.form = form;
    return std::nullopt;
  }
  return "compat: not one of mindflavor, mdlayher";
}

Reason take_switch(ScrapeRequest& request, const Switch& one, std::string_view value) {
  if (value != "true" && value != "false") return std::string(one.name) + ": not true or false";
  request.mindflavor.*one.value = value == "true";
  return std::nullopt;
}

Reason take(ScrapeRequest& request, Filters& filters, std::string_view name,
            std::string_view value) {
  if (name == "collect[]") return take_filter(filters.collected, name, value);
  if (name == "exclude[]") return take_filter(filters.excluded, name, value);
  if (name == "compat") return take_compat(request, value);
  const auto* const one = std::ranges::find(kSwitches, name, &Switch::name);
  if (one != std::end(kSwitches)) return take_switch(request, *one, value);
  return std::nullopt;
}

// What cannot be had together.
Reason check(const ScrapeRequest& request, const Filters& filters) {
  const bool compat = is_compat(request.form);
  if (filters.collected.any() && filters.excluded.any()) {
    return "collect[] and exclude[]: one of them, not both";
  }
  if (compat && (filters.collected.any() || filters.excluded.any())) {
    return "compat: not with collect[] or exclude[]";
  }
  if (request.form != PageForm::mindflavor && request.mindflavor != MindflavorOptions{}) {
    return "a switch of MindFlavor's exporter: only with compat=mindflavor";
  }
  return std::nullopt;
}

}  // namespace

std::expected<ScrapeRequest, std::string> parse_scrape_request(std::string_view target,
                                                               std::string_view accept,
                                                               std::string_view accept_encoding) {
  ScrapeRequest request{.form = negotiate_form(accept), .gzip = negotiate_gzip(accept_encoding)};
  Filters filters;
  const Query query = Query::of_target(target);
  for (const auto& [name, value] : query.all()) {
    if (auto why = take(request, filters, name, value)) return std::unexpected(*std::move(why));
  }
  if (auto why = check(request, filters)) return std::unexpected(*std::move(why));
  if (filters.collected.any()) request.groups = filters.collected;
  request.groups &= ~filters.excluded;
  return request;
}

}  // namespace wgaudit
