#include "exporter/codec/html.hpp"

#include "collectors/model/text.hpp"

namespace wgaudit {
namespace {

constexpr std::string_view kPalette =
    R"(:root { color-scheme: light dark; --ink: #1c2024; --soft: #5a6169; --line: #d8dce1; --page: #fff;
  --card: #f6f7f9; --critical: #a3112c; --high: #c2410c; --medium: #9a6700; --low: #1d5fa8;
  --info: #5a6169; --good: #1a7f37; --edge: #7d858d; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8ea; --soft: #a0a7af; --line: #3a4047;
  --page: #14171a; --card: #1d2125; --critical: #ff8095; --high: #ff9d66; --medium: #e3b341;
  --low: #7ab7ff; --info: #a0a7af; --good: #4cc764; --edge: #727a82; } }
)";

}  // namespace

std::string html_text(std::string_view bytes) {
  std::string text;
  for (const char c : to_printable(bytes)) {
    switch (c) {
      case '&':
        text += "&amp;";
        break;
      case '<':
        text += "&lt;";
        break;
      case '>':
        text += "&gt;";
        break;
      case '"':
        text += "&quot;";
        break;
      case '\'':
        text += "&#39;";
        break;
      default:
        text += c;
    }
  }
  return text;
}

std::string html_code(std::string_view text) {
  return text.empty() ? "" : "<code>" + html_text(text) + "</code>";
}

std::string html_sentence(std::string_view text) {
  std::string html;
  bool in_code = false;
  for (;;) {
    const auto tick = text.find('`');
    html += html_text(text.substr(0, tick));
    if (tick == std::string_view::npos) return html;
    in_code = !in_code;
    html += in_code ? "<code>" : "</code>";
    text.remove_prefix(tick + 1);
  }
}

std::string_view html_palette() { return kPalette; }

}  // namespace wgaudit
