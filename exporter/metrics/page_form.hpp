// The forms in which /metrics can be had.
#pragma once

#include <cstdint>
#include <string_view>

namespace wgaudit {

enum class PageForm : std::uint8_t {
  text,         // Prometheus text format 0.0.4
  openmetrics,  // OpenMetrics 1.0.0
  // The series of others, alone (MIGRATION.md), in the text format that they have.
  mindflavor,
  mdlayher,
};
inline constexpr std::size_t kPageForms = 4;

[[nodiscard]] constexpr bool is_compat(PageForm form) {
  return form == PageForm::mindflavor || form == PageForm::mdlayher;
}
[[nodiscard]] std::string_view to_string(PageForm form);
[[nodiscard]] std::string_view content_type(PageForm form);

}  // namespace wgaudit
