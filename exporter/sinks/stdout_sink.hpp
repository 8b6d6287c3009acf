// The `stdout` sink: events as JSON lines to a file descriptor, without a chain. Best effort: what
// its reader had not taken when the program died is lost, or comes again.
#pragma once

#include <cstdint>
#include <string>

#include "exporter/codec/event_json.hpp"
#include "exporter/net/descriptor.hpp"
#include "exporter/sinks/sink.hpp"
#include "exporter/sinks/waiting_lines.hpp"

namespace wgaudit {

class StdoutSink : public Sink {
 public:
  // Does not close `fd`, nor make it non-blocking: it is shared with who started the program. A
  // write takes as much as a pipe or socket that is ready takes at once, so that a reader that
  // stops reading cannot hold up the stop of the program. REQUIRES: SIGPIPE is ignored.
  StdoutSink(int fd, EventOrigin origin, EventFormat format = EventFormat::ecs);

  [[nodiscard]] std::uint64_t resume(const std::string& installation,
                                     std::optional<std::uint64_t> cursor) override;
  [[nodiscard]] std::expected<void, Failure> deliver(const EventBatch& batch) override;
  void interrupt() override;

 private:
  std::expected<void, Error> write_all(const EventBatch& batch);
  std::expected<void, Error> flush();
  std::expected<void, Error> wait_ready() const;

  const int fd_;
  const EventOrigin origin_;
  const EventFormat format_;
  const Descriptor interrupted_;  // an eventfd
  std::string installation_;
  std::uint64_t encoded_ = 0, delivered_ = 0;
  WaitingLines waiting_;
};

}  // namespace wgaudit
