#include "exporter/config/yaml_place.hpp"

#include <yaml-cpp/yaml.h>

namespace wgaudit {

// Positions of yaml-cpp count from 0; of a node that was not there they are -1.
std::string place_of(const std::string& file, const YAML::Mark& mark) {
  return file + ':' + std::to_string(mark.line + 1) + ':' + std::to_string(mark.column + 1);
}

// It quotes behind a colon.
std::string not_yaml(const YAML::Exception& exception) {
  return "not YAML: " + exception.msg.substr(0, exception.msg.find(':'));
}

}  // namespace wgaudit
