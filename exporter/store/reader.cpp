#include "exporter/store/reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "exporter/store/directory.hpp"
#include "exporter/store/event_rows.hpp"
#include "exporter/store/memory_rows.hpp"
#include "exporter/store/schema.hpp"
#include "exporter/store/session_rows.hpp"
#include "exporter/store/tables.hpp"

namespace wgaudit {
namespace {

constexpr char kCannotRead[] = "cannot read the state database";

// Without symlinks in it: SQLite refuses them.
std::expected<std::string, Error> database_path(const std::string& directory) {
  const std::string asked = directory + "/" + std::string(kDatabaseName);
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(directory.c_str(), nullptr),
                                                         &std::free);
  const auto failed = [&](const char* why) {
    return std::unexpected(Error{kCannotRead, asked, why});
  };
  if (real == nullptr) return failed(std::strerror(errno));
  std::string path = std::string(real.get()) + "/" + std::string(kDatabaseName);
  struct stat status{};
  if (lstat(path.c_str(), &status) != 0) return failed(std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return failed("not a regular file");
  if (faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) != 0) {
    return failed(std::strerror(errno));
  }
  return path;
}

std::optional<std::string> unfit(Database& database) {
  const auto version = schema_version(database);
  if (!version) return version.error().why;
  const auto known = static_cast<std::int64_t>(migrations().size());
  if (*version == 0) return "it is empty";
  if (*version > known) return "written by a newer release";
  if (*version < known)
    return "written by an older release, whose daemon has not been replaced yet";
  return std::nullopt;
}

struct OpenDatabase {
  std::unique_ptr<Database> database;
  std::string path;
};

std::expected<OpenDatabase, Error> open_database(const std::string& directory) {
  auto path = database_path(directory);
  if (!path) return std::unexpected(path.error());
  auto database = Database::open(*path, Database::Mode::read_only);
  if (!database) return std::unexpected(Error{kCannotRead, *path, database.error().why});
  if (const auto why = unfit(**database)) return std::unexpected(Error{kCannotRead, *path, *why});
  return OpenDatabase{*std::move(database), *std::move(path)};
}

}  // namespace

struct StoreReader::State {
  State(std::unique_ptr<Database> opened, std::string opened_path)
      : database(std::move(opened)), events(*database), path(std::move(opened_path)) {}
  std::unique_ptr<Database> database;
  EventReader events;
  std::string path;
  std::string installation;

  [[nodiscard]] std::unexpected<Error> failed() const {
    return std::unexpected(Error{kCannotRead, path, database->error().why});
  }
};

StoreReader::StoreReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
StoreReader::~StoreReader() = default;
StoreReader::StoreReader(StoreReader&&) noexcept = default;
StoreReader& StoreReader::operator=(StoreReader&&) noexcept = default;

std::expected<StoreReader, Error> StoreReader::open(const std::string& directory) {
  auto opened = open_database(directory);
  if (!opened) return std::unexpected(opened.error());
  auto state = std::make_unique<State>(std::move(opened->database), std::move(opened->path));
  ProgramTold told;
  auto program = ProgramRow(*state->database).load(told);
  if (!program) return state->failed();
  state->installation = std::move(program->installation);
  return StoreReader(std::move(state));
}

std::string StoreReader::installation() const { return state_->installation; }

std::expected<std::vector<SessionRecord>, Error> StoreReader::sessions(
    const SessionQuery& query) const {
  state_->database->clear_error();
  auto sessions = read_sessions(*state_->database, query);
  if (!sessions) return state_->failed();
  return *std::move(sessions);
}

std::expected<EventBatch, Error> StoreReader::read_after(std::uint64_t sequence,
                                                         std::size_t max_events) const {
  state_->database->clear_error();
  auto events = state_->events.read_after(sequence, max_events);
  if (!events) return state_->failed();
  return EventBatch{state_->installation, *std::move(events)};
}

std::expected<std::uint64_t, Error> StoreReader::last_sequence() const {
  state_->database->clear_error();
  const auto sequence = state_->database->number("SELECT sequence FROM program");
  if (!sequence) {
    state_->database->note_corrupt("it does not say whose state it is");
    return state_->failed();
  }
  return static_cast<std::uint64_t>(*sequence);
}

std::expected<Memory, Error> read_memory(const std::string& directory, const Now& now) {
  auto opened = open_database(directory);
  if (!opened) return std::unexpected(opened.error());
  Tables tables(std::move(opened->database));
  Database& database = *tables.database;
  Memory memory;
  // One state of all tables, whatever is committed meanwhile; the connection ends it.
  if (database.failed() || !database.run("BEGIN") || !load_memory(tables, memory)) {
    return std::unexpected(Error{kCannotRead, opened->path, database.error().why});
  }
  carry_over(memory, now);
  return memory;
}

}  // namespace wgaudit
