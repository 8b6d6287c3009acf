// When an answer of the kernel is asked for again, and how a failure reads. Pure.
#pragma once

#include <optional>
#include <string>

#include "collectors/model/device.hpp"
#include "collectors/netlink/envelope.hpp"

namespace wgaudit {

inline constexpr unsigned kMaxTries = 3;

// What is doubtful about the answer to a dump; nullopt: it is whole.
[[nodiscard]] std::optional<RetryReason> doubt_of(const AnswerState& state);
// Whether another try can help: a refusal stays one.
[[nodiscard]] bool worth_another_try(RetryReason reason, int error);
// Half of what is left, so that one answer that never comes leaves time for the others.
[[nodiscard]] BootTime try_until(BootTime now, BootTime deadline);
// "Operation not permitted", "Invalid argument: Unknown attribute type", "timed out".
[[nodiscard]] std::string why_of(int error, const std::string& explanation = {});
// Why an answer that stayed in doubt did: "timed out", "dump stayed interrupted", or as above.
[[nodiscard]] std::string why_in_doubt(const std::string& what, RetryReason reason, int error,
                                       const std::string& explanation);

}  // namespace wgaudit
