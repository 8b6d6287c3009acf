#include "collectors/child/privilege.hpp"

#include <algorithm>
#include <cctype>
#include <memory>
#include <string>

#include "collectors/child/capability_set.hpp"

namespace wgaudit {
namespace {

std::string name_of(cap_value_t capability) {
  const std::unique_ptr<char, int (*)(void*)> text(cap_to_name(capability), &cap_free);
  return text ? text.get() : std::to_string(capability);
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string listed(const std::vector<cap_value_t>& capabilities, std::string_view separator) {
  std::string text;
  for (const cap_value_t capability : capabilities) {
    if (!text.empty()) text += separator;
    text += name_of(capability);
  }
  return text;
}

}  // namespace

std::optional<Error> missing_capability(const Targets& targets) {
  const auto required = required_capabilities(targets);
  std::vector<cap_value_t> missing;
  std::ranges::copy_if(required, std::back_inserter(missing),
                       [](cap_value_t c) { return !is_permitted(c); });
  if (missing.empty()) return std::nullopt;
  return Error{"missing capability", upper(listed(missing, ", ")),
               "give it with `setcap " + listed(required, ",") +
                   "+ep $(command -v wgaudit)`, with AmbientCapabilities=" +
                   upper(listed(required, " ")) + " in the unit, or run as root"};
}

}  // namespace wgaudit
