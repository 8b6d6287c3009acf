// The past, for pages and API: read from the state database on a connection of its own that cannot
// write, within a limit of time, by a few at once. It holds up no poll, no scrape and no commit.
#pragma once

#include <expected>
#include <semaphore>
#include <string>

#include "audit/history_query.hpp"
#include "collectors/model/error.hpp"

namespace wgaudit {

class HistorySource {
 public:
  explicit HistorySource(std::string directory) : directory_(std::move(directory)) {}
  // Any thread. An error that it is too busy, that it took too long, or that of the database.
  [[nodiscard]] std::expected<HistoryAnswer, Error> read(const HistoryRequest& request);

 private:
  static constexpr int kAtOnce = 2;
  const std::string directory_;
  std::counting_semaphore<kAtOnce> free_{kAtOnce};
};

}  // namespace wgaudit
