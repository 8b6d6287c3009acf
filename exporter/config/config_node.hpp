// A part of the configuration file as values that know where they stand: what a list of sinks is
// read from. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wgaudit {

struct ConfigMember;

struct ConfigNode {
  enum class Kind : std::uint8_t { null, scalar, list, map };
  Kind kind = Kind::null;
  std::string place;    // "FILE:LINE:COLUMN"
  std::string text;     // of a scalar
  bool quoted = false;  // of a scalar: "true" in quotes is no boolean
  std::vector<ConfigNode> items;
  std::vector<ConfigMember> members;  // no name twice
};

struct ConfigMember {
  std::string name, place;
  ConfigNode value;
};

}  // namespace wgaudit
