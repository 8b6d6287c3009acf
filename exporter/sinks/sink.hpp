// Where events go. A sink delivers; delivery.hpp gives it a thread, a cursor and patience.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "collectors/model/error.hpp"
#include "collectors/model/time.hpp"
#include "exporter/store/store.hpp"

namespace wgaudit {

// One thread at a time: that of its Delivery, but for interrupt().
class Sink {
 public:
  Sink() = default;
  virtual ~Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  // The sequence up to which the events of this installation are delivered, by what the sink itself
  // can tell (the tail of a file); else `cursor`, or 0.
  [[nodiscard]] virtual std::uint64_t resume(const std::string& installation,
                                             std::optional<std::uint64_t> cursor) = 0;
  // The receiver took none of these events, because of one of them or because they are so many.
  struct Rejection {
    std::uint64_t through = 0;  // they begin after `delivered`
    std::uint64_t suspect = 0;  // the one that the receiver names; 0: none
  };
  // All of the batch, in order, or an error. `delivered` is then the last sequence that arrived, or
  // is among the refused, which will never arrive; the rest comes again: at once where it is
  // rejected, else later. It may lie before the batch, where what was delivered is lost after all.
  struct Failure {
    Error error;
    std::uint64_t delivered = 0;
    std::vector<Refusal> refused{};  // by sequence
    std::optional<Rejection> rejected{};
    std::optional<Duration> retry_after{};  // the receiver wants no other try before
  };
  [[nodiscard]] virtual std::expected<void, Failure> deliver(const EventBatch& batch) = 0;
  // Asked before each batch, and about once a second: whether what was delivered still is. Does not
  // block.
  [[nodiscard]] virtual std::expected<void, Failure> confirm() { return {}; }
  // Called about once a second while there is nothing to deliver, and on SIGHUP with `reopen`. What
  // fails is tried again by the next one.
  virtual std::expected<void, Failure> tend(bool reopen) {
    (void)reopen;
    return {};
  }
  // The last call of a stop in order, when all is delivered.
  virtual void end() {}
  // From any thread, once: a deliver() that waits for its receiver returns soon, now and from now
  // on.
  virtual void interrupt() {}
};

}  // namespace wgaudit
