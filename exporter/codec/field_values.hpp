// Texts that become values of an inventory or a posture file, and their forms in a JSON Schema.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/model/cidr.hpp"
#include "collectors/model/key.hpp"
#include "collectors/model/time.hpp"
#include "exporter/codec/inventory_fields.hpp"

namespace wgaudit::inventory_format {

inline constexpr Reason kTaken{};
inline constexpr std::size_t kMaxName = 256;  // bytes of a name that becomes a label

[[nodiscard]] inline Reason take_duration(std::optional<Duration>& out, std::string_view text) {
  out = parse_duration(text);
  return out ? kTaken : "not a duration such as 90s, 1h30m or 2w";
}
[[nodiscard]] inline Reason take_time(std::optional<WallTime>& out, std::string_view text) {
  out = parse_rfc3339(text);
  return out ? kTaken : "not a date (RFC 3339, such as 2026-08-01T00:00:00Z or 2026-08-01)";
}
[[nodiscard]] inline Reason take_name(std::string& out, std::string& text) {
  if (text.empty()) return "must not be empty";
  if (text.size() > kMaxName) return "longer than 256 bytes";
  out = std::move(text);
  return kTaken;
}
[[nodiscard]] inline Reason take_key(Key& out, std::string_view text) {
  const auto key = parse_key(text);
  if (!key) return "not a public key (base64, 44 characters)";
  out = *key;
  return kTaken;
}
[[nodiscard]] inline Reason take_cidr(std::vector<Cidr>& out, std::string_view text) {
  const auto cidr = parse_cidr(text);
  if (!cidr) return "not an address or prefix such as 10.10.0.2/32 or fd00::/64";
  out.push_back(*cidr);
  return kTaken;
}

[[nodiscard]] inline Reason ignore_text(Draft&, std::string&) { return kTaken; }

// --- their forms, as members of a JSON Schema ---

inline constexpr std::string_view kNameForm = R"("minLength": 1, "maxLength": 256)";
inline constexpr std::string_view kKeyForm =
    R"("pattern": "^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$")";
inline constexpr std::string_view kDurationForm =
    R"re("pattern": "^(0|(?=[0-9])([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?)$")re";
inline constexpr std::string_view kTimeForm =
    R"re("pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2}))?$")re";
inline constexpr std::string_view kPlaceForm = R"re("pattern": "^[^/]+/([^/]*:)?[^/:]+$")re";
inline constexpr std::string_view kPrefixForm =
    R"re("pattern": "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$")re";

}  // namespace wgaudit::inventory_format
