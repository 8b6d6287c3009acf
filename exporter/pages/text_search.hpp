// Whether a text that somebody looks for stands in another. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "collectors/model/cidr.hpp"

namespace wgaudit {

// ASCII letters of either case are the same, other bytes are compared as they are. A text that is
// an IP address or a prefix is found inside of prefixes too.
class TextSearch {
 public:
  explicit TextSearch(std::string_view wanted);
  [[nodiscard]] bool empty() const { return wanted_.empty(); }
  [[nodiscard]] bool in(std::string_view text) const;
  [[nodiscard]] bool inside(const Cidr& outer) const { return cidr_ && contains(outer, *cidr_); }

 private:
  std::string wanted_;  // in lower case
  std::optional<Cidr> cidr_;
};

}  // namespace wgaudit
