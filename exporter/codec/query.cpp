#include "exporter/codec/query.hpp"

#include <algorithm>

namespace wgaudit {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool two_more = text[i] == '%' && i + 2 < text.size();
    const int high = two_more ? digit(text[i + 1]) : -1;
    const int low = two_more ? digit(text[i + 2]) : -1;
    if (high >= 0 && low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

// RFC 3986, 2.3: unreserved. The ':' of an interface in a namespace may stand in a query too.
bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("-._~:").find(c) != std::string_view::npos;
}

void append_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_plain(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
}

}  // namespace

Query Query::of_target(std::string_view target) {
  Query query;
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return query;
  std::string_view rest = target.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::string value = decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!value.empty()) {
      query.parameters_.emplace_back(decoded(pair.substr(0, equals)), std::move(value));
    }
  }
  return query;
}

std::string_view Query::operator[](std::string_view name) const {
  const auto found =
      std::ranges::find(parameters_, name, &std::pair<std::string, std::string>::first);
  return found == parameters_.end() ? std::string_view{} : found->second;
}

void Query::set(std::string_view name, std::string_view value) {
  std::erase_if(parameters_, [&](const auto& parameter) { return parameter.first == name; });
  if (!value.empty()) parameters_.emplace_back(name, value);
}

std::string Query::link(std::string_view path) const {
  std::string out(path);
  char mark = '?';
  for (const auto& [name, value] : parameters_) {
    out += mark;
    mark = '&';
    append_encoded(out, name);
    out += '=';
    append_encoded(out, value);
  }
  return out;
}

}  // namespace wgaudit
