// A configuration file read from its text, and what is wrong with it as text.
#pragma once

#include <string>
#include <vector>

#include "exporter/config/load.hpp"

namespace wgaudit {

inline std::string all(const std::vector<ConfigProblem>& problems) {
  std::string text;
  for (const auto& problem : problems) {
    text += problem.severity == ConfigProblem::Severity::warning ? "warning " : "";
    text += to_string(problem) + '\n';
  }
  return text;
}

inline LoadedSettings yaml(const std::string& text) {
  LoadedSettings loaded;
  apply_yaml(text, "c.yml", loaded);
  return loaded;
}

}  // namespace wgaudit
