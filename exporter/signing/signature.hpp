// A line that holds a signature over itself. Pure.
//
// What is signed is the whole line but for the 128 digits of the signature, with nothing between
// the quotes where they stand, and without a line feed:
//
//   sed 's/"signature":"[0-9a-f]*"/"signature":""/'
//
// So every byte of a checkpoint is covered: time, installation, the hash of the line before, the
// name of the segment, the last sequence, the id of the key, and what else it says.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exporter/signing/signing_key.hpp"

namespace wgaudit {

struct SignedLine {
  std::string text;            // what is signed
  std::string_view signature;  // of the line; 128 characters
};
// nullopt: the line has no signature, or more than one.
[[nodiscard]] std::optional<SignedLine> split_signature(std::string_view line);

// Puts the signature into a line whose signature is empty. REQUIRES: it has one such member.
[[nodiscard]] std::string sign_line(std::string line, const SigningKey& key);

}  // namespace wgaudit
