// The files of an inventory as the file system has them: which they are, in what version, and their
// bytes. Says why not as text, never an error exit.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "collectors/model/time.hpp"

namespace wgaudit {

inline constexpr std::size_t kMaxInventoryFileBytes = 256U << 20U;

// What stat(2) says of a file, links followed. Two that are equal are the same version.
struct FileVersion {
  std::string path;
  int error_number = 0;  // not 0: stat failed, and the others say nothing
  std::uint64_t device = 0, inode = 0;
  std::int64_t bytes = 0;
  WallTime modified{}, changed{};
  friend bool operator==(const FileVersion&, const FileVersion&) = default;
};

struct InventoryFiles {
  std::vector<FileVersion> files;  // in the order in which they are read
  std::string why;                 // not "": there are none, and why
  friend bool operator==(const InventoryFiles&, const InventoryFiles&) = default;
};

// The file itself, or the `*.json` of a directory in name order, without hidden ones: a ConfigMap
// keeps its versions in `..data`.
[[nodiscard]] InventoryFiles list_inventory_files(const std::string& path);

// One of them, open. Refuses what is no regular file or larger than the limit, and waits for
// nobody.
class InventoryFile {
 public:
  [[nodiscard]] static std::expected<InventoryFile, std::string> open(const std::string& path);
  ~InventoryFile();
  InventoryFile(InventoryFile&& other) noexcept;
  InventoryFile& operator=(InventoryFile&&) = delete;

  [[nodiscard]] std::size_t size() const { return size_; }  // when it was opened
  // 0 at the end, at the limit, and when it fails.
  [[nodiscard]] std::size_t read(std::span<char> buffer);
  [[nodiscard]] const std::string& failure() const { return failure_; }  // "" = none

 private:
  InventoryFile(int fd, std::size_t size) : fd_(fd), size_(size) {}

  int fd_;
  std::size_t size_;
  std::size_t left_ = kMaxInventoryFileBytes;
  std::string failure_;
};

}  // namespace wgaudit
