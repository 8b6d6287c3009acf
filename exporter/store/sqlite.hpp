// SQLite with errors as values. sqlite3.h stays in sqlite.cpp.
//
// A Database and its statements belong to one thread at a time. It remembers its first error until
// clear_error(): a transaction of many statements asks for it once.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <expected>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "collectors/model/cidr.hpp"
#include "collectors/model/key.hpp"
#include "collectors/model/time.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace wgaudit {

struct SqlError {
  enum class Kind : std::uint8_t {
    corrupt,  // the file holds what no writer of ours left there
    refused,  // by its permissions: trying again does not help
    other,    // full, read-only, failing, busy
  };
  Kind kind = Kind::other;
  std::string why;
  friend bool operator==(const SqlError&, const SqlError&) = default;
};

struct Blob {
  std::string_view bytes;
};

// A value for a parameter. It refers to the argument it is made of.
struct Bound {
  enum class Type : std::uint8_t { null, integer, real, text, blob };
  Type type = Type::null;
  std::int64_t number = 0;
  double real = 0;
  std::string_view bytes;

  Bound(std::nullopt_t) {}
  template <typename T>
    requires std::integral<T> || std::is_enum_v<T>
  Bound(T value) : type(Type::integer), number(static_cast<std::int64_t>(value)) {}
  Bound(double value) : type(Type::real), real(value) {}
  Bound(Duration value) : type(Type::integer), number(value.count()) {}
  Bound(WallTime value) : Bound(value.time_since_epoch()) {}
  Bound(BootTime value) : Bound(value.time_since_epoch()) {}
  Bound(std::string_view value) : type(Type::text), bytes(value) {}
  Bound(const std::string& value) : Bound(std::string_view(value)) {}
  Bound(Blob value) : type(Type::blob), bytes(value.bytes) {}
  Bound(const Key& key);
  Bound(const Address& address);  // 4 or 16 bytes; NULL: none
  template <typename T>
  Bound(const std::optional<T>& value) : Bound(value ? Bound(*value) : Bound(std::nullopt)) {}
};

// The columns of one row, read from left to right. A value of the wrong type or out of its range
// reads as zero and makes the row unsound.
class Columns {
 public:
  explicit Columns(sqlite3_stmt* row) : row_(row) {}
  // Whether all that was read makes sense.
  [[nodiscard]] bool sound() const { return sound_; }
  void require(bool condition) { sound_ = sound_ && condition; }

  [[nodiscard]] bool next_is_null() const;
  std::int64_t integer();
  double real();  // finite
  std::string text();
  std::string_view blob();  // until the next row
  Key key();
  std::optional<Key> key_unless_empty();
  Address address();  // NULL: none

  std::uint64_t counter() { return static_cast<std::uint64_t>(integer()); }
  bool flag() { return ranged(0, 1) != 0; }
  template <std::unsigned_integral T>
    requires(sizeof(T) < sizeof(std::int64_t))
  T narrow() {
    return static_cast<T>(ranged(0, T(-1)));
  }
  template <typename Enum>
  Enum enumerator(Enum least, Enum greatest) {
    return static_cast<Enum>(
        ranged(static_cast<std::int64_t>(least), static_cast<std::int64_t>(greatest)));
  }
  Duration duration() { return Duration{integer()}; }
  WallTime wall() { return WallTime{duration()}; }
  BootTime boot() { return BootTime{duration()}; }
  // What `read` reads, unless the column is NULL.
  template <typename T>
  std::optional<T> maybe(T (Columns::*read)()) {
    if (next_is_null()) {
      ++column_;
      return std::nullopt;
    }
    return (this->*read)();
  }

 private:
  std::int64_t ranged(std::int64_t least, std::int64_t greatest);
  bool take(int type);

  sqlite3_stmt* row_;
  int column_ = -1;  // read last
  bool sound_ = true;
};

class Database {
 public:
  enum class Mode : std::uint8_t { read_write, read_only };
  // Creates nothing, follows no symlink. Waits up to 5 s for another process's lock.
  [[nodiscard]] static std::expected<std::unique_ptr<Database>, SqlError> open(
      const std::string& path, Mode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // From now on: a statement that still runs then is interrupted, which is an error. A wait for
  // another process's lock is given up after `limit` too, counted from when that wait began.
  void limit_time(Duration limit);

  // Statements without parameters; their rows are dropped.
  [[nodiscard]] bool run(const char* sql);
  // The first column of the first row, as text. nullopt: error(), or no row.
  [[nodiscard]] std::optional<std::string> value(const char* sql);
  [[nodiscard]] std::optional<std::int64_t> number(const char* sql);
  [[nodiscard]] std::int64_t changes() const;  // rows that the last statement changed
  [[nodiscard]] std::int64_t last_row() const;
  [[nodiscard]] bool in_transaction() const;
  // Bytes of the pages that hold something, those of this transaction among them.
  [[nodiscard]] std::uint64_t used_bytes();
  // Writes the whole database anew: nothing is left of what was deleted. Its temporary file, which
  // has no name, lies in `directory`. REQUIRES: no other thread makes temporary files of SQLite.
  [[nodiscard]] bool rewrite(const std::string& directory);
  // Moves the write-ahead log into the database and empties it. False: an error, or somebody reads.
  [[nodiscard]] bool empty_log();

  [[nodiscard]] bool failed() const { return failed_; }
  // REQUIRES: failed()
  [[nodiscard]] const SqlError& error() const { return error_; }
  void clear_error() { failed_ = false; }
  // What SQLite cannot see is noted as it were an error of its own.
  void note(SqlError error);
  void note_corrupt(std::string why);  // a row that makes no sense

 private:
  friend class Statement;
  explicit Database(sqlite3* handle) : handle_(handle) {}
  void note_error();

  sqlite3* handle_;
  std::chrono::steady_clock::time_point deadline_{};
  bool failed_ = false;
  SqlError error_;
};

class Statement {
 public:
  // A statement that cannot be prepared is the database's error, and fails whenever it is used.
  Statement(Database& database, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // To its end, without rows.
  [[nodiscard]] bool run(std::initializer_list<Bound> values = {});
  // A query: start, then row after row. No row: the end, or database.failed().
  void start(std::initializer_list<Bound> values = {});
  void start(const std::vector<Bound>& values);
  [[nodiscard]] std::optional<Columns> next();
  // Of a query that is not read to its end: it would hold back checkpoints.
  void finish();

 private:
  friend class Database;
  void bind(const Bound* values, std::size_t count);
  bool step();

  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
  bool bound_ = false;
};

// Rolls back unless commit() held.
class Transaction {
 public:
  explicit Transaction(Database& database);  // BEGIN IMMEDIATE; else database.failed()
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  [[nodiscard]] bool commit();

 private:
  Database& database_;
};

}  // namespace wgaudit
