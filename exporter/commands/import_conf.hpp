// Peers of WireGuard configurations as rows of an inventory to be. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "collectors/wgconf/decoder.hpp"
#include "exporter/codec/inventory_import.hpp"

namespace wgaudit {

// One configuration and where it is in force.
struct ConfSource {
  std::string file;
  std::string gateway;
  std::string interface;  // "" = unknown: its peers get no `at`
  Conf conf;              // every peer has its key
};

// A key that several of them have becomes one record. Names are kept verbatim; one that cannot be a
// principal becomes the tag `friendly_name`. What is not taken over is among the problems.
[[nodiscard]] Imported import_confs(std::vector<ConfSource> sources);

}  // namespace wgaudit
