// Where the events of the daemon go: the sinks that the settings name, each with its delivery.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "exporter/codec/event_json.hpp"
#include "exporter/config/settings.hpp"
#include "exporter/daemon/sink_factory.hpp"
#include "exporter/metrics/delivery_health.hpp"
#include "exporter/sinks/delivery.hpp"
#include "exporter/sinks/file_sink.hpp"
#include "exporter/store/store.hpp"

namespace wgaudit {

// What the directories of the file sinks, paused ones too, say was written last: the furthest of
// each installation; nullopt where none says anything. What cannot be read is logged. Blocks on the
// disk.
[[nodiscard]] std::optional<WrittenTail> written_tail_of(const std::vector<SinkSettings>& sinks);

// Secrets that others can read, as warnings of the log.
void warn_of_secret_files(const Settings& settings);

// Names of sinks, by what a reload did to them.
struct SinkChanges {
  std::vector<std::string> added, changed, removed;
};

class Outputs {
 public:
  // In the sink's thread: a file sink could not write.
  using Failed = std::function<void(const std::string& sink, const Error&)>;
  // The store outlives the outputs.
  Outputs(const Settings& settings, Store& store, SigningKeys signing_keys, Failed segments_failed);

  // Main thread, as reload().
  void start();
  // On SIGHUP. Sinks that are gone end; those that changed, or whose signing key did, end and
  // go on at their cursor as they are configured now; new ones begin with the oldest event that is
  // kept; the others reopen what they write to. Takes a second where a receiver is slow, and half a
  // second more where a disk does not answer: then what takes a sink's place waits for it, in a
  // thread of its own. The cursors of those that are gone are for forget_others().
  SinkChanges reload(const Settings& settings, SigningKeys signing_keys);

  // Any thread, as all that follows.
  // What is left of sinks that are no longer configured holds nothing back. Blocks on the disk.
  void forget_others();
  void wake();    // after a commit
  void reopen();  // new segments, new connections
  void request_stop();
  void stop_by(std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] DeliveryHealth health() const;
  [[nodiscard]] std::vector<SinkStatus> statuses() const;
  // Why old segments could not be removed, by the sink; of those alone that have an error.
  [[nodiscard]] std::map<std::string, std::string> removal_errors() const;
  [[nodiscard]] std::vector<SinkSettings> sinks() const;

 private:
  struct Output {
    SinkSettings settings;
    std::unique_ptr<Delivery> delivery;
    const FileSink* file = nullptr;  // owned by its delivery
    std::string key_id{};            // of the key that it signs with; "" = none
    // Of its deliveries before this one: counters do not fall when a sink is changed.
    std::uint64_t delivered_before = 0, failures_before = 0, dead_before = 0;
  };
  [[nodiscard]] std::string key_id_of(const SinkSettings& settings) const;
  [[nodiscard]] Output make(const SinkSettings& settings) const;
  [[nodiscard]] bool stays(const Output& output, const std::vector<SinkSettings>& wanted) const;
  void end_all_but(const std::vector<SinkSettings>& wanted);
  SinkChanges exchange(const std::vector<SinkSettings>& wanted, std::vector<Output> made);
  std::unique_ptr<Delivery> take_leaving(const std::string& name);
  // With what the deliveries before it did.
  [[nodiscard]] static SinkStatus status_of(const Output& output);
  [[nodiscard]] const FileSink* first_file() const;  // REQUIRES: mutex_ is held

  Store& store_;
  const Failed segments_failed_;
  const EventOrigin origin_;
  SigningKeys signing_keys_;     // of the main thread
  mutable std::mutex mutex_;     // held for moments: nobody waits for a sink with it
  std::vector<Output> outputs_;  // the main thread alone changes which there are
  std::vector<std::unique_ptr<Delivery>> leaving_;  // of the main thread: gone, and not ended yet
};

}  // namespace wgaudit
