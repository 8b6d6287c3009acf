// The `syslog` sink over TCP and TLS: RFC 5424 in frames of RFC 6587 (octet counting) and RFC 5425.
//
// At least once, but for what a broken connection held. Syslog knows no answer: an event counts as
// delivered when the receiver's kernel has acknowledged its bytes, and the last 1,000 are sent
// again after a connection that broke, with the same event.id. What a receiver had read, and lost
// with more than these, is lost.
#pragma once

#include <optional>
#include <string>

#include "exporter/codec/event_json.hpp"
#include "exporter/net/connection.hpp"
#include "exporter/sinks/sent_window.hpp"
#include "exporter/sinks/sink.hpp"
#include "exporter/sinks/syslog_message.hpp"

namespace wgaudit {

struct SyslogStreamOptions {
  HostPort target;
  std::optional<TlsOptions> tls;  // absent: plain TCP
  SyslogSender sender;
  EventOrigin origin;
  // For a connection to stand, and then for each next bytes to be acknowledged.
  Duration time_limit = std::chrono::seconds{30};
  EventFormat format = EventFormat::ecs;
};

class SyslogStreamSink : public Sink {
 public:
  // REQUIRES: SIGPIPE is ignored.
  explicit SyslogStreamSink(SyslogStreamOptions options);

  [[nodiscard]] std::uint64_t resume(const std::string& installation,
                                     std::optional<std::uint64_t> cursor) override;
  [[nodiscard]] std::expected<void, Failure> confirm() override;
  [[nodiscard]] std::expected<void, Failure> deliver(const EventBatch& batch) override;
  std::expected<void, Failure> tend(bool reopen) override;
  void interrupt() override { stop_.interrupt(); }

 private:
  struct End {
    SentWindow::Ending ending;
    std::string why;
  };

  std::expected<ReceiverConnection*, Error> stand_ready();
  std::expected<void, Error> wait_accepted(ReceiverConnection& connection) const;
  std::expected<void, Error> send(ReceiverConnection& connection, const EventBatch& batch) const;
  std::expected<void, Error> wait_acknowledged(ReceiverConnection& connection) const;
  // How the other side ended the connection, if it did. What it says is nobody's.
  static std::optional<End> ended(ReceiverConnection& connection);
  [[nodiscard]] Deadline deadline() const;
  [[nodiscard]] Error failed(std::string why) const;

  const SyslogStreamOptions options_;
  const Interruption stop_;
  Resolver resolver_;
  std::optional<ReceiverConnection> connection_;
  std::string installation_;
  SentWindow window_;
};

}  // namespace wgaudit
