// What outputs say of people: --privacy.address and --privacy.identity, for metrics, pages and API,
// events and the history alike. PRIVACY.md says what each hides, and what it does not. Pure.
//
// The state database keeps everything; what leaves the program goes through here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/event.hpp"
#include "audit/finding.hpp"
#include "audit/history.hpp"
#include "collectors/model/endpoint.hpp"

namespace wgaudit {

// Of outer addresses, from which a peer comes. Tunnel addresses are configuration, and stay.
enum class AddressPrivacy : std::uint8_t {
  full,
  prefix,  // the network alone, as its first address: /24, /48; no port
  none,
};
// Of principals, their devices and owners. Public keys, kinds, roles and statuses stay.
enum class IdentityPrivacy : std::uint8_t {
  full,
  hash,  // "hash:" and 16 digits: the same for one name everywhere, so that it can be followed
  none,
};

struct Privacy {
  AddressPrivacy address = AddressPrivacy::full;
  IdentityPrivacy identity = IdentityPrivacy::full;

  [[nodiscard]] bool hides() const { return *this != Privacy{}; }
  friend bool operator==(const Privacy&, const Privacy&) = default;
};

[[nodiscard]] std::optional<AddressPrivacy> parse_address_privacy(std::string_view word);
[[nodiscard]] std::optional<IdentityPrivacy> parse_identity_privacy(std::string_view word);

// What is left of it; family none, port 0 and "" for what is hidden.
[[nodiscard]] Address shown(const Address& address, const Privacy& privacy);
[[nodiscard]] Endpoint shown(const Endpoint& endpoint, const Privacy& privacy);
// As it is printed: without a port where that is hidden; "" where nothing is known or left.
[[nodiscard]] std::string endpoint_text(const Endpoint& endpoint);
// Of a device or owner.
[[nodiscard]] std::string shown_name(std::string_view name, const Privacy& privacy);
// `unknown:…` is the beginning of a key that no record has, and stays.
[[nodiscard]] std::string shown_principal(std::string_view name, const Privacy& privacy);
// Where a detail says what is hidden, that which opens the rule stands in its place.
[[nodiscard]] std::string shown_detail(RuleId rule, std::string detail, const Privacy& privacy);

[[nodiscard]] Finding shown(Finding finding, const Privacy& privacy);
// `message`, `related.*` and all else that follows from facts is made of what is left.
[[nodiscard]] Event shown(Event event, const Privacy& privacy);
[[nodiscard]] SessionRecord shown(SessionRecord session, const Privacy& privacy);
[[nodiscard]] SeenEndpoint shown(SeenEndpoint seen, const Privacy& privacy);
[[nodiscard]] KeyRecord shown(KeyRecord stay, const Privacy& privacy);
[[nodiscard]] FindingRecord shown(FindingRecord record, const Privacy& privacy);

}  // namespace wgaudit
