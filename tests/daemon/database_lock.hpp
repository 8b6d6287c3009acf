#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>

namespace wgaudit::test {

// Holds the database's write lock, as a disk does that takes its time.
class DatabaseLock {
 public:
  explicit DatabaseLock(const std::filesystem::path& database) {
    EXPECT_EQ(sqlite3_open(database.c_str(), &handle_), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  }
  ~DatabaseLock() { sqlite3_close(handle_); }
  DatabaseLock(const DatabaseLock&) = delete;
  DatabaseLock& operator=(const DatabaseLock&) = delete;

 private:
  sqlite3* handle_ = nullptr;
};

}  // namespace wgaudit::test
