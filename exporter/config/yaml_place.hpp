// What is said of a place in a file of YAML, and of one that is none.
#pragma once

#include <string>

namespace YAML {
class Exception;
struct Mark;
}  // namespace YAML

namespace wgaudit {

// "FILE:LINE:COLUMN", from 1.
[[nodiscard]] std::string place_of(const std::string& file, const YAML::Mark& mark);

// Without what yaml-cpp quotes of the file, where a password may stand.
[[nodiscard]] std::string not_yaml(const YAML::Exception& exception);

}  // namespace wgaudit
