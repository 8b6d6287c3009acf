// An outbox without a database, for the tests of Delivery.
#pragma once

#include <algorithm>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "exporter/sinks/delivery.hpp"
#include "tests/sinks/events.hpp"

namespace wgaudit::test {

// Holds what the database would. Any thread.
class FakeOutbox {
 public:
  void commit(std::uint64_t count) {
    const std::scoped_lock lock(mutex_);
    last_ += count;
  }
  void replace(const std::string& installation, std::uint64_t count) {
    const std::scoped_lock lock(mutex_);
    installation_ = installation;
    last_ = count;
    cursor_.reset();
  }
  void set_cursor(std::uint64_t cursor) {
    const std::scoped_lock lock(mutex_);
    cursor_ = cursor;
  }
  // The events up to this one are kept no longer.
  void trim(std::uint64_t through) {
    const std::scoped_lock lock(mutex_);
    first_ = through + 1;
  }
  std::optional<std::uint64_t> cursor() {
    const std::scoped_lock lock(mutex_);
    return cursor_;
  }
  void set_broken(bool broken) {
    const std::scoped_lock lock(mutex_);
    broken_ = broken;
  }
  // It can be read, and takes nothing.
  void set_full(bool full) {
    const std::scoped_lock lock(mutex_);
    full_ = full;
  }
  OutboxReader outbox() {
    return {.read_after = [this](std::uint64_t sequence,
                                 std::size_t most) -> std::expected<EventBatch, Error> {
              const std::scoped_lock lock(mutex_);
              if (broken_) return std::unexpected(Error{"cannot read the outbox", "", "locked"});
              sequence = std::max(sequence, first_ - 1);
              const std::uint64_t left = last_ > sequence ? last_ - sequence : 0;
              return batch(sequence + 1, std::min<std::uint64_t>(left, most), installation_);
            },
            .cursor = [this](const std::string&) { return cursor(); },
            .advance =
                [this](const std::string&, std::uint64_t sequence) {
                  const std::scoped_lock lock(mutex_);
                  if (broken_ || full_) return false;
                  cursor_ = sequence;
                  return true;
                },
            .rewind =
                [this](const std::string&, std::uint64_t sequence) {
                  const std::scoped_lock lock(mutex_);
                  if (broken_ || full_) return false;
                  cursor_ = std::min(cursor_.value_or(0), sequence);
                  return true;
                },
            .set_aside =
                [this](const std::string&, std::uint64_t sequence,
                       const std::vector<Refusal>& refused) {
                  const std::scoped_lock lock(mutex_);
                  if (broken_ || full_) return false;
                  cursor_ = sequence;
                  dead_.insert(dead_.end(), refused.begin(), refused.end());
                  return true;
                }};
  }
  std::vector<Refusal> dead() {
    const std::scoped_lock lock(mutex_);
    return dead_;
  }

 private:
  std::mutex mutex_;
  std::string installation_ = kInstallation;
  std::uint64_t first_ = 1, last_ = 0;
  std::optional<std::uint64_t> cursor_;
  std::vector<Refusal> dead_;
  bool broken_ = false, full_ = false;
};

}  // namespace wgaudit::test
