#include "exporter/daemon/daemon.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <span>
#include <utility>

#include "collectors/clock/clock.hpp"
#include "exporter/daemon/event_log.hpp"
#include "exporter/daemon/inventory_log.hpp"
#include "exporter/daemon/log.hpp"
#include "exporter/daemon/metrics_settings.hpp"
#include "exporter/daemon/service_manager.hpp"
#include "exporter/daemon/sink_factory.hpp"

namespace wgaudit {
namespace {

using std::chrono::milliseconds;

// What bounds one poll: a kernel that does not answer in this time is a failure, not a wait.
constexpr Duration kPollLimit = std::chrono::seconds{10};
// Of the two seconds in which the daemon stops: a poll under way, then the last commit; the sinks
// have what is left.
constexpr Duration kStopLimit = std::chrono::seconds{2};
constexpr Duration kPollStopLimit = milliseconds{900};
constexpr Duration kCommitStopLimit = milliseconds{400};
// Beyond these, where a disk holds up a thread.
constexpr std::chrono::seconds kDiskStopLimit{1};
// What the state database may take for a commit before that is a failure to show.
constexpr Duration kDiskLimit = std::chrono::seconds{10};

// `exposed`: addresses that others than this host can reach.
JudgeContext context_for(const Settings& settings, const InventorySource& source,
                         const PostureSource& posture, const WebSecurity& security,
                         std::span<const std::string> exposed) {
  JudgeContext context = make_context(settings.gateway_name, source.inventory(), source.health(),
                                      std::make_shared<const RuleSettings>(settings.rules));
  if (security.is_open()) context.exposed_listeners.assign(exposed.begin(), exposed.end());
  context.posture = posture.table();
  context.settle = settings.collector_settle;
  context.poll_interval = settings.collector_interval;
  return context;
}

}  // namespace

Daemon::Daemon(const LoadedSettings& loaded, Parts parts)
    : loaded_(loaded),
      settings_(loaded.settings),
      read_settings_(std::move(parts.read_settings)),
      collector_(std::move(parts.collector)),
      watcher_(std::move(parts.watcher)),
      inventory_(std::move(parts.inventory)),
      posture_watcher_(std::move(parts.posture_watcher)),
      posture_(std::move(parts.posture)),
      security_(std::move(parts.security)),
      store_(std::move(parts.store)),
      outputs_(settings_, *store_, std::move(parts.signing_keys),
               [this](const auto& sink, const Error& error) { segments_failed(sink, error); }),
      pages_(metrics_options(settings_)),
      keeper_(*store_, {[this] { return written_tail_of(outputs_.sinks()); },
                        [this](const auto& events) { told(events); },
                        [this](const auto& opened) { reopened(opened); },
                        [this] { state_failed(store_->status().why); },
                        [this] { outputs_.forget_others(); }}),
      poller_(settings_.collector_interval, std::move(parts.memory),
              context_for(settings_, inventory_, posture_, *security_.security(), {}), keeper_,
              {[this] { return observe(); }, read_clocks, [this] { return store_->outbox(); },
               [this](const View& view) { published(view); }}),
      history_(settings_.state_directory),
      shown_views_(settings_.privacy),
      last_poll_(read_boot_clock().time_since_epoch().count()) {}

std::expected<void, Error> Daemon::bind() {
  auto web = WebServer::bind(
      {settings_.web_listen_addresses, settings_.web_systemd_socket, settings_.web_telemetry_path,
       settings_.web_allowed_hosts, settings_.web_max_requests, security_.security()},
      {[this](const ScrapeRequest& request, Duration time_limit) {
         return metrics(request, time_limit);
       },
       [this] { return not_ready(); },
       [this] { return shown_views_.of(poller_.view()); },
       {read_wall_clock, [this] { return delivery(); },
        [this](const HistoryRequest& request) { return history_.read(request); },
        origin_of(settings_), settings_.collector_interval}});
  if (!web) return std::unexpected(web.error());
  web_.emplace(*std::move(web));
  judge_anew();  // now that it is known what can be reached
  return {};
}

int Daemon::run(Signals& signals) {
  assert(web_.has_value());
  log_inventory(inventory_, *poller_.context());
  log_posture();
  log_security();
  for (const FileWatcher* watcher : {&watcher_, &posture_watcher_}) {
    if (watcher->degraded().empty()) continue;
    log(LogLevel::warn, "changes of a file are noticed within 30 s, not at once",
        {{"reason", watcher->degraded()}});
  }
  keep_copy();
  outputs_.start();
  poller_.start();
  web_->start();
  for (const auto& address : web_->addresses()) {
    log(LogLevel::info, "listening",
        {{"address", address}, {"tls", security_.security()->tls ? "on" : "off"}});
  }
  for (;;) {
    const BootTime before = read_boot_clock();
    const Duration limit = std::min({alive_interval(), watcher_.due_in(before),
                                     posture_watcher_.due_in(before), security_.due_in(before)});
    std::vector<int> fds = security_.fds();
    fds.insert(fds.end(), {watcher_.fd(), posture_watcher_.fd()});
    const Signal signal = signals.wait(limit, fds);
    if (signal == Signal::stop) break;
    if (signal == Signal::readable) {
      const BootTime now = read_boot_clock();
      watcher_.drain(now);
      posture_watcher_.drain(now);
      security_.drain(now);
    }
    if (signal == Signal::reload) {
      log(LogLevel::info, "reloading");
      reload_sinks();
      reload_security(Cause::hangup);
      reload_posture(Cause::hangup);
      reload(Cause::hangup);
    } else {
      reload_what_is_due();
    }
    if (polls_in_time()) notify_alive();
  }
  return stop(std::chrono::steady_clock::now() +
              std::chrono::duration_cast<std::chrono::steady_clock::duration>(kStopLimit));
}

int Daemon::stop(Deadline deadline) {
  stop_reason_.note("signal");
  log(LogLevel::info, "stopping");
  notify_stopping();
  leave_at(deadline + kDiskStopLimit, [this] { return exit_code_.load(); });
  poller_.request_stop();  // or scrapes that wait for a poll would hold up the web server
  if (web_) web_->stop();
  if (!poller_.ended_within(kPollStopLimit)) {
    // The kernel holds the collector, and with it the poll thread; events wait in the outbox.
    log(LogLevel::warn, "leaving while the collector does not answer");
    std::_Exit(exit_code_);
  }
  poller_.stop();
  if (!poller_.tell_stop(stop_reason_.text(), kCommitStopLimit)) {
    log(LogLevel::warn, "the state database did not take the last events: they come again");
  }
  outputs_.wake();
  outputs_.request_stop();
  outputs_.stop_by(deadline);
  return exit_code_;
}

Observation Daemon::observe() {
  Observation observation = collector_.poll(kPollLimit);
  if (observation.child_restarted) {
    log(LogLevel::error, "the collector process died and was restarted",
        {{"death", collector_.last_death()}});
  }
  if (collector_.lost()) {
    leave("collector_lost", "the collector process and its spare died",
          {{"death", collector_.last_death()}});
  }
  return observation;
}

void Daemon::published(const View& view) {
  last_poll_ = view.taken.boot.time_since_epoch().count();
  log_state();
  log_sinks();
  log_removal();
  log_unjudged(view);
  if (view.poll == 1) {
    notify_ready("watching " + std::to_string(view.devices.size()) + " interfaces");
  }
}

void Daemon::told(const std::vector<Event>& events) {
  outputs_.wake();
  log_events(events, settings_.privacy);
}

void Daemon::reopened(const Store::Opened& opened) {
  log(LogLevel::info, "the state database is open");
  log_replaced(opened);
  outputs_.wake();
}

StoreStatus Daemon::state_status() const {
  StoreStatus status = store_->status();
  if (status.up && keeper_.busy_for(read_boot_clock()) > kDiskLimit) {
    status.up = false;
    status.why = "the disk does not answer";
  }
  return status;
}

WebSource::Metrics Daemon::metrics(const ScrapeRequest& request, Duration time_limit) {
  const auto view = poller_.fresh(settings_.collector_max_age, time_limit);
  if (view == nullptr) return std::unexpected("no poll has ended yet");
  auto page = pages_.get(*view, request, read_boot_clock(), [this] { return delivery(); });
  if (page == nullptr) return std::unexpected("too much is read slowly of pages like this one");
  return page;
}

DeliveryHealth Daemon::delivery() const {
  DeliveryHealth health = outputs_.health();
  const StoreStatus status = state_status();
  health.state_up = status.up;
  health.state_why = status.up ? "" : status.why;
  return health;
}

std::optional<std::string> Daemon::not_ready() const {
  const auto view = poller_.view();
  if (view == nullptr) return "no poll has ended yet";
  if (const StoreStatus status = state_status(); !status.up) {
    return "the state database takes no changes: " + status.why;
  }
  for (const SourceHealth& source : view->sources) {
    if (source.last_success) return std::nullopt;
  }
  if (view->sources.empty()) return std::nullopt;  // every collector is switched off
  return "no collector could be read yet: " + view->sources.front().last.why;
}

// For the watchdog: a poll that neither ends nor gives up is a hang.
bool Daemon::polls_in_time() const {
  const BootTime last{Duration{last_poll_.load()}};
  return read_boot_clock() - last <= settings_.collector_interval + 2 * kPollLimit;
}

void Daemon::judge_anew() {
  if (!web_) return;  // it is not serving yet
  poller_.use(context_for(settings_, inventory_, posture_, *security_.security(),
                          web_->exposed_addresses()));
}

}  // namespace wgaudit
