// The state directory: ours alone, and used by one daemon at a time.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "collectors/model/time.hpp"
#include "exporter/store/store.hpp"

namespace wgaudit {

inline constexpr std::string_view kDatabaseName = "state.db";

class StateDirectory {
 public:
  // Makes it (0700) where it is missing, takes access from others, locks it until destruction.
  [[nodiscard]] static std::expected<StateDirectory, StoreError> open(const std::string& path);
  StateDirectory(StateDirectory&& other) noexcept;
  StateDirectory& operator=(StateDirectory&& other) noexcept;
  ~StateDirectory();

  [[nodiscard]] std::string database_path() const;
  // Makes an empty database (0600) where there is none, takes access from others.
  [[nodiscard]] std::expected<void, StoreError> prepare_database() const;
  // Renames the database and its WAL to state.db.REASON-<UTC>; returns the new path.
  [[nodiscard]] std::expected<std::string, StoreError> set_aside(std::string_view reason,
                                                                 WallTime now) const;
  [[nodiscard]] std::uint64_t size_bytes() const;  // of the database and its WAL

 private:
  StateDirectory(std::string path, int directory, int lock)
      : path_(std::move(path)), directory_(directory), lock_(lock) {}

  std::string path_;  // without symlinks
  int directory_ = -1, lock_ = -1;
};

}  // namespace wgaudit
