// Names of labels of Prometheus, which are Loki's too (model.LabelName of prometheus/common, in its
// classic form, which every release takes). Pure.
#pragma once

#include <algorithm>
#include <string_view>

namespace wgaudit {

[[nodiscard]] constexpr bool is_label_name(std::string_view name) {
  const auto is_letter = [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  return !name.empty() && is_letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace wgaudit
