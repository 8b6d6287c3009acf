#include "exporter/pages/text_search.hpp"

#include <algorithm>

namespace wgaudit {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

}  // namespace

TextSearch::TextSearch(std::string_view wanted)
    : wanted_(trimmed(wanted)), cidr_(parse_cidr(wanted_)) {
  std::ranges::transform(wanted_, wanted_.begin(), lower);
}

bool TextSearch::in(std::string_view text) const {
  return std::ranges::search(text, wanted_, {}, lower).begin() != text.end() || wanted_.empty();
}

}  // namespace wgaudit
