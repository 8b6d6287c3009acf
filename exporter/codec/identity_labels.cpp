#include "exporter/codec/identity_labels.hpp"

#include <algorithm>
#include <iterator>

namespace wgaudit {
namespace {

struct Label {
  std::string_view name;
  bool IdentityLabels::* shown;
};
constexpr Label kLabels[] = {
    {"principal", &IdentityLabels::principal},
    {"principal_kind", &IdentityLabels::principal_kind},
    {"principal_device", &IdentityLabels::principal_device},
    {"role", &IdentityLabels::role},
    {"status", &IdentityLabels::status},
};

}  // namespace

std::optional<IdentityLabels> parse_identity_labels(std::string_view text) {
  IdentityLabels labels{false, false, false, false, false};
  if (text == "none") return labels;
  for (;;) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const auto* const label = std::ranges::find(kLabels, text.substr(0, comma), &Label::name);
    if (label == std::end(kLabels)) return std::nullopt;
    labels.*label->shown = true;
    if (comma == text.size()) return labels;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace wgaudit
