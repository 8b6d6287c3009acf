#include "audit/record_diff.hpp"

#include <algorithm>
#include <map>

namespace wgaudit {
namespace {

struct Side {
  const Inventory& inventory;
  const Record& record;
  [[nodiscard]] const PolicySettings* policy() const {
    return record.policy == Record::kNone ? nullptr : &inventory.record_policies[record.policy];
  }
};

// --- one value as text ---

FieldText one(std::string text) { return std::vector{std::move(text)}; }
FieldText text_of(const std::string& text) { return text.empty() ? std::nullopt : one(text); }
FieldText text_of(const std::optional<WallTime>& time) {
  return time ? one(to_rfc3339(*time)) : std::nullopt;
}
FieldText text_of(const std::optional<Key>& key) {
  return key ? one(to_string(*key)) : std::nullopt;
}
FieldText text_of(const std::optional<Duration>& duration) {
  return duration ? one(to_string(*duration)) : std::nullopt;
}
FieldText text_of(const std::optional<bool>& flag) {
  return flag ? one(*flag ? "true" : "false") : std::nullopt;
}
template <typename Number>
FieldText number_of(const std::optional<Number>& number) {
  return number ? one(std::to_string(*number)) : std::nullopt;
}
FieldText text_of(const std::optional<std::uint8_t>& number) { return number_of(number); }
FieldText text_of(const std::optional<std::uint64_t>& number) { return number_of(number); }

// A list as a set: its order and what it says twice mean nothing.
FieldText set_of(std::vector<std::string> items) {
  std::ranges::sort(items);
  items.erase(std::ranges::unique(items).begin(), items.end());
  return items;
}
template <typename Item>
FieldText text_of(const std::optional<std::vector<Item>>& list) {
  if (!list) return std::nullopt;
  std::vector<std::string> items;
  for (const Item& item : *list) items.push_back(to_string(item));
  return set_of(std::move(items));
}
FieldText text_of(const std::optional<AlwaysOn>& always_on) {
  if (!always_on) return std::nullopt;
  if (always_on->everywhere) return one("true");
  return always_on->gateways.empty() ? one("false") : set_of(always_on->gateways);
}
FieldText text_of(const std::optional<Posture>& posture) {
  if (!posture) return std::nullopt;
  std::string text = posture->compliant ? "compliant" : "not compliant";
  if (posture->checked_at) text += ", checked at " + to_rfc3339(*posture->checked_at);
  return one(std::move(text));
}
FieldText text_of(const std::vector<std::pair<std::string, std::string>>& tags) {
  if (tags.empty()) return std::nullopt;
  std::vector<std::string> items;
  for (const auto& [name, value] : tags) items.push_back(name + '=' + value);
  return set_of(std::move(items));
}
FieldText text_of(const std::vector<Exception>& exceptions) {
  if (exceptions.empty()) return std::nullopt;
  std::vector<std::string> items;
  for (const Exception& exception : exceptions) {
    std::string text = exception.rule;
    if (exception.until) text += " until " + to_rfc3339(*exception.until);
    if (!exception.reason.empty()) text += ": " + exception.reason;
    items.push_back(std::move(text));
  }
  return set_of(std::move(items));
}

// --- the fields ---

template <auto Member>
FieldText member(const Side& side) {
  return text_of(side.record.*Member);
}
template <auto Member>
FieldText policy(const Side& side) {
  const PolicySettings* settings = side.policy();
  return settings == nullptr ? std::nullopt : text_of(settings->*Member);
}

struct Compared {
  std::string_view field;
  bool is_list;
  FieldText (*text)(const Side&);
};

constexpr Compared kCompared[] = {
    {"principal", false, member<&Record::principal>},
    {"kind", false, [](const Side& side) { return one(std::string(to_string(side.record.kind))); }},
    {"device", false, member<&Record::device>},
    {"role", false,
     [](const Side& side) { return text_of(std::string(side.inventory.role_name(side.record))); }},
    {"owner", false, member<&Record::owner>},
    {"comment", false, member<&Record::comment>},
    {"status", false,
     [](const Side& side) { return one(std::string(to_string(side.record.status))); }},
    {"revoked_at", false, member<&Record::revoked_at>},
    {"issued_at", false, member<&Record::issued_at>},
    {"expires_at", false, member<&Record::expires_at>},
    {"replaces", false, member<&Record::replaces>},
    {"at", true, member<&Record::at>},
    {"allowed_ips", true, member<&Record::allowed_ips>},
    {"allowed_ips_max", true, member<&Record::allowed_ips_max>},
    {"endpoints", true, member<&Record::endpoints>},
    {"posture", false, member<&Record::posture>},
    {"tags", true, member<&Record::tags>},
    {"exceptions", true, member<&Record::exceptions>},
    {"session_timeout", false, policy<&PolicySettings::session_timeout>},
    {"stale_after", false, policy<&PolicySettings::stale_after>},
    {"dormant_after", false, policy<&PolicySettings::dormant_after>},
    {"rotation_overlap", false, policy<&PolicySettings::rotation_overlap>},
    {"max_key_age", false, policy<&PolicySettings::max_key_age>},
    {"posture_max_age", false, policy<&PolicySettings::posture_max_age>},
    {"min_prefix_length/ipv4", false, policy<&PolicySettings::min_prefix_length_ipv4>},
    {"min_prefix_length/ipv6", false, policy<&PolicySettings::min_prefix_length_ipv6>},
    {"require_preshared_key", false, policy<&PolicySettings::require_preshared_key>},
    {"require_posture", false, policy<&PolicySettings::require_posture>},
    {"traffic_floor", false, policy<&PolicySettings::traffic_floor>},
    {"always_on", true, policy<&PolicySettings::always_on>},
};

std::vector<FieldChange> changes_of(const Side& before, const Side& after) {
  std::vector<FieldChange> changes;
  for (const Compared& compared : kCompared) {
    FieldText old = compared.text(before), now = compared.text(after);
    if (old == now) continue;
    changes.push_back({compared.field, compared.is_list, std::move(old), std::move(now)});
  }
  return changes;
}

auto roles_of(const Inventory& inventory) {
  std::map<std::string, PolicySettings> roles;
  for (const InventoryRole& role : inventory.roles) roles.emplace(role.name, role.settings);
  return roles;
}

auto gateways_of(const Inventory& inventory) {
  using Interface =
      std::tuple<std::string, std::string, std::optional<Key>, std::optional<WallTime>>;
  std::map<std::string, std::tuple<std::string, std::vector<std::pair<std::string, std::string>>,
                                   std::vector<Interface>>>
      gateways;
  for (const Gateway& gateway : inventory.gateways) {
    std::vector<Interface> interfaces;
    for (const GatewayInterface& i : gateway.interfaces) {
      interfaces.emplace_back(i.netns, i.name, i.public_key, i.issued_at);
    }
    std::ranges::sort(interfaces);
    gateways.emplace(gateway.name, std::tuple(gateway.address, gateway.labels, interfaces));
  }
  return gateways;
}

}  // namespace

InventoryDiff diff_inventories(const Inventory& before, const Inventory& after) {
  InventoryDiff diff;
  for (const Record& old : before.records) {
    const Record* now = after.find(old.public_key);
    std::vector<FieldChange> fields;
    if (now != nullptr) fields = changes_of({before, old}, {after, *now});
    if (now == nullptr || !fields.empty()) diff.records.push_back({&old, now, std::move(fields)});
  }
  for (const Record& now : after.records) {
    if (before.find(now.public_key) == nullptr) diff.records.push_back({nullptr, &now, {}});
  }
  std::ranges::sort(diff.records, {}, [](const RecordChange& change) {
    return (change.after != nullptr ? change.after : change.before)->public_key;
  });
  if (before.policy != after.policy) diff.other.emplace_back("policy");
  if (roles_of(before) != roles_of(after)) diff.other.emplace_back("roles");
  if (gateways_of(before) != gateways_of(after)) diff.other.emplace_back("gateways");
  return diff;
}

}  // namespace wgaudit
