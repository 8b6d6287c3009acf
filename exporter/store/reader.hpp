// The database of a daemon, read only, beside it or after it: for commands.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/memory.hpp"
#include "exporter/store/store.hpp"

namespace wgaudit {

struct SessionQuery {
  std::string principal{};  // "" = all
  std::optional<Key> key{};
  std::optional<Address> address{};          // outer, at any time of the session
  std::optional<WallTime> since{}, until{};  // what was at some time between
  std::size_t limit = 0;                     // the newest; 0 = all
};

// An event that was set aside.
struct DeadEvent {
  std::string sink;
  WallTime set_aside_at{};
  std::string reason;
  Event event;
};

class StoreReader {
 public:
  [[nodiscard]] static std::expected<StoreReader, Error> open(const std::string& directory);
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
