#include "exporter/codec/html.hpp"

#include "collectors/model/text.hpp"

namespace wgaudit {

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

}  // namespace wgaudit
