#include "audit/inventory.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace wgaudit {
namespace {

constexpr std::array<std::string_view, 4> kKindNames{"user", "device", "service", "gateway"};
constexpr std::array<std::string_view, kStatuses> kStatusNames{"active", "unreviewed", "disabled",
                                                               "revoked"};

void overlay(Policy& policy, const PolicySettings& layer) {
  const auto take = [](auto& value, const auto& setting) {
    if (setting) value = *setting;
  };
  take(policy.session_timeout, layer.session_timeout);
  take(policy.stale_after, layer.stale_after);
  take(policy.dormant_after, layer.dormant_after);
  take(policy.rotation_overlap, layer.rotation_overlap);
  take(policy.max_key_age, layer.max_key_age);
  take(policy.posture_max_age, layer.posture_max_age);
  take(policy.min_prefix_length_ipv4, layer.min_prefix_length_ipv4);
  take(policy.min_prefix_length_ipv6, layer.min_prefix_length_ipv6);
  take(policy.require_preshared_key, layer.require_preshared_key);
  take(policy.require_posture, layer.require_posture);
  take(policy.traffic_floor, layer.traffic_floor);
  if (layer.always_on) policy.always_on = &*layer.always_on;
}

}  // namespace

std::string_view to_string(Kind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }
std::string_view to_string(Status status) { return kStatusNames[static_cast<std::size_t>(status)]; }

std::optional<Kind> parse_kind(std::string_view text) {
  const auto found = std::ranges::find(kKindNames, text);
  if (found == kKindNames.end()) return std::nullopt;
  return static_cast<Kind>(found - kKindNames.begin());
}

std::optional<Status> parse_status(std::string_view text) {
  const auto found = std::ranges::find(kStatusNames, text);
  if (found == kStatusNames.end()) return std::nullopt;
  return static_cast<Status>(found - kStatusNames.begin());
}

std::optional<Place> parse_place(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  Place place{std::string(text.substr(0, slash)), "", ""};
  std::string_view rest = text.substr(slash + 1);
  if (const auto colon = rest.rfind(':'); colon != std::string_view::npos) {
    place.netns = rest.substr(0, colon);
    rest.remove_prefix(colon + 1);
  }
  if (rest.empty() || rest.find('/') != std::string_view::npos) return std::nullopt;
  place.interface = rest;
  return place;
}

std::string to_string(const Place& place) {
  return place.gateway + '/' + (place.netns.empty() ? "" : place.netns + ':') + place.interface;
}

bool covers(const Place& place, std::string_view gateway, std::string_view netns,
            std::string_view interface) {
  return (place.gateway == "*" || place.gateway == gateway) && place.netns == netns &&
         (place.interface == "*" || place.interface == interface);
}

bool allows(const Record& record, std::string_view gateway, std::string_view netns,
            std::string_view interface) {
  return record.at && std::ranges::any_of(*record.at, [&](const Place& place) {
           return covers(place, gateway, netns, interface);
         });
}

bool AlwaysOn::at(std::string_view gateway) const {
  return everywhere || std::ranges::find(gateways, gateway) != gateways.end();
}

std::string to_string(const Problem& problem) {
  // The empty pointer is the whole file.
  return problem.file + ": " + (problem.pointer.empty() ? "" : problem.pointer + ": ") +
         problem.reason;
}

bool has_errors(const std::vector<Problem>& problems) {
  return std::ranges::any_of(
      problems, [](const Problem& p) { return p.severity == Problem::Severity::error; });
}

void Inventory::build_index() {
  assert(index_.empty());
  index_.reserve(records.size());
  for (std::uint32_t i = 0; i < records.size(); ++i) index_.emplace(records[i].public_key, i);
}

const Record* Inventory::find(const Key& key) const {
  const auto found = index_.find(key);
  return found == index_.end() ? nullptr : &records[found->second];
}

const Gateway* Inventory::gateway(std::string_view name) const {
  const auto found = std::ranges::find(gateways, name, &Gateway::name);
  return found == gateways.end() ? nullptr : &*found;
}

std::string principal_of(const Key& key, const Record* record) {
  return record != nullptr ? record->principal : "unknown:" + short_form(key);
}

const Exception* find_exception(const Record& record, std::string_view rule_name, WallTime now) {
  const auto found = std::ranges::find_if(record.exceptions, [&](const Exception& exception) {
    return exception.rule == rule_name && (!exception.until || now < *exception.until);
  });
  return found == record.exceptions.end() ? nullptr : &*found;
}

std::string_view Inventory::role_name(const Record& record) const {
  return record.role == Record::kNone ? std::string_view{} : roles[record.role].name;
}

Policy Inventory::resolve(const Record* record) const {
  Policy effective;
  overlay(effective, policy);
  if (record != nullptr && record->role != Record::kNone) {
    overlay(effective, roles[record->role].settings);
  }
  if (record != nullptr && record->policy != Record::kNone) {
    overlay(effective, record_policies[record->policy]);
  }
  return effective;
}

}  // namespace wgaudit
