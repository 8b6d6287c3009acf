#include "exporter/pages/text_search.hpp"

#include <algorithm>

#include "collectors/model/ascii.hpp"

namespace wgaudit {
TextSearch::TextSearch(std::string_view wanted)
    : wanted_(trimmed(wanted)), cidr_(parse_cidr(wanted_)) {
  std::ranges::transform(wanted_, wanted_.begin(), to_lower);
}

bool TextSearch::in(std::string_view text) const {
  return std::ranges::search(text, wanted_, {}, to_lower).begin() != text.end() || wanted_.empty();
}

}  // namespace wgaudit
