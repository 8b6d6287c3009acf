// The database of a daemon, read only, beside it or after it: for commands, and for its pages.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/history_query.hpp"
#include "audit/memory.hpp"
#include "exporter/store/store.hpp"

namespace wgaudit {

// An event that was set aside.
struct DeadEvent {
  std::string sink;
  WallTime set_aside_at{};
  std::string reason;
  Event event;
};

class StoreReader {
 public:
  // With a `time_limit` everything asked of it has to be answered by then, or is an error.
  [[nodiscard]] static std::expected<StoreReader, Error> open(
      const std::string& directory, std::optional<Duration> time_limit = std::nullopt);
  ~StoreReader();
  StoreReader(StoreReader&&) noexcept;
  StoreReader& operator=(StoreReader&&) noexcept;

  [[nodiscard]] std::string installation() const;
  // By number, oldest first; endpoints by session, then by when they were first seen. Findings and
  // keys as they came; no address is known of them.
  [[nodiscard]] std::expected<std::vector<SessionRecord>, Error> sessions(
      const SessionQuery& query) const;
  [[nodiscard]] std::expected<std::vector<SeenEndpoint>, Error> endpoints(
      const SessionQuery& query) const;
  [[nodiscard]] std::expected<std::vector<FindingRecord>, Error> findings(
      const SessionQuery& query) const;
  [[nodiscard]] std::expected<std::vector<KeyRecord>, Error> keys(const SessionQuery& query) const;
  [[nodiscard]] std::expected<HistoryExtent, Error> extent() const;
  [[nodiscard]] std::expected<EventBatch, Error> read_after(std::uint64_t sequence,
                                                            std::size_t max_events) const;
  [[nodiscard]] std::expected<std::uint64_t, Error> last_sequence() const;
  // In the order in which they were set aside; of all sinks where `sink` is "".
  [[nodiscard]] std::expected<std::vector<DeadEvent>, Error> dead_events(
      const std::string& sink) const;
  // All of it from one state of the database; the newest first.
  [[nodiscard]] std::expected<HistoryAnswer, Error> answer(const HistoryRequest& request) const;

 private:
  struct State;
  explicit StoreReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// What the daemon knew when it last wrote, carried over into `now`, for an audit beside it. Of its
// run, which is not in the database, there is nothing: `inventory` is null, what failed is not
// known. It changes nothing in the database, and holds up no commit.
[[nodiscard]] std::expected<Memory, Error> read_memory(const std::string& directory,
                                                       const Now& now);

}  // namespace wgaudit
