// What the outbox holds, in memory: how large it is is asked by every poll. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "audit/judge.hpp"
#include "exporter/store/store.hpp"

namespace wgaudit {

class Outbox {
 public:
  Outbox() = default;
  // The sizes of the events from `first` on; `sequence` is the last ever given.
  Outbox(std::uint64_t first, const std::vector<std::uint32_t>& sizes, std::uint64_t sequence,
         std::map<std::string, std::uint64_t> cursors);

  // The next event.
  void add(std::uint32_t bytes);
  void remove_through(std::uint64_t sequence);
  void move_cursor(const std::string& sink, std::uint64_t sequence);
  void remove_cursor(const std::string& sink);
  // Up to this sequence they have waited for too long; 0: none has.
  void note_too_old(std::uint64_t through) { too_old_ = through; }

  [[nodiscard]] std::uint64_t sequence() const { return first_ + sizes_.size() - 1; }
  [[nodiscard]] std::uint64_t first() const { return first_; }  // > sequence(): it is empty
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] const std::map<std::string, std::uint64_t>& cursors() const { return cursors_; }

  // The oldest that some sink has not got; beyond sequence(): there is none.
  [[nodiscard]] std::uint64_t first_undelivered() const;
  // Over a limit: up to where events have to go so that a tenth of it is free. Else 0.
  [[nodiscard]] std::uint64_t drop_through(const StoreLimits& limits) const;
  // Up to where events may go: delivered to every sink, not among those always kept, few enough for
  // one commit. Below first(): none.
  [[nodiscard]] std::uint64_t may_trim_through(const StoreLimits& limits) const;
  // Up to where they have to go so that no more than `bytes` remain. 0: nowhere.
  [[nodiscard]] std::uint64_t through_for(std::uint64_t bytes) const;
  // How many events up to `sequence` some sink has not got.
  [[nodiscard]] std::uint64_t undelivered_through(std::uint64_t sequence) const;
  [[nodiscard]] OutboxStatus status(const StoreLimits& limits) const;

 private:
  [[nodiscard]] std::uint64_t too_large_through(const StoreLimits& limits) const;

  std::uint64_t first_ = 1;  // sequence of the oldest event that is kept, or of the next one
  std::deque<std::uint32_t> sizes_;
  std::uint64_t bytes_ = 0;
  std::uint64_t too_old_ = 0;
  std::map<std::string, std::uint64_t> cursors_;
};

}  // namespace wgaudit
