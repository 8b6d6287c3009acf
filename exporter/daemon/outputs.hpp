// Where the events of the daemon go: the sinks that the settings name, each with its delivery.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "exporter/config/settings.hpp"
#include "exporter/daemon/sink_factory.hpp"
#include "exporter/metrics/delivery_health.hpp"
#include "exporter/sinks/delivery.hpp"
#include "exporter/sinks/file_sink.hpp"
#include "exporter/store/store.hpp"

namespace wgaudit {

// What the directory of the first file sink says was written last; nullopt without such a sink.
// What cannot be read is logged. Blocks on the disk.
[[nodiscard]] std::optional<WrittenTail> written_tail_of(const Settings& settings);

class Outputs {
 public:
  // In the sink's thread: a file sink could not write.
  using Failed = std::function<void(const std::string& sink, const Error&)>;
  // The store outlives the outputs.
  Outputs(const Settings& settings, Store& store, const SigningKeys& signing_keys,
          Failed segments_failed);

  void start();
  // Any thread, as all that follows.
  // What is left of sinks that are no longer configured holds nothing back.
  void forget_others();
  void wake();    // after a commit
  void reopen();  // new segments
  void request_stop();
  void stop_by(std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] DeliveryHealth health() const;
  [[nodiscard]] std::vector<SinkStatus> statuses() const;
  // Why old segments of the first file sink could not be removed; "" = they could.
  [[nodiscard]] std::string removal_error() const;

 private:
  void add(const SinkSettings& settings, std::unique_ptr<Sink> sink);

  Store& store_;
  const Failed segments_failed_;
  const FileSink* file_ = nullptr;  // the first, owned by its delivery
  std::vector<std::unique_ptr<Delivery>> deliveries_;
};

}  // namespace wgaudit
