// A TCP connection to a receiver of events, plain or with TLS. It blocks its thread, but never
// beyond the deadline that a call is given, and not once it is interrupted. No proxy is ever used.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "collectors/model/error.hpp"
#include "collectors/model/time.hpp"
#include "exporter/net/descriptor.hpp"
#include "exporter/net/resolve.hpp"
#include "exporter/net/tls.hpp"
#include "exporter/net/wait.hpp"

namespace wgaudit {

// One thread at a time; after an error nothing but destruction. Errors name the target.
class ReceiverConnection {
 public:
  // Tries the addresses of the target in turn, each with its share of the time; `tls` absent:
  // plain. The interruption outlives the connection.
  [[nodiscard]] static std::expected<ReceiverConnection, Error> open(
      Resolver& resolver, const HostPort& target, const std::optional<TlsOptions>& tls,
      Deadline deadline, const Interruption& stop);
  ~ReceiverConnection();
  ReceiverConnection(ReceiverConnection&&) noexcept = default;
  ReceiverConnection& operator=(ReceiverConnection&&) noexcept = default;

  // All of it.
  [[nodiscard]] std::expected<void, Error> write(std::string_view bytes, Deadline deadline);
  // At least one byte; 0: the other side closed.
  [[nodiscard]] std::expected<std::size_t, Error> read(std::span<char> buffer, Deadline deadline);
  // Whether it may be written to: the other side neither closed nor sent anything that nobody
  // asked for. What is written can be lost all the same.
  [[nodiscard]] bool is_quiet();
  // Bytes that the other side's kernel has not acknowledged.
  [[nodiscard]] std::size_t unacknowledged() const;
  // What is written and not acknowledged for so long breaks the connection (TCP_USER_TIMEOUT).
  void set_patience(Duration time);

 private:
  ReceiverConnection(Descriptor socket, std::string target, const Interruption& stop)
      : socket_(std::move(socket)), target_(std::move(target)), stop_(&stop) {}

  Descriptor socket_;
  std::optional<TlsSession> tls_;
  std::string target_;
  const Interruption* stop_;
};

}  // namespace wgaudit
