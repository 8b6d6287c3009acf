#include "exporter/store/opening.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <ranges>

#include "exporter/store/inventory_rows.hpp"
#include "exporter/store/schema.hpp"

namespace wgaudit {
namespace {

OpenFailure failure(const StateDirectory& directory, const SqlError& error,
                    bool permanent = false) {
  const bool refused = error.kind == SqlError::Kind::refused;
  return {{{"cannot use the state database", directory.database_path(), error.why},
           permanent || refused},
          error.kind == SqlError::Kind::corrupt};
}

// 128 bits, 32 hexadecimal digits.
std::optional<std::string> random_installation() {
  std::array<unsigned char, 16> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return std::nullopt;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

bool create(Database& database, BaselineReason reason, const Now& now) {
  const auto installation = random_installation();
  if (!installation) database.note({SqlError::Kind::other, "no random bytes"});
  return installation && create_program(database, *installation, reason, now.wall);
}

std::expected<void, SchemaError> bring_up_to_date(const StateDirectory& directory,
                                                  Database& database, BaselineReason if_new,
                                                  const Now& now) {
  const auto version = schema_version(database);
  if (!version) return std::unexpected(SchemaError{version.error()});
  if (*version == 0 && directory.size_bytes() != 0) {
    // SQLite takes a few bytes for nothing.
    return std::unexpected(SchemaError{{SqlError::Kind::corrupt, "file is not a database"}});
  }
  if (*version == static_cast<std::int64_t>(migrations().size())) return {};
  Transaction transaction(database);
  if (auto migrated = migrate(database); !migrated) return migrated;
  if (*version == 0 && !create(database, if_new, now)) {
    return std::unexpected(SchemaError{database.error()});
  }
  if (!transaction.commit()) return std::unexpected(SchemaError{database.error()});
  return {};
}

bool check_whole(Database& database) {
  // Stops at the first fault.
  const auto verdict = database.value("PRAGMA quick_check(1)");
  if (verdict && *verdict != "ok") database.note_corrupt(*verdict);
  return !database.failed();
}

bool use_wal(Database& database) {
  const auto mode = database.value("PRAGMA journal_mode = WAL");
  if (mode && *mode != "wal") database.note({SqlError::Kind::other, "no write-ahead log"});
  // The log shrinks again after a large commit.
  return database.run("PRAGMA journal_size_limit = 16777216") && !database.failed();
}

std::optional<Outbox> load_outbox(Tables& tables, std::uint64_t sequence) {
  std::uint64_t first = 0;
  std::vector<std::uint32_t> sizes;
  std::map<std::string, std::uint64_t> cursors;
  if (!tables.events.load_sizes(first, sizes) || !tables.sinks.load(cursors)) return std::nullopt;
  const bool beyond = std::ranges::any_of(std::views::values(cursors),
                                          [&](std::uint64_t cursor) { return cursor > sequence; });
  if (beyond || (!sizes.empty() && first + sizes.size() - 1 != sequence)) {
    tables.database->note_corrupt("its events do not end where it says they end");
    return std::nullopt;
  }
  return Outbox(first, sizes, sequence, std::move(cursors));
}

bool move_into_this_boot(Tables& tables, Memory& memory, const Now& now) {
  const bool other_boot = memory.program.boot_id != now.boot_id;
  carry_over(memory, now);
  if (!other_boot || (memory.devices.empty() && memory.departed.empty())) return true;
  Transaction transaction(*tables.database);
  return rewrite_boot_times(tables, memory) && transaction.commit();
}

bool load(LoadedState& state, const Now& now) {
  Tables& tables = *state.tables;
  auto program = load_memory(tables, state.memory);
  if (!program) return false;
  state.program = *std::move(program);
  auto outbox = load_outbox(tables, state.memory.program.sequence);
  if (!outbox) return false;
  state.outbox = *std::move(outbox);
  state.inventory = load_inventory_copy(*tables.database);
  return !tables.database->failed() && move_into_this_boot(tables, state.memory, now);
}

}  // namespace

std::expected<LoadedState, OpenFailure> open_state(const StateDirectory& directory,
                                                   BaselineReason if_new, const Now& now) {
  if (const auto prepared = directory.prepare_database(); !prepared) {
    return std::unexpected(OpenFailure{prepared.error()});
  }
  const auto failed = [&](const SqlError& error) {
    return std::unexpected(failure(directory, error));
  };
  auto database = Database::open(directory.database_path(), Database::Mode::read_write);
  if (!database) return failed(database.error());
  Database& written = **database;
  if (!written.run("PRAGMA synchronous = FULL")) return failed(written.error());
  if (auto current = bring_up_to_date(directory, written, if_new, now); !current) {
    return std::unexpected(failure(directory, current.error().error, current.error().newer));
  }
  if (!check_whole(written) || !use_wal(written)) return failed(written.error());
  LoadedState state;
  state.tables = std::make_unique<Tables>(*std::move(database));
  if (written.failed() || !load(state, now)) return failed(written.error());
  auto reading = Database::open(directory.database_path(), Database::Mode::read_only);
  if (!reading) return failed(reading.error());
  state.reading = *std::move(reading);
  return state;
}

}  // namespace wgaudit
