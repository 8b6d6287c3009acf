// Everything that runs, and the main thread's part of it.
#pragma once

#include <atomic>
#include <chrono>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/forwarding.hpp"
#include "collectors/child/collector_process.hpp"
#include "exporter/codec/privacy_view.hpp"
#include "exporter/config/load.hpp"
#include "exporter/daemon/exit_code.hpp"
#include "exporter/daemon/file_watcher.hpp"
#include "exporter/daemon/history_source.hpp"
#include "exporter/daemon/inventory_source.hpp"
#include "exporter/daemon/leave.hpp"
#include "exporter/daemon/log.hpp"
#include "exporter/daemon/outputs.hpp"
#include "exporter/daemon/poller.hpp"
#include "exporter/daemon/posture_source.hpp"
#include "exporter/daemon/signals.hpp"
#include "exporter/daemon/state_keeper.hpp"
#include "exporter/daemon/web_source.hpp"
#include "exporter/metrics/shared_pages.hpp"
#include "exporter/store/store.hpp"
#include "exporter/web/server.hpp"

namespace wgaudit {

// Members stand in the order in which they are started; they end in the other one.
class Daemon {
 public:
  // What was made before any thread.
  struct Parts {
    CollectorProcess collector;
    FileWatcher watcher;  // made before the inventory is read: what changes meanwhile is noticed
    InventorySource inventory;
    FileWatcher posture_watcher;  // likewise
    PostureSource posture;
    WebSecuritySource security;
    std::unique_ptr<Store> store;
    Memory memory;
    SigningKeys signing_keys;    // of checkpoints
    ReadSettings read_settings;  // on SIGHUP
  };
  Daemon(const LoadedSettings& loaded, Parts parts);

  std::expected<void, Error> bind();
  // Returns the exit code. REQUIRES: bind() succeeded.
  int run(Signals& signals);

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  // Of the poll thread.
  Observation observe();
  void published(const View& view);
  void told(const std::vector<Event>& events);
  void reopened(const Store::Opened& opened);
  // health_log.cpp
  void log_state();
  void log_history(const StoreStatus& status);
  void log_sinks();
  void log_dead(const SinkStatus& status);
  void log_removal();
  void log_unjudged(const View& view);
  // Of the web threads.
  WebSource::Metrics metrics(const ScrapeRequest& request, Duration time_limit);
  std::optional<std::string> not_ready() const;
  DeliveryHealth delivery() const;
  // Any thread. A disk that does not answer is no better than one that refuses.
  [[nodiscard]] StoreStatus state_status() const;
  // Of the main thread.
  [[nodiscard]] bool polls_in_time() const;
  void judge_anew();
  int stop(Deadline deadline);
  // reload.cpp
  void reload_what_is_due();
  void reload(Cause cause);
  void keep_copy();
  void reload_posture(Cause cause);
  void log_posture();
  void reload_security(Cause cause);
  void log_security();
  void reload_sinks();
  // leave.cpp. Any thread: stops everything in order, to be started anew; the first reason counts.
  void leave(const char* reason, const std::string& message, const std::vector<LogField>& fields);
  // Where the policy is not to hold what a disk refused.
  void state_failed(const std::string& why);
  void segments_failed(const std::string& sink, const Error& error);

  const LoadedSettings& loaded_;  // at the start
  const Settings& settings_;
  const ReadSettings read_settings_;
  CollectorProcess collector_;
  FileWatcher watcher_;
  InventorySource inventory_;
  FileWatcher posture_watcher_;
  PostureSource posture_;
  WebSecuritySource security_;
  std::unique_ptr<Store> store_;
  Outputs outputs_;
  SharedPages pages_;
  StateKeeper keeper_;
  Poller poller_;
  HistorySource history_;
  ShownViews shown_views_;
  std::optional<WebServer> web_;
  std::atomic<int> exit_code_ = kExitFine;
  StopReason stop_reason_;
  std::atomic<Duration::rep> last_poll_;
  bool state_up_ = true;                 // as the log said last
  std::map<std::string, bool> sink_up_;  // likewise
  std::map<std::string, std::uint64_t> sink_dead_;
  std::map<std::string, std::string> removal_errors_;  // likewise
  std::vector<UnjudgedForwarding> unjudged_;           // likewise
  std::uint64_t history_removed_ = 0;                  // likewise
  BootTime next_history_line_{};
  std::vector<Problem> posture_problems_;         // likewise
  std::vector<ConfigProblem> security_problems_;  // likewise
  std::string copied_sha256_;  // of the inventory that the store has, or is given
};

}  // namespace wgaudit
