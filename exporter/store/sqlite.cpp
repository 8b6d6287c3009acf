#include "exporter/store/sqlite.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <cmath>
#include <cstring>

namespace wgaudit {
namespace {

std::string_view bytes_of(const auto& array, std::size_t size) {
  return {reinterpret_cast<const char*>(array.data()), size};
}

bool is_refusal(int error_number) {
  return error_number == EACCES || error_number == EPERM || error_number == ELOOP;
}

// Of a COMMIT that fails the connection does not know it; the file that was written to does.
int system_error_of(sqlite3* handle) {
  if (const int error = sqlite3_system_errno(handle); error != 0) return error;
  for (const int which : {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER}) {
    sqlite3_file* file = nullptr;
    int error = 0;
    const bool open = sqlite3_file_control(handle, "main", which, &file) == SQLITE_OK &&
                      file != nullptr && file->pMethods != nullptr;
    if (open && file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &error) == SQLITE_OK &&
        error != 0) {
      return error;
    }
  }
  return 0;
}

SqlError describe(sqlite3* handle) {
  const int code = sqlite3_errcode(handle) & 0xff;
  const int system_error = system_error_of(handle);
  SqlError error{SqlError::Kind::other, sqlite3_errmsg(handle)};
  switch (code) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:  // our statements are fixed: the schema is not what we left there
      error.kind = SqlError::Kind::corrupt;
      break;
    case SQLITE_INTERRUPT:
      error.why = "it took too long";
      break;
    case SQLITE_PERM:
    case SQLITE_AUTH:
      error.kind = SqlError::Kind::refused;
      break;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      if (is_refusal(system_error)) error.kind = SqlError::Kind::refused;
      if (system_error != 0) error.why += std::string(": ") + std::strerror(system_error);
      break;
    default:
      break;
  }
  return error;
}

}  // namespace

Bound::Bound(const Key& key) : type(Type::blob), bytes(bytes_of(key.bytes, Key::kSize)) {}
Bound::Bound(const Address& address)
    : type(address.family == Family::none ? Type::null : Type::blob),
      bytes(bytes_of(address.bytes, address_bits(address.family) / 8)) {}

bool Columns::next_is_null() const { return sqlite3_column_type(row_, column_ + 1) == SQLITE_NULL; }
bool Columns::take(int type) {
  require(sqlite3_column_type(row_, ++column_) == type);
  return sound_;
}
std::int64_t Columns::integer() {
  return take(SQLITE_INTEGER) ? sqlite3_column_int64(row_, column_) : 0;
}
std::int64_t Columns::ranged(std::int64_t least, std::int64_t greatest) {
  const std::int64_t value = integer();
  require(least <= value && value <= greatest);
  return sound_ ? value : least;
}
double Columns::real() {
  const double value = take(SQLITE_FLOAT) ? sqlite3_column_double(row_, column_) : 0;
  require(std::isfinite(value));
  return sound_ ? value : 0;
}
std::string Columns::text() {
  if (!take(SQLITE_TEXT)) return {};
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(row_, column_));
  require(bytes != nullptr);
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(row_, column_))};
}
std::string_view Columns::blob() {
  if (!take(SQLITE_BLOB)) return {};
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(row_, column_));
  if (bytes == nullptr) return {};  // of length 0
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(row_, column_))};
}
Key Columns::key() {
  const std::string_view bytes = blob();
  Key key;
  require(bytes.size() == Key::kSize);
  if (sound_) std::memcpy(key.bytes.data(), bytes.data(), Key::kSize);
  return key;
}
std::optional<Key> Columns::key_unless_empty() {
  if (sqlite3_column_bytes(row_, column_ + 1) != 0) return key();
  (void)blob();
  return std::nullopt;
}
Address Columns::address() {
  Address address;
  if (next_is_null()) {
    ++column_;
    return address;
  }
  const std::string_view bytes = blob();
  require(bytes.size() == 4 || bytes.size() == 16);
  if (!sound_) return address;
  address.family = bytes.size() == 4 ? Family::ipv4 : Family::ipv6;
  std::memcpy(address.bytes.data(), bytes.data(), bytes.size());
  return address;
}

std::expected<std::unique_ptr<Database>, SqlError> Database::open(const std::string& path,
                                                                  Mode mode) {
  const int flags = (mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_PRIVATECACHE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  std::unique_ptr<Database> database(new Database(handle));
  if (code != SQLITE_OK) return std::unexpected(describe(handle));
  sqlite3_busy_timeout(handle, 5000);
  // Nothing of it ever lies outside its directory, and no function is run because a schema says so.
  if (!database->run("PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;"
                     "PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON;"
                     "PRAGMA secure_delete = ON;")) {
    return std::unexpected(database->error());
  }
  return database;
}
Database::~Database() { sqlite3_close_v2(handle_); }

void Database::limit_time(Duration limit) {
  using std::chrono::milliseconds;
  constexpr int kInstructions = 1000;  // between two looks at the clock: some microseconds
  deadline_ = std::chrono::steady_clock::now() + limit;
  sqlite3_busy_timeout(handle_,
                       static_cast<int>(std::chrono::duration_cast<milliseconds>(limit).count()));
  sqlite3_progress_handler(
      handle_, kInstructions,
      [](void* deadline) {
        const auto& by = *static_cast<const std::chrono::steady_clock::time_point*>(deadline);
        return std::chrono::steady_clock::now() >= by ? 1 : 0;
      },
      &deadline_);
}

bool Database::run(const char* sql) {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return true;
  note_error();
  return false;
}
std::optional<std::string> Database::value(const char* sql) {
  Statement statement(*this, sql);
  statement.start();
  if (!statement.next()) return std::nullopt;
  const auto* bytes = sqlite3_column_text(statement.statement_, 0);
  return bytes == nullptr ? "" : reinterpret_cast<const char*>(bytes);
}
std::optional<std::int64_t> Database::number(const char* sql) {
  Statement statement(*this, sql);
  statement.start();
  auto row = statement.next();
  if (!row) return std::nullopt;
  return row->integer();
}
std::int64_t Database::changes() const { return sqlite3_changes64(handle_); }
std::int64_t Database::last_row() const { return sqlite3_last_insert_rowid(handle_); }
std::uint64_t Database::used_bytes() {
  const auto pages = number("PRAGMA page_count"), free = number("PRAGMA freelist_count");
  const auto size = number("PRAGMA page_size");
  if (!pages || !free || !size || *free > *pages) return 0;
  return static_cast<std::uint64_t>((*pages - *free) * *size);
}
bool Database::rewrite(const std::string& directory) {
  if (!run("PRAGMA temp_store = FILE")) return false;
  sqlite3_temp_directory = sqlite3_mprintf("%s", directory.c_str());
  const bool done = run("VACUUM");
  sqlite3_free(sqlite3_temp_directory);
  sqlite3_temp_directory = nullptr;
  return run("PRAGMA temp_store = MEMORY") && done;
}
bool Database::empty_log() { return number("PRAGMA wal_checkpoint(TRUNCATE)") == 0; }
bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

void Database::note_error() { note(describe(handle_)); }
void Database::note(SqlError error) {
  if (failed_) return;
  failed_ = true;
  error_ = std::move(error);
}
void Database::note_corrupt(std::string why) { note({SqlError::Kind::corrupt, std::move(why)}); }

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
  const int code = sqlite3_prepare_v3(database.handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
  if (code != SQLITE_OK) database.note_error();
}
Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::bind(const Bound* values, std::size_t count) {
  bound_ = false;
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  int code = SQLITE_OK;
  for (std::size_t i = 0; i < count && code == SQLITE_OK; ++i) {
    const int parameter = static_cast<int>(i) + 1;
    const Bound& value = values[i];
    // Never a null pointer: it would bind NULL where an empty text is meant.
    const char* bytes = value.bytes.empty() ? "" : value.bytes.data();
    switch (value.type) {
      case Bound::Type::null:
        code = sqlite3_bind_null(statement_, parameter);
        break;
      case Bound::Type::integer:
        code = sqlite3_bind_int64(statement_, parameter, value.number);
        break;
      case Bound::Type::real:
        code = sqlite3_bind_double(statement_, parameter, value.real);
        break;
      case Bound::Type::text:
        code = sqlite3_bind_text64(statement_, parameter, bytes, value.bytes.size(),
                                   SQLITE_TRANSIENT, SQLITE_UTF8);
        break;
      case Bound::Type::blob:
        code =
            sqlite3_bind_blob64(statement_, parameter, bytes, value.bytes.size(), SQLITE_TRANSIENT);
        break;
    }
  }
  if (code != SQLITE_OK) database_.note_error();
  bound_ = code == SQLITE_OK;
}

bool Statement::step() {
  if (!bound_) return false;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_.note_error();
  bound_ = false;
  sqlite3_reset(statement_);
  return false;
}

bool Statement::run(std::initializer_list<Bound> values) {
  if (database_.failed()) return false;
  start(values);
  if (!bound_) return false;
  while (step()) {
  }
  return !database_.failed();
}
void Statement::start(std::initializer_list<Bound> values) { bind(values.begin(), values.size()); }
void Statement::start(const std::vector<Bound>& values) { bind(values.data(), values.size()); }
std::optional<Columns> Statement::next() {
  if (!step()) return std::nullopt;
  return Columns(statement_);
}

void Statement::finish() {
  bound_ = false;
  sqlite3_reset(statement_);
}

Transaction::Transaction(Database& database) : database_(database) {
  // A failure is the database's error; nothing is left to roll back then.
  (void)database.run("BEGIN IMMEDIATE");
}
Transaction::~Transaction() {
  if (database_.in_transaction()) (void)database_.run("ROLLBACK");
}
bool Transaction::commit() { return !database_.failed() && database_.run("COMMIT"); }

}  // namespace wgaudit
