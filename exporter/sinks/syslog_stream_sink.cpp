#include "exporter/sinks/syslog_stream_sink.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace wgaudit {
namespace {

using std::chrono::milliseconds, std::chrono::steady_clock;

// Each chunk has the whole time limit: a receiver that is slow is not one that is gone.
constexpr std::size_t kChunk = std::size_t{64} << 10U;
constexpr milliseconds kFirstLook{1}, kLongestLook{20}, kVerdict{250};

}  // namespace

SyslogStreamSink::SyslogStreamSink(SyslogStreamOptions options) : options_(std::move(options)) {}

std::uint64_t SyslogStreamSink::resume(const std::string& installation,
                                       std::optional<std::uint64_t> cursor) {
  installation_ = installation;
  window_.clear();
  return cursor.value_or(0);
}

Deadline SyslogStreamSink::deadline() const {
  return steady_clock::now() +
         std::chrono::duration_cast<steady_clock::duration>(options_.time_limit);
}

Error SyslogStreamSink::failed(std::string why) const {
  return {"cannot send events", to_string(options_.target), std::move(why)};
}

std::expected<void, Sink::Failure> SyslogStreamSink::confirm() {
  if (!connection_) return {};
  auto end = ended(*connection_);
  if (!end) return {};
  connection_.reset();
  const auto after = window_.ended(end->ending, steady_clock::now());
  if (!after) return {};
  return std::unexpected(Failure{failed(std::move(end->why)), *after});
}

std::expected<void, Sink::Failure> SyslogStreamSink::deliver(const EventBatch& batch) {
  if (batch.installation != installation_) (void)resume(batch.installation, std::nullopt);
  const std::uint64_t first = batch.events.front().sequence;
  const auto connection = stand_ready();
  if (!connection) return std::unexpected(Failure{connection.error(), first - 1});
  auto sent = send(**connection, batch);
  if (sent) {
    window_.sent(first, batch.events.back().sequence, steady_clock::now());
    return {};
  }
  connection_.reset();
  const auto after = window_.ended(SentWindow::Ending::broken, steady_clock::now());
  return std::unexpected(
      Failure{std::move(sent.error()), std::min(after.value_or(first - 1), first - 1)});
}

// A certificate that was renewed is used from now on.
std::expected<void, Sink::Failure> SyslogStreamSink::tend(bool reopen) {
  if (!reopen) return {};
  // Only of one that still stands what was sent is where it should be.
  if (auto confirmed = confirm(); !confirmed) return confirmed;
  connection_.reset();
  return {};
}

std::expected<ReceiverConnection*, Error> SyslogStreamSink::stand_ready() {
  if (connection_) return &*connection_;
  auto opened =
      ReceiverConnection::open(resolver_, options_.target, options_.tls, deadline(), stop_);
  if (!opened) return std::unexpected(std::move(opened.error()));
  opened->set_patience(options_.time_limit);
  if (options_.tls) {
    if (auto accepted = wait_accepted(*opened); !accepted) {
      return std::unexpected(std::move(accepted.error()));
    }
  }
  return &connection_.emplace(*std::move(opened));
}

// In TLS 1.3 (RFC 8446, 4.4.2.4) the receiver refuses a client, or that it has no certificate,
// after the handshake is over for the client. What was sent meanwhile would seem to be delivered.
std::expected<void, Error> SyslogStreamSink::wait_accepted(ReceiverConnection& connection) const {
  const Deadline limit = steady_clock::now() + kVerdict;
  while (steady_clock::now() < limit) {
    const Ready ready = wait_for(-1, 0, std::min(limit, steady_clock::now() + kLongestLook), stop_);
    if (ready == Ready::interrupted) return std::unexpected(failed(why_not(ready)));
    if (auto end = ended(connection)) return std::unexpected(failed(std::move(end->why)));
  }
  return {};
}

std::expected<void, Error> SyslogStreamSink::send(ReceiverConnection& connection,
                                                  const EventBatch& batch) const {
  std::string frames;
  for (const Event& event : batch.events) {
    const std::string json = encode(event, options_.format, options_.origin, installation_);
    append_counted(frames, syslog_message(event, options_.sender, json));
    if (frames.size() < kChunk) continue;
    if (auto written = connection.write(frames, deadline()); !written) return written;
    frames.clear();
  }
  if (auto written = connection.write(frames, deadline()); !written) return written;
  return wait_acknowledged(connection);
}

std::expected<void, Error> SyslogStreamSink::wait_acknowledged(
    ReceiverConnection& connection) const {
  std::size_t before = connection.unacknowledged();
  Deadline limit = deadline();
  milliseconds look = kFirstLook;
  while (before > 0) {
    const Ready ready = wait_for(-1, 0, std::min(limit, steady_clock::now() + look), stop_);
    if (ready == Ready::interrupted) return std::unexpected(failed(why_not(ready)));
    const std::size_t now = connection.unacknowledged();
    if (now < before) limit = deadline();
    if (steady_clock::now() >= limit) return std::unexpected(failed("not acknowledged in time"));
    before = now;
    look = std::min(look * 2, kLongestLook);
  }
  // What is acknowledged may come from a kernel whose program has just refused it.
  if (auto end = ended(connection)) return std::unexpected(failed(std::move(end->why)));
  return {};
}

std::optional<SyslogStreamSink::End> SyslogStreamSink::ended(ReceiverConnection& connection) {
  constexpr int kMostReads = 16;  // one that never stops talking holds nobody up
  std::array<char, 512> said{};
  for (int i = 0; i < kMostReads && !connection.is_quiet(); ++i) {
    const auto size = connection.read(said, steady_clock::now());
    if (!size) return End{SentWindow::Ending::broken, size.error().why};
    if (*size == 0) return End{SentWindow::Ending::in_order, "the receiver closed the connection"};
  }
  return std::nullopt;
}

}  // namespace wgaudit
