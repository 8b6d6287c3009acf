// The `syslog` sink as datagrams: UDP (RFC 5426) and a unix socket such as /dev/log. Best effort: a
// datagram is out of sight once it is sent.
//
// One message a datagram, never cut: a line and its header are far below what one can hold.
#pragma once

#include <chrono>
#include <string>
#include <variant>

#include "exporter/codec/event_json.hpp"
#include "exporter/net/resolve.hpp"
#include "exporter/sinks/sink.hpp"
#include "exporter/sinks/syslog_message.hpp"

namespace wgaudit {

struct SyslogDatagramOptions {
  std::variant<HostPort, std::string> target;  // a string: the path of a unix socket
  SyslogSender sender;
  EventOrigin origin;
  Duration time_limit = std::chrono::seconds{30};
  EventFormat format = EventFormat::ecs;
};

class SyslogDatagramSink : public Sink {
 public:
  explicit SyslogDatagramSink(SyslogDatagramOptions options);

  [[nodiscard]] std::uint64_t resume(const std::string& installation,
                                     std::optional<std::uint64_t> cursor) override;
  [[nodiscard]] std::expected<void, Failure> deliver(const EventBatch& batch) override;
  std::expected<void, Failure> tend(bool reopen) override;
  void interrupt() override { stop_.interrupt(); }

 private:
  std::expected<void, std::string> stand_ready();
  std::expected<void, std::string> send(std::string_view message);
  [[nodiscard]] Deadline deadline() const;

  const SyslogDatagramOptions options_;
  const Interruption stop_;
  Resolver resolver_;
  Descriptor socket_;
  std::chrono::steady_clock::time_point opened_;
  std::string installation_;
};

}  // namespace wgaudit
