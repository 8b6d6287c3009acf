#include "exporter/signing/signature.hpp"

#include <cassert>

namespace wgaudit {
namespace {

// A quote within a text of JSON is escaped: these bytes are always a member's name and its begin.
constexpr std::string_view kMember = R"("signature":")";
constexpr std::size_t kSignatureDigits = 128;

// Behind the opening quote of the only signature; npos where there is none, or more.
std::size_t place_of(std::string_view line) {
  const std::size_t at = line.find(kMember);
  if (at == std::string_view::npos || line.rfind(kMember) != at) return std::string_view::npos;
  return at + kMember.size();
}

}  // namespace

std::optional<SignedLine> split_signature(std::string_view line) {
  const std::size_t begin = place_of(line);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::size_t end = begin + kSignatureDigits;
  if (end >= line.size() || line[end] != '"') return std::nullopt;
  SignedLine split{std::string(line), line.substr(begin, kSignatureDigits)};
  split.text.erase(begin, kSignatureDigits);
  return split;
}

std::string sign_line(std::string line, const SigningKey& key) {
  const std::size_t at = place_of(line);
  assert(at != std::string_view::npos && line[at] == '"');
  return line.insert(at, key.sign(line));
}

}  // namespace wgaudit
