// One thing done to a log, at random.
#pragma once

#include <random>
#include <string_view>

#include "tests/verify/signed_log.hpp"

namespace wgaudit::test {

using Random = std::mt19937_64;

struct EditKind {
  std::string_view name;
  // False: it could not be done here, and nothing was changed.
  bool (*apply)(Files& files, Random& random);
  // What is left is what the log was at some time: a head that was seen outside tells.
  bool needs_head = false;
};
[[nodiscard]] std::span<const EditKind> edit_kinds();
// With test_key(), and with the log's last head where the edit needs one.
[[nodiscard]] LogVerdict verify_edited(const EditKind& kind, const std::filesystem::path& directory,
                                       const ChainHead& head);

}  // namespace wgaudit::test
