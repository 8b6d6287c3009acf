#include "tests/support/files.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace wgaudit::test {

namespace fs = std::filesystem;

TempDir::TempDir() {
  std::string pattern = (fs::temp_directory_path() / "wgaudit-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}
TempDir::~TempDir() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string TempDir::write(std::string_view name, std::string_view content) const {
  const fs::path file = path_ / name;
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
  return file.string();
}

AsOrdinaryUser::AsOrdinaryUser() : was_root_(geteuid() == 0) {
  if (was_root_ && seteuid(65534) != 0) std::abort();
}
AsOrdinaryUser::~AsOrdinaryUser() {
  if (was_root_ && seteuid(0) != 0) std::abort();
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

fs::path source_dir() { return WGAUDIT_SOURCE_DIR; }

testing::AssertionResult matches_golden(std::string_view name, std::string_view got) {
  const fs::path path = source_dir() / "tests" / name;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << got;
    return testing::AssertionSuccess();
  }
  const std::string want = read_file(path);
  if (want == got) return testing::AssertionSuccess();
  return testing::AssertionFailure() << path << " differs (UPDATE_GOLDEN=1 rewrites it); got:\n"
                                     << got;
}

}  // namespace wgaudit::test
