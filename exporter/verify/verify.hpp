// Checks segments on the disk: whether they are what the file sink wrote, without a hole.
//
// VERIFY.md says what that means, and how to do the same without wgaudit.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "collectors/model/error.hpp"
#include "exporter/verify/chain_checker.hpp"

namespace wgaudit {

// `paths`: segments, or directories of them; they are put into the order of their names. An error:
// a path that is not there, or whose name is none of a segment. Blocks; has threads of its own
// while it runs.
[[nodiscard]] std::expected<LogVerdict, Error> verify_segments(
    const std::vector<std::string>& paths, const VerifyOptions& options);

}  // namespace wgaudit
