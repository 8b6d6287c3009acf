// Names that are digests: of events (event_id() is in event_json.hpp), sessions and findings. Each
// is a function of what it names alone, so that a receiver can tell a repetition. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audit/event.hpp"
#include "audit/finding.hpp"

namespace wgaudit {

// The first 64 bits of SHA-256(installation ‖ "session" ‖ number in decimal), 16 digits.
[[nodiscard]] std::string session_id(std::string_view installation, std::uint64_t number);

// The first 128 bits of SHA-256 over installation, rule code, netns, interface, public key in
// base64 (or nothing), subject and `since` in RFC 3339, each as LENGTH:BYTES; 32 digits. "" where
// the event does not tell rule and since.
[[nodiscard]] std::string finding_id(std::string_view installation, const Event& event);
[[nodiscard]] std::string finding_id(std::string_view installation, const FindingIdentity& identity,
                                     WallTime since);

}  // namespace wgaudit
