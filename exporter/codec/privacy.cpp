#include "exporter/codec/privacy.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "audit/rules.hpp"
#include "exporter/codec/sha256.hpp"

namespace wgaudit {
namespace {

// What is routed and assigned as one: a site or a subscriber.
constexpr std::uint8_t kIpv4Length = 24, kIpv6Length = 48;

constexpr Field kNames[] = {Field::principal_name, Field::principal_device, Field::principal_owner,
                            Field::moved_from_principal};
constexpr Field kPrincipals[] = {Field::principal_name, Field::moved_from_principal};
constexpr Field kAddresses[] = {Field::source_ip, Field::endpoint_previous_ip};
constexpr Field kPorts[] = {Field::source_port, Field::endpoint_previous_port};

// Rules whose detail says an address or the networks (/24, /48) that a peer comes from, or whose
// names another principal.
constexpr RuleId kAddressDetails[] = {RuleId::unexpected_endpoint, RuleId::forbidden_session};
constexpr RuleId kNetworkDetails[] = {RuleId::shared_key};
constexpr RuleId kNameDetails[] = {RuleId::allowed_ips_missing, RuleId::allowed_ips_overlap};

template <typename Range, typename Value>
bool holds(const Range& range, const Value& value) {
  return std::ranges::find(range, value) != std::end(range);
}

std::string* text_of(Fact& fact) { return std::get_if<std::string>(&fact.value); }

void hide_addresses(Event& event, const Privacy& privacy) {
  std::erase_if(event.facts, [](const Fact& fact) { return holds(kPorts, fact.field); });
  for (Fact& fact : event.facts) {
    std::string* text = holds(kAddresses, fact.field) ? text_of(fact) : nullptr;
    if (text == nullptr) continue;
    const auto address = parse_address(*text);
    const Address left = address ? shown(*address, privacy) : Address{};
    *text = left.family == Family::none ? "" : to_string(left);
  }
  std::erase_if(event.facts, [](Fact& fact) {
    const std::string* text = text_of(fact);
    return holds(kAddresses, fact.field) && text != nullptr && text->empty();
  });
}

void hide_names(Event& event, const Privacy& privacy) {
  for (Fact& fact : event.facts) {
    std::string* text = holds(kNames, fact.field) ? text_of(fact) : nullptr;
    if (text == nullptr) continue;
    *text = holds(kPrincipals, fact.field) ? shown_principal(*text, privacy)
                                           : shown_name(*text, privacy);
  }
  std::erase_if(event.facts, [](Fact& fact) {
    const std::string* text = text_of(fact);
    return holds(kNames, fact.field) && text != nullptr && text->empty();
  });
}

template <typename Value>
struct Word {
  std::string_view word;
  Value value;
};
template <typename Value, std::size_t kSize>
std::optional<Value> find_word(const Word<Value> (&words)[kSize], std::string_view word) {
  const auto* found = std::ranges::find(words, word, &Word<Value>::word);
  return found == std::end(words) ? std::nullopt : std::optional(found->value);
}

}  // namespace

std::optional<AddressPrivacy> parse_address_privacy(std::string_view word) {
  constexpr Word<AddressPrivacy> kWords[] = {{"full", AddressPrivacy::full},
                                             {"prefix", AddressPrivacy::prefix},
                                             {"none", AddressPrivacy::none}};
  return find_word(kWords, word);
}

std::optional<IdentityPrivacy> parse_identity_privacy(std::string_view word) {
  constexpr Word<IdentityPrivacy> kWords[] = {{"full", IdentityPrivacy::full},
                                              {"hash", IdentityPrivacy::hash},
                                              {"none", IdentityPrivacy::none}};
  return find_word(kWords, word);
}

Address shown(const Address& address, const Privacy& privacy) {
  switch (privacy.address) {
    case AddressPrivacy::full:
      return address;
    case AddressPrivacy::prefix:
      if (address.family == Family::none) return address;
      return masked({address, address.family == Family::ipv4 ? kIpv4Length : kIpv6Length}).address;
    case AddressPrivacy::none:
      break;
  }
  return {};
}

Endpoint shown(const Endpoint& endpoint, const Privacy& privacy) {
  if (privacy.address == AddressPrivacy::full) return endpoint;
  Endpoint left;
  left.address = shown(endpoint.address, privacy);
  return left;
}

std::string endpoint_text(const Endpoint& endpoint) {
  if (!endpoint.known()) return "";
  return endpoint.port == 0 ? to_string(endpoint.address) : to_string(endpoint);
}

std::string shown_name(std::string_view name, const Privacy& privacy) {
  if (privacy.identity == IdentityPrivacy::none) return "";
  if (name.empty() || privacy.identity == IdentityPrivacy::full) return std::string(name);
  return "hash:" + sha256_hex("wgaudit:" + std::string(name)).substr(0, 16);
}

std::string shown_principal(std::string_view name, const Privacy& privacy) {
  return name.starts_with("unknown:") ? std::string(name) : shown_name(name, privacy);
}

std::string shown_detail(RuleId rule, std::string detail, const Privacy& privacy) {
  const bool hidden = (privacy.address != AddressPrivacy::full && holds(kAddressDetails, rule)) ||
                      (privacy.address == AddressPrivacy::none && holds(kNetworkDetails, rule)) ||
                      (privacy.identity != IdentityPrivacy::full && holds(kNameDetails, rule));
  return hidden ? std::string(rule_info(rule).opens_when) : std::move(detail);
}

Finding shown(Finding finding, const Privacy& privacy) {
  finding.principal = shown_principal(finding.principal, privacy);
  finding.detail = shown_detail(finding.identity.rule, std::move(finding.detail), privacy);
  return finding;
}

Event shown(Event event, const Privacy& privacy) {
  if (privacy.address != AddressPrivacy::full) hide_addresses(event, privacy);
  if (privacy.identity != IdentityPrivacy::full) hide_names(event, privacy);
  const RuleInfo* rule = find_rule(event.text(Field::rule_name));
  if (rule == nullptr) return event;
  for (Fact& fact : event.facts) {
    std::string* detail = fact.field == Field::finding_detail ? text_of(fact) : nullptr;
    if (detail != nullptr) *detail = shown_detail(rule->id, std::move(*detail), privacy);
  }
  return event;
}

SessionRecord shown(SessionRecord session, const Privacy& privacy) {
  session.principal = shown_principal(session.principal, privacy);
  session.endpoint = shown(session.endpoint, privacy);
  return session;
}

SeenEndpoint shown(SeenEndpoint seen, const Privacy& privacy) {
  seen.principal = shown_principal(seen.principal, privacy);
  seen.endpoint.address = shown(seen.endpoint.address, privacy);
  return seen;
}

KeyRecord shown(KeyRecord stay, const Privacy& privacy) {
  stay.principal = shown_principal(stay.principal, privacy);
  return stay;
}

FindingRecord shown(FindingRecord record, const Privacy& privacy) {
  record.finding = shown(std::move(record.finding), privacy);
  return record;
}

}  // namespace wgaudit
