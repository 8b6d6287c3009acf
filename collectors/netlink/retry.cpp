#include "collectors/netlink/retry.hpp"

#include <cerrno>
#include <system_error>

namespace wgaudit {

std::optional<RetryReason> doubt_of(const AnswerState& state) {
  if (state.error != 0) return RetryReason::error;
  if (state.interrupted) return RetryReason::interrupted;
  if (state.cut) return RetryReason::truncated;
  if (state.exhausted) return RetryReason::inconsistent;
  if (!state.done) return RetryReason::timed_out;
  return std::nullopt;
}

bool worth_another_try(RetryReason reason, int error) {
  if (reason != RetryReason::error) return true;
  switch (error) {
    case EBUSY:
    case EINTR:
    case EAGAIN:
    case ENOBUFS:
    case ENOMEM:
      return true;
    default:
      return false;
  }
}

BootTime try_until(BootTime now, BootTime deadline) { return now + (deadline - now) / 2; }

std::string why_of(int error, const std::string& explanation) {
  std::string why = error == ETIMEDOUT ? "timed out" : std::generic_category().message(error);
  if (!explanation.empty()) why += ": " + explanation;
  return why;
}

std::string why_in_doubt(const std::string& what, RetryReason reason, int error,
                         const std::string& explanation) {
  if (reason == RetryReason::timed_out) return why_of(ETIMEDOUT);
  if (error != 0) return why_of(error, explanation);
  return what + " stayed " + std::string(to_string(reason));
}

}  // namespace wgaudit
