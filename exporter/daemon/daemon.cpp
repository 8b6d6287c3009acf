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
#include "exporter/daemon/inventory_copy.hpp"
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

// Once a day: an auditor has to know that the past is shorter than it was meant to be.
void Daemon::log_history(const StoreStatus& status) {
  const BootTime now = read_boot_clock();
  if (status.history_removed_early == history_removed_ || now < next_history_line_) return;
  log(LogLevel::warn, "the history is full: its oldest rows went before history.retention",
      {{"rows", std::to_string(status.history_removed_early - history_removed_)},
       {"history.max-size", std::to_string(settings_.history_max_size)}});
  history_removed_ = status.history_removed_early;
  next_history_line_ = now + std::chrono::days{1};
}

void Daemon::log_state() {
  const StoreStatus status = state_status();
  log_history(status);
  if (!status.up) state_failed(status.why);  // one that hangs, too
  if (status.up == state_up_) return;
  state_up_ = status.up;
  if (status.up) {
    log(LogLevel::info, "the state database takes changes again");
  } else {
    log(LogLevel::error, "the state database takes no changes: events wait, findings go on",
        {{"reason", status.why}});
  }
}

// A failure lasts until the next try, a second at least. What recovers between two polls is counted
// alone.
void Daemon::log_sinks() {
  const auto statuses = outputs_.statuses();
  std::erase_if(sink_up_, [&](const auto& known) {
    return std::ranges::find(statuses, known.first, &SinkStatus::name) == statuses.end();
  });
  for (const SinkStatus& status : statuses) {
    log_dead(status);
    bool& up = sink_up_.try_emplace(status.name, true).first->second;
    if (std::exchange(up, status.up) == status.up) continue;
    if (status.up) {
      log(LogLevel::info, "the sink takes events again", {{"sink", status.name}});
    } else {
      log(LogLevel::error, "the sink takes no events: they wait",
          {{"sink", status.name}, {"reason", status.why}});
    }
  }
}

void Daemon::log_dead(const SinkStatus& status) {
  std::uint64_t& logged = sink_dead_[status.name];
  const std::uint64_t before = std::exchange(logged, status.dead_events_total);
  if (logged <= before || !status.last_dead) return;
  log(LogLevel::error, "the receiver refuses events for good: they are set aside, see events dead",
      {{"sink", status.name},
       {"events", std::to_string(logged - before)},
       {"last_sequence", std::to_string(status.last_dead->sequence)},
       {"reason", status.last_dead->reason}});
}

void Daemon::log_removal() {
  std::string error = outputs_.removal_error();
  if (error == removal_error_) return;
  removal_error_ = std::move(error);
  if (removal_error_.empty()) return;
  log(LogLevel::warn, "old segments stay: they are tried again in an hour",
      {{"reason", removal_error_}});
}

// A finding that is not open says nothing while it cannot be judged.
void Daemon::log_unjudged(const View& view) {
  const auto before = std::exchange(unjudged_, unjudged_forwarding(view));
  for (const UnjudgedForwarding& one : unjudged_) {
    if (std::ranges::find(before, one) != before.end()) continue;
    log(LogLevel::warn, "forwarding_open cannot judge",
        {{"netns", one.netns},
         {"interface", one.interface},
         {"subject", one.subject},
         {"reason", std::string(one.why)}});
  }
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

void Daemon::reload_sinks() {
  const LoadedSettings loaded = read_settings_();
  if (has_errors(loaded.problems)) {
    for (const ConfigProblem& problem : loaded.problems) {
      log(LogLevel::error, "configuration problem", {{"reason", to_string(problem)}});
    }
    log(LogLevel::error, "configuration rejected, the sinks stay as they were");
    outputs_.reopen();
    return;
  }
  auto signing_keys = load_signing_keys(loaded.settings);
  if (!signing_keys) {
    log(LogLevel::error, "signing key rejected, the sinks stay as they were",
        {{"reason", signing_keys.error().message()}});
    outputs_.reopen();
    return;
  }
  warn_of_secret_files(loaded.settings);
  const auto names = [](const std::vector<std::string>& of) {
    std::string text;
    for (const std::string& name : of) text += (text.empty() ? "" : ",") + name;
    return text;
  };
  const auto [added, changed, removed] = outputs_.reload(loaded.settings, *std::move(signing_keys));
  keeper_.want_chore();
  if (added.size() + changed.size() + removed.size() > 0) {
    log(LogLevel::info, "sinks changed",
        {{"added", names(added)}, {"changed", names(changed)}, {"removed", names(removed)}});
  }
  const auto other = need_restart(loaded_, loaded);
  if (!other.empty()) {
    log(LogLevel::warn, "restart needed: these settings changed", {{"settings", names(other)}});
  }
}

void Daemon::reload_what_is_due() {
  const BootTime now = read_boot_clock();
  if (security_.due(now)) reload_security(Cause::change);
  if (posture_watcher_.due(now)) reload_posture(Cause::change);
  if (watcher_.due(now)) reload(Cause::change);
}

void Daemon::reload_posture(Cause cause) {
  posture_watcher_.begin_load();
  const auto before = posture_.table();
  if (posture_.load(cause) == LoadOutcome::unsettled) {
    return posture_watcher_.look_again(read_boot_clock());
  }
  log_posture();
  if (posture_.table() != before) judge_anew();
}

void Daemon::judge_anew() {
  if (!web_) return;  // it is not serving yet
  poller_.use(context_for(settings_, inventory_, posture_, *security_.security(),
                          web_->exposed_addresses()));
}

void Daemon::reload_security(Cause cause) {
  if (settings_.web_config_file.empty()) return;
  const auto before = security_.security();
  const LoadOutcome outcome = security_.load(cause, read_boot_clock());
  if (outcome == LoadOutcome::unsettled) return;
  log_security();
  if (outcome == LoadOutcome::rejected) {
    log(LogLevel::error, "web configuration rejected, the last good one stays in force",
        {{"file", settings_.web_config_file}});
    return;
  }
  if (security_.security() == before) return;
  web_->use(security_.security());
  judge_anew();
  log(LogLevel::info, "web configuration loaded", {{"file", settings_.web_config_file}});
}

// What is wrong is said once, until something else is.
void Daemon::log_security() {
  if (security_.problems() == security_problems_) return;
  security_problems_ = security_.problems();
  for (const ConfigProblem& problem : security_problems_) {
    log(problem.severity == ConfigProblem::Severity::error ? LogLevel::error : LogLevel::warn,
        "web configuration problem", {{"where", problem.where}, {"reason", problem.why}});
  }
}

// An MDM writes often: what is wrong is said once, until something else is.
void Daemon::log_posture() {
  if (posture_.problems() == posture_problems_) return;
  posture_problems_ = posture_.problems();
  for (const Problem& problem : posture_problems_) {
    log(LogLevel::warn, "posture problem",
        {{"file", problem.file}, {"pointer", problem.pointer}, {"reason", problem.reason}});
  }
  if (has_errors(posture_problems_)) {
    log(LogLevel::warn,
        posture_.table() != nullptr ? "posture rejected, the last good one stays in force"
                                    : "posture rejected, there is none in force",
        {{"file", settings_.posture_file}});
  } else {
    log(LogLevel::info, "posture loaded", {{"file", settings_.posture_file}});
  }
}

void Daemon::reload(Cause cause) {
  watcher_.begin_load();
  if (inventory_.load(cause, read_wall_clock()) == LoadOutcome::unsettled) {
    return watcher_.look_again(read_boot_clock());
  }
  keep_copy();
  judge_anew();
  log_inventory(inventory_, *poller_.context());
}

// Before the commit that tells of it.
void Daemon::keep_copy() {
  const InventoryHealth& health = inventory_.health();
  const std::string& sha256 = inventory_.inventory()->sha256;
  if (!health.configured || !health.last_reload_successful || sha256 == copied_sha256_) return;
  auto copy = make_copy(*inventory_.inventory());
  if (copy) {
    copied_sha256_ = sha256;
    store_->keep_inventory(std::make_shared<const InventoryCopy>(*std::move(copy)));
  } else {
    log(LogLevel::warn, "a restart will not have this inventory if its file is gone by then",
        {{"reason", copy.error().message()}});
  }
}

}  // namespace wgaudit
