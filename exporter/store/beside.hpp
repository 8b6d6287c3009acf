// Opening the database of a daemon that may be running, for commands.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "collectors/model/error.hpp"
#include "exporter/store/sqlite.hpp"

namespace wgaudit {

struct OpenedBeside {
  std::unique_ptr<Database> database;
  std::string path;
};
// Of this release's version, never made or changed by it. `what` failed, for the error's sake.
[[nodiscard]] std::expected<OpenedBeside, Error> open_beside(const std::string& directory,
                                                             Database::Mode mode, const char* what);

}  // namespace wgaudit
