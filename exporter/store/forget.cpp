#include "exporter/store/forget.hpp"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "exporter/store/beside.hpp"
#include "exporter/store/directory.hpp"
#include "exporter/store/event_rows.hpp"

namespace wgaudit {
namespace {

constexpr char kCannotForget[] = "cannot forget in the state database";

// ?1: the principal. The first part alone would leave what was recorded before the inventory had
// its keys.
constexpr std::string_view kOfPrincipal =
    "(principal = ?1 OR (public_key IN (SELECT public_key FROM sessions WHERE principal = ?1"
    " UNION SELECT public_key FROM finding_history WHERE principal = ?1 AND length(public_key) > 0"
    " UNION SELECT public_key FROM key_history WHERE principal = ?1)"
    " AND (principal = '' OR principal GLOB 'unknown:*')))";

struct Table {
  std::string_view name, id, ended;  // `ended` is NULL while a row goes on
  std::uint64_t ForgottenRows::* count;
};
constexpr Table kTables[] = {
    {"sessions", "number", "ended", &ForgottenRows::sessions},
    {"finding_history", "id", "closed", &ForgottenRows::findings},
    {"key_history", "id", "removed", &ForgottenRows::keys},
};

constexpr int kKindOfDeadEvents = std::size(kTables);  // `kind` of a doomed row

std::uint64_t count(Database& database, const std::string& sql, Bound value) {
  Statement statement(database, sql);
  statement.start({value});
  auto row = statement.next();
  return row ? row->counter() : 0;
}

// Whose an event is stands among its facts, which SQL does not read.
bool list_dead_events(Database& database, const std::string& principal, Forgotten& forgotten) {
  Statement read(database,
                 "SELECT id, public_key IN (SELECT public_key FROM its_keys), sequence, at,"
                 " observed_after, action, kind, severity, netns, interface, public_key, facts"
                 " FROM dead_events");
  Statement doom(database, "INSERT INTO doomed VALUES (?, ?, 0)");
  read.start();
  while (auto row = read.next()) {
    const std::int64_t id = row->integer();
    const bool of_its_key = row->maybe(&Columns::flag).value_or(false);
    std::size_t bytes = 0;
    const Event event = read_event(*row, bytes);
    const std::string_view who = event.text(Field::principal_name);
    const bool nobody = who.empty() || who.starts_with("unknown:");
    if (who != principal && !(of_its_key && nobody)) continue;
    if (!doom.run({kKindOfDeadEvents, id})) return false;
    ++forgotten.removed.dead_events;
  }
  return !database.failed();
}

// What is to go is listed before the first row goes: which keys are the principal's is told by all
// tables.
bool list(Database& database, const std::string& principal, Forgotten& forgotten) {
  if (!database.run("CREATE TEMP TABLE doomed (kind INTEGER, id INTEGER, ended INTEGER);"
                    "CREATE TEMP TABLE its_keys (public_key BLOB PRIMARY KEY) WITHOUT ROWID")) {
    return false;
  }
  int kind = 0;
  for (const Table& table : kTables) {
    const std::string from = " FROM " + std::string(table.name) + " WHERE ";
    Statement doom(database, "INSERT INTO doomed SELECT ?2, " + std::string(table.id) + ", " +
                                 std::string(table.ended) + from + std::string(kOfPrincipal));
    Statement keep(database, "INSERT OR IGNORE INTO its_keys SELECT public_key" + from +
                                 "principal = ?1 AND length(public_key) > 0");
    if (!doom.run({principal, kind}) || !keep.run({principal})) return false;
    const std::string of_kind = "SELECT count(*) FROM doomed WHERE kind = ? AND ended IS ";
    forgotten.removed.*table.count = count(database, of_kind + "NOT NULL", kind);
    forgotten.kept.*table.count = count(database, of_kind + "NULL", kind);
    ++kind;
  }
  const std::string endpoints =
      "SELECT count(*) FROM session_endpoints WHERE session IN"
      " (SELECT id FROM doomed WHERE kind = ? AND ended IS ";
  forgotten.removed.endpoints = count(database, endpoints + "NOT NULL)", 0);
  forgotten.kept.endpoints = count(database, endpoints + "NULL)", 0);
  const auto events = database.number(
      "SELECT count(*) FROM events WHERE public_key IN (SELECT public_key FROM its_keys)");
  forgotten.events = static_cast<std::uint64_t>(events.value_or(0));
  return list_dead_events(database, principal, forgotten);
}

bool remove(Database& database, const ForgottenRows& rows, WallTime now) {
  const auto of_kind = [](int kind) {
    return " IN (SELECT id FROM doomed WHERE ended IS NOT NULL AND kind = " + std::to_string(kind) +
           ')';
  };
  std::string sql = "DELETE FROM session_endpoints WHERE session" + of_kind(0);
  int kind = 0;
  for (const Table& table : kTables) {
    sql += "; DELETE FROM " + std::string(table.name) + " WHERE " + std::string(table.id) +
           of_kind(kind++);
  }
  sql += "; DELETE FROM dead_events WHERE id" + of_kind(kKindOfDeadEvents);
  if (!database.run(sql.c_str())) return false;
  Statement note(database, "UPDATE history SET forgotten = forgotten + ?, forgotten_at = ?");
  return note.run({rows.all(), now});
}

std::vector<std::string> moved_aside(const std::string& path) {
  std::vector<std::string> found;
  std::error_code ignored;
  const std::filesystem::path database(path);
  for (const auto& entry : std::filesystem::directory_iterator(database.parent_path(), ignored)) {
    const std::string name = entry.path().filename().string();
    const std::string prefix = std::string(kDatabaseName) + '.';
    if (name.starts_with(prefix) && !name.ends_with("-wal") && !name.ends_with("-shm")) {
      found.push_back(name);
    }
  }
  std::ranges::sort(found);
  return found;
}

// Deleted cells are overwritten (secure_delete), but for what a split of a page has left behind.
std::string scrub(Database& database, const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  if (!database.rewrite(directory)) return database.error().why;
  if (database.empty_log()) return "";
  return database.failed() ? database.error().why
                           : "somebody reads the database, so that its log cannot be emptied";
}

}  // namespace

std::expected<Forgotten, Error> forget_principal(const std::string& directory,
                                                 const std::string& principal, bool dry_run,
                                                 WallTime now) {
  auto opened = open_beside(directory, Database::Mode::read_write, kCannotForget);
  if (!opened) return std::unexpected(opened.error());
  Database& database = *opened->database;
  Forgotten forgotten;
  {
    Transaction transaction(database);
    const bool done =
        !database.failed() && list(database, principal, forgotten) &&
        (dry_run || (remove(database, forgotten.removed, now) && transaction.commit()));
    if (!done) {
      return std::unexpected(Error{kCannotForget, opened->path, database.error().why});
    }
  }
  if (!dry_run) forgotten.remains = scrub(database, opened->path);
  forgotten.aside = moved_aside(opened->path);
  return forgotten;
}

}  // namespace wgaudit
