#include "exporter/daemon/outputs.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "collectors/clock/clock.hpp"
#include "exporter/daemon/log.hpp"
#include "exporter/daemon/sink_factory.hpp"
#include "exporter/sinks/segment_directory.hpp"

namespace wgaudit {
namespace {

std::optional<std::array<std::uint64_t, 2>> parts_of(const std::string& hash) {
  constexpr std::size_t kDigits = 12;  // 48 bits
  std::array<std::uint64_t, 2> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (hash.size() < (i + 1) * kDigits) return std::nullopt;
    const char* begin = hash.data() + i * kDigits;
    std::from_chars(begin, begin + kDigits, parts[i], 16);
  }
  return parts;
}

SinkHealth health_of(const SinkStatus& status, std::uint64_t last_sequence) {
  SinkHealth health;
  health.name = status.name;
  health.up = status.up;
  health.pending_events = last_sequence - std::min(last_sequence, status.delivered_sequence);
  if (health.pending_events > 0) health.oldest_pending = status.oldest_pending;
  health.delivered_events_total = status.delivered_events_total;
  health.failures_total = status.failures_total;
  health.dead_events_total = status.dead_events_total;
  health.paused = status.paused;
  return health;
}

}  // namespace

std::optional<WrittenTail> written_tail_of(const Settings& settings) {
  for (const SinkSettings& sink : configured_sinks(settings)) {
    const auto* file = std::get_if<FileSinkSettings>(&sink.kind);
    if (file == nullptr) continue;
    auto tail = written_tail(file->directory);
    if (tail) return *std::move(tail);
    log(LogLevel::warn, "cannot see what was written last", {{"reason", tail.error().message()}});
    return std::nullopt;
  }
  return std::nullopt;
}

Outputs::Outputs(const Settings& settings, Store& store, const SigningKeys& signing_keys,
                 Failed segments_failed)
    : store_(store), segments_failed_(std::move(segments_failed)) {
  const EventOrigin origin = origin_of(settings);
  for (const SinkSettings& sink : configured_sinks(settings)) {
    add(sink, make_sink(sink, origin, signing_keys));
  }
}

void Outputs::add(const SinkSettings& settings, std::unique_ptr<Sink> sink) {
  const auto* file = dynamic_cast<const FileSink*>(sink.get());
  if (file_ == nullptr) file_ = file;
  OutboxReader outbox{[this](std::uint64_t sequence, std::size_t max_events) {
                        return store_.read_after(sequence, max_events);
                      },
                      [this](const std::string& of) { return store_.cursor(of); },
                      [this](const std::string& of, std::uint64_t sequence) {
                        return store_.advance(of, sequence);
                      },
                      [this](const std::string& of, std::uint64_t sequence, const auto& refused) {
                        return store_.set_aside(of, sequence, refused, read_wall_clock());
                      }};
  DeliveryOptions options;
  options.name = settings.name;
  options.now = read_boot_clock;
  options.paused = settings.paused;
  if (const auto* http = std::get_if<HttpSinkSettings>(&settings.kind)) {
    options.batch_events = http->batch_events;
  }
  if (file != nullptr) {
    options.failed = [this, name = settings.name](const Error& error) {
      segments_failed_(name, error);
    };
  }
  deliveries_.push_back(
      std::make_unique<Delivery>(std::move(options), std::move(sink), std::move(outbox)));
}

void Outputs::start() {
  forget_others();
  for (const auto& delivery : deliveries_) delivery->start();
}
void Outputs::forget_others() {
  std::vector<std::string> names;
  for (const auto& delivery : deliveries_) names.push_back(delivery->status().name);
  store_.keep_sinks(names);
}
void Outputs::wake() {
  for (const auto& delivery : deliveries_) delivery->wake();
}
void Outputs::reopen() {
  for (const auto& delivery : deliveries_) delivery->reopen();
}
void Outputs::request_stop() {
  for (const auto& delivery : deliveries_) delivery->request_stop();
}
void Outputs::stop_by(std::chrono::steady_clock::time_point deadline) {
  for (const auto& delivery : deliveries_) delivery->stop_by(deadline);
}

std::vector<SinkStatus> Outputs::statuses() const {
  std::vector<SinkStatus> statuses;
  for (const auto& delivery : deliveries_) statuses.push_back(delivery->status());
  return statuses;
}

std::string Outputs::removal_error() const {
  return file_ == nullptr ? "" : file_->status().removal_error;
}

DeliveryHealth Outputs::health() const {
  const StoreStatus status = store_.status();
  DeliveryHealth health;
  health.state_up = status.up;
  health.last_commit = status.last_commit;
  health.size_bytes = status.size_bytes;
  if (status.last_sequence > 0) {  // the first commit of a database has an event: it was open
    health.event_sequence = status.last_sequence;
    health.events_lost_total = status.events_lost_total;
  }
  std::ranges::copy_n(status.events_total.begin(),
                      static_cast<std::ptrdiff_t>(std::min(status.events_total.size(), kActions)),
                      health.events_total.begin());
  if (file_ != nullptr) health.chain_head = parts_of(file_->status().head.hash);
  for (const auto& delivery : deliveries_) {
    health.sinks.push_back(health_of(delivery->status(), status.last_sequence));
  }
  return health;
}

}  // namespace wgaudit
