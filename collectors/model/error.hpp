// An error as a value: what failed, on what subject, and why. Pure.
//
// Every user-visible error of wgaudit reads "what failed: subject: why". The text never holds bytes
// of an input that may carry keys: decoders name line and field instead.
#pragma once

#include <string>

namespace wgaudit {

struct Error {
  std::string what;     // "cannot read inventory"
  std::string subject;  // "/etc/wgaudit/inventory.json"; may be empty
  std::string why;      // "Permission denied"

  [[nodiscard]] std::string message() const {
    std::string text = what;
    if (!subject.empty()) text += ": " + subject;
    if (!why.empty()) text += ": " + why;
    return text;
  }
  friend bool operator==(const Error&, const Error&) = default;
};

}  // namespace wgaudit
