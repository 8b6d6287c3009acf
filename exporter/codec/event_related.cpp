#include "exporter/codec/event_related.hpp"

#include <algorithm>

namespace wgaudit {
namespace {

void add_once(std::vector<std::string>& list, std::string_view value) {
  if (value.empty() || std::ranges::find(list, value) != list.end()) return;
  list.emplace_back(value);
}

// The address of "10.0.0.2/32" or "fd00::2/128", else "".
std::string_view single_address(std::string_view prefix) {
  const bool ipv6 = prefix.find(':') != std::string_view::npos;
  const std::string_view whole = ipv6 ? "/128" : "/32";
  if (!prefix.ends_with(whole)) return {};
  return prefix.substr(0, prefix.size() - whole.size());
}

}  // namespace

std::vector<std::string> related_ips(const Event& event) {
  std::vector<std::string> result;
  add_once(result, event.text(Field::source_ip));
  add_once(result, event.text(Field::endpoint_previous_ip));
  for (const Field field :
       {Field::peer_allowed_ips, Field::after_allowed_ips, Field::before_allowed_ips,
        Field::allowed_ips_added, Field::allowed_ips_removed, Field::moved_allowed_ips}) {
    const Value* value = event.find(field);
    const auto* prefixes =
        value == nullptr ? nullptr : std::get_if<std::vector<std::string>>(value);
    if (prefixes == nullptr) continue;
    for (const std::string& prefix : *prefixes) {
      if (result.size() == kMaxRelatedAddresses) return result;
      add_once(result, single_address(prefix));
    }
  }
  return result;
}

std::vector<std::string> related_hosts(const Event& event, std::string_view host,
                                       std::string_view gateway) {
  std::vector<std::string> result;
  for (const std::string_view name : {host, gateway, event.text(Field::principal_device)}) {
    add_once(result, name);
  }
  return result;
}

std::string_view known_principal(const Event& event) {
  return event.text(Field::principal_status) == "unknown" ? std::string_view{}
                                                          : event.text(Field::principal_name);
}

}  // namespace wgaudit
