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

struct Yaml {
  Settings settings;
  std::vector<ConfigProblem> problems;
};
inline Yaml yaml(const std::string& text) {
  Yaml result;
  apply_yaml(text, "c.yml", result.settings, result.problems);
  return result;
}

}  // namespace wgaudit
