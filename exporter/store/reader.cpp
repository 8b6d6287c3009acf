#include "exporter/store/reader.hpp"

#include <algorithm>

#include "exporter/store/beside.hpp"
#include "exporter/store/dead_event_rows.hpp"
#include "exporter/store/event_rows.hpp"
#include "exporter/store/history_select.hpp"
#include "exporter/store/memory_rows.hpp"
#include "exporter/store/tables.hpp"

namespace wgaudit {
namespace {

constexpr char kCannotRead[] = "cannot read the state database";

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
  // What `read` finds.
  template <typename T, typename... Arguments>
  std::expected<T, Error> ask(std::optional<T> (*read)(Database&, const Arguments&...),
                              const Arguments&... arguments) const {
    database->clear_error();
    auto answer = read(*database, arguments...);
    if (!answer) return failed();
    return *std::move(answer);
  }
};

StoreReader::StoreReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
StoreReader::~StoreReader() = default;
StoreReader::StoreReader(StoreReader&&) noexcept = default;
StoreReader& StoreReader::operator=(StoreReader&&) noexcept = default;

std::expected<StoreReader, Error> StoreReader::open(const std::string& directory,
                                                    std::optional<Duration> time_limit) {
  auto opened = open_beside(directory, Database::Mode::read_only, kCannotRead);
  if (!opened) return std::unexpected(opened.error());
  if (time_limit) opened->database->limit_time(*time_limit);
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
  return state_->ask(&read_sessions, query);
}
std::expected<std::vector<SeenEndpoint>, Error> StoreReader::endpoints(
    const SessionQuery& query) const {
  return state_->ask(&read_endpoints, query);
}
std::expected<std::vector<FindingRecord>, Error> StoreReader::findings(
    const SessionQuery& query) const {
  return state_->ask(&read_findings, query);
}
std::expected<std::vector<KeyRecord>, Error> StoreReader::keys(const SessionQuery& query) const {
  return state_->ask(&read_keys, query);
}
std::expected<HistoryExtent, Error> StoreReader::extent() const {
  return state_->ask(&read_extent);
}

std::expected<EventBatch, Error> StoreReader::read_after(std::uint64_t sequence,
                                                         std::size_t max_events) const {
  state_->database->clear_error();
  auto events = state_->events.read_after(sequence, max_events);
  if (!events) return state_->failed();
  return EventBatch{state_->installation, *std::move(events)};
}

std::expected<std::vector<DeadEvent>, Error> StoreReader::dead_events(
    const std::string& sink) const {
  return state_->ask(&read_dead_events, sink);
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

std::expected<HistoryAnswer, Error> StoreReader::answer(const HistoryRequest& request) const {
  Database& database = *state_->database;
  database.clear_error();
  if (!database.run("BEGIN")) return state_->failed();
  HistoryAnswer answer;
  answer.installation = state_->installation;
  const auto fill = [&](auto& rows, const auto& query, auto read) {
    if (!query) return true;
    auto found = read(database, *query);
    const bool done = found.has_value();
    if (done) rows = *std::move(found);
    return done;
  };
  const auto extent = read_extent(database);
  const bool done = extent && fill(answer.sessions, request.sessions, read_sessions) &&
                    fill(answer.endpoints, request.endpoints, read_endpoints) &&
                    fill(answer.findings, request.findings, read_findings) &&
                    fill(answer.events, request.events, read_events) && database.run("COMMIT");
  if (!done) {
    auto failure = state_->failed();
    (void)database.run("ROLLBACK");  // its error, where SQLite has done so itself, is none
    return failure;
  }
  answer.extent = *extent;
  std::ranges::reverse(answer.sessions);
  std::ranges::reverse(answer.endpoints);
  std::ranges::reverse(answer.findings);
  return answer;
}

std::expected<Memory, Error> read_memory(const std::string& directory, const Now& now) {
  auto opened = open_beside(directory, Database::Mode::read_only, kCannotRead);
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
