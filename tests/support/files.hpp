// Files for tests: a temporary directory, and goldens that `UPDATE_GOLDEN=1` rewrites.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace wgaudit::test {

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  // Writes a file below the directory and returns its path.
  std::string write(std::string_view name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

// While it lives a test that runs as root is what an ordinary user is: files can refuse it.
class AsOrdinaryUser {
 public:
  AsOrdinaryUser();
  ~AsOrdinaryUser();
  AsOrdinaryUser(const AsOrdinaryUser&) = delete;
  AsOrdinaryUser& operator=(const AsOrdinaryUser&) = delete;

 private:
  bool was_root_;
};

[[nodiscard]] std::string read_file(const std::filesystem::path& path);
[[nodiscard]] std::filesystem::path source_dir();
// Compares with tests/NAME (such as "codec/golden/report.json"); UPDATE_GOLDEN=1 writes it instead.
[[nodiscard]] testing::AssertionResult matches_golden(std::string_view name, std::string_view got);

}  // namespace wgaudit::test
