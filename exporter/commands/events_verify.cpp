#include <algorithm>
#include <ostream>

#include "collectors/model/number.hpp"
#include "exporter/commands/commands.hpp"
#include "exporter/daemon/exit_code.hpp"
#include "exporter/signing/key_file.hpp"
#include "exporter/verify/verify.hpp"

namespace wgaudit {
namespace {

// SEQ:HASH. What /metrics shows of a hash are its first 24 digits.
std::optional<ExpectedHead> parse_head(std::string_view text) {
  constexpr std::size_t kLeastDigits = 24, kMostDigits = 64;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  ExpectedHead head;
  head.sequence = parse_number<std::uint64_t>(text.substr(0, colon)).value_or(0);
  if (head.sequence == 0) return std::nullopt;
  for (char c : text.substr(colon + 1)) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    if (!std::string_view("0123456789abcdef").contains(c)) return std::nullopt;
    head.hash += c;
  }
  if (head.hash.size() < kLeastDigits || head.hash.size() > kMostDigits) return std::nullopt;
  return head;
}

std::expected<VerifyOptions, std::string> options_of(const VerifyArguments& arguments) {
  VerifyOptions options;
  options.deep = arguments.deep;
  for (const std::string& path : arguments.public_keys) {
    auto keys = load_verifying_keys(path);
    if (!keys) return std::unexpected(keys.error().message());
    options.keys.insert(options.keys.end(), keys->begin(), keys->end());
  }
  for (const std::string& text : arguments.expected_heads) {
    const auto head = parse_head(text);
    if (!head) {
      return std::unexpected("usage: --expect-head: not SEQ:HASH with 24 to 64 hexadecimal digits");
    }
    options.heads.push_back(*head);
  }
  return options;
}

}  // namespace

int run_events_verify(System& system, const VerifyArguments& arguments) {
  const auto options = options_of(arguments);
  if (!options) return fail(system, {kExitUsage, options.error()});
  const auto verdict = verify_segments(arguments.paths, *options);
  if (!verdict) return fail(system, {kExitUsage, verdict.error().message()});
  system.out << to_text(*verdict);
  return exit_code_of(*verdict);
}

}  // namespace wgaudit
