#include "exporter/codec/markdown.hpp"

#include <algorithm>

#include "collectors/model/text.hpp"

namespace wgaudit {
namespace {

// What CommonMark and GitHub's extensions (strikethrough, mathematics) give a meaning to anywhere.
constexpr std::string_view kAnywhere = "\\`*_[]#~$";
// What makes a list or a heading of a line that begins with it, or with it after a number.
constexpr std::string_view kAtBegin = "-+=.)";
// GitHub makes links of addresses, mentions and references after the text is unescaped. An empty
// comment parts them, and shows nothing.
constexpr std::string_view kPart = "<!-- -->";

bool begins_link(std::string_view rest) {
  const auto is = [&](std::string_view word) {
    return rest.size() >= word.size() &&
           std::ranges::equal(rest.substr(0, word.size()), word, [](char a, char b) {
             return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
           });
  };
  return is("www.") || is("://");
}

bool needs_backslash(std::string_view text, std::size_t i) {
  if (kAnywhere.find(text[i]) != std::string_view::npos) return true;
  // ":word:" is an emoji.
  if (text[i] == ':') return i + 1 < text.size() && text[i + 1] != ' ';
  return kAtBegin.find(text[i]) != std::string_view::npos &&
         text.substr(0, i).find_first_not_of("0123456789 ") == std::string_view::npos;
}

std::size_t longest_run(std::string_view text, char of) {
  std::size_t longest = 0, run = 0;
  for (const char c : text) {
    run = c == of ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

}  // namespace

std::string markdown_text(std::string_view bytes) {
  std::string text;
  const std::string printable = to_printable(bytes);
  for (std::size_t i = 0; i < printable.size(); ++i) {
    const char c = printable[i];
    if (begins_link(std::string_view(printable).substr(i))) text += kPart;
    if (c == '<') {
      text += "&lt;";
    } else if (c == '>') {
      text += "&gt;";
    } else if (c == '&') {
      text += "&amp;";
    } else if (c == '|') {
      text += "&#124;";
    } else {
      if (needs_backslash(printable, i)) text += '\\';
      text += c;
      if (c == '@' || c == '#') text += kPart;
    }
  }
  return text;
}

std::string markdown_code(std::string_view bytes) {
  if (bytes.empty()) return "";
  // The cells of a table are parted before code spans are seen.
  if (bytes.find('|') != std::string_view::npos) return markdown_text(bytes);
  const std::string printable = to_printable(bytes);
  std::string fence(longest_run(printable, '`') + 1, '`');
  // A span that begins or ends with a backtick or a blank needs a blank that is taken off again;
  // one of blanks alone loses none.
  const auto at_edge = [](char c) { return c == '`' || c == ' '; };
  const bool blank = printable.find_first_not_of(' ') == std::string::npos;
  const bool pad = !blank && (at_edge(printable.front()) || at_edge(printable.back()));
  const std::string edge = pad ? " " : "";
  return fence + edge + printable + edge + fence;
}

}  // namespace wgaudit
