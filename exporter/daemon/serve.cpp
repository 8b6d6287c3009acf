#include "exporter/daemon/serve.hpp"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <expected>
#include <optional>

#include "collectors/child/collector_process.hpp"
#include "collectors/child/privilege.hpp"
#include "collectors/clock/clock.hpp"
#include "collectors/model/text.hpp"
#include "exporter/daemon/event_log.hpp"
#include "exporter/daemon/exit_code.hpp"
#include "exporter/daemon/inventory_source.hpp"
#include "exporter/daemon/log.hpp"
#include "exporter/daemon/poller.hpp"
#include "exporter/daemon/service_manager.hpp"
#include "exporter/daemon/signals.hpp"
#include "exporter/metrics/page.hpp"
#include "exporter/version/version.hpp"
#include "exporter/web/server.hpp"

namespace wgaudit {
namespace {

// What bounds one poll: a kernel that does not answer in this time is a failure, not a wait.
constexpr Duration kPollLimit = std::chrono::seconds{10};
// What a poll under way may take of the two seconds in which the daemon stops.
constexpr Duration kStopLimit = std::chrono::seconds{1};

int fail(int exit_code, const std::string& message) {
  std::fprintf(stderr, "wgaudit: %s\n", to_printable(message).c_str());
  return exit_code;
}

void log_problems(const InventoryHealth& health) {
  for (const Problem& problem : health.problems) {
    const bool error = problem.severity == Problem::Severity::error;
    log(error ? LogLevel::error : LogLevel::warn, "inventory problem",
        {{"file", problem.file}, {"pointer", problem.pointer}, {"reason", problem.reason}});
  }
}

void log_inventory(const InventorySource& source, const JudgeContext& context) {
  if (!source.health().configured) {
    log(LogLevel::warn, "no inventory is configured: the rules that need one are off");
    return;
  }
  log_problems(source.health());
  if (!source.health().last_reload_successful) {
    log(LogLevel::error, "inventory rejected, the last good one stays in force",
        {{"file", source.inventory()->path}});
    return;
  }
  log(LogLevel::info, "inventory loaded",
      {{"file", source.inventory()->path},
       {"sha256", source.inventory()->sha256},
       {"records", std::to_string(source.inventory()->records.size())}});
  if (!context.inventory_health.gateway_known) {
    log(LogLevel::warn, "the inventory has no entry for this gateway: missing_peer is off",
        {{"gateway", context.gateway}});
  }
}

JudgeContext context_for(const Settings& settings, const InventorySource& source) {
  JudgeContext context = make_context(settings.gateway_name, source.inventory(), source.health(),
                                      std::make_shared<const RuleSettings>(settings.rules));
  context.settle = settings.collector_settle;
  context.poll_interval = settings.collector_interval;
  return context;
}

// Everything that runs, in the order in which it was started.
class Daemon {
 public:
  Daemon(const Settings& settings, CollectorProcess collector, InventorySource inventory)
      : settings_(settings),
        collector_(std::move(collector)),
        inventory_(std::move(inventory)),
        page_({settings.metrics_peer_details, !settings.web_disable_exporter_metrics,
               settings.metrics_peer_limit}),
        poller_(settings.collector_interval, context_for(settings, inventory_),
                {[this] { return observe(); }, read_clocks,
                 [this](const auto& events, const View& view) { judged(events, view); }}) {}

  std::expected<void, Error> bind() {
    auto web = WebServer::bind(
        {settings_.web_listen_addresses, settings_.web_telemetry_path, settings_.web_max_requests},
        {[this](Duration time_limit) { return metrics(time_limit); },
         [this] { return not_ready(); }, [this] { return poller_.view(); }});
    if (!web) return std::unexpected(web.error());
    web_.emplace(*std::move(web));
    return {};
  }

  // Returns the exit code. REQUIRES: bind() succeeded.
  int run(Signals& signals) {
    assert(web_.has_value());
    log_inventory(inventory_, *poller_.context());
    poller_.start();
    web_->start();
    for (const auto& address : web_->addresses()) {
      log(LogLevel::info, "listening", {{"address", address}});
    }
    for (;;) {
      const Signal signal = signals.wait(alive_interval());
      if (signal == Signal::stop) break;
      if (signal == Signal::reload) reload();
      if (polls_in_time()) notify_alive();
    }
    log(LogLevel::info, "stopping");
    notify_stopping();
    poller_.request_stop();  // or scrapes that wait for a poll would hold up the web server
    web_->stop();
    if (!poller_.ended_within(kStopLimit)) {
      // The kernel holds the collector, and with it the poll thread; there is nothing to save.
      log(LogLevel::warn, "leaving while the collector does not answer");
      std::_Exit(exit_code_);
    }
    poller_.stop();
    return exit_code_;
  }

 private:
  Observation observe() {
    Observation observation = collector_.poll(kPollLimit);
    if (observation.child_restarted) {
      log(LogLevel::error, "the collector process died and was restarted",
          {{"death", collector_.last_death()}});
    }
    if (collector_.lost() && exit_code_ == kExitFine) {
      log(LogLevel::error, "the collector process and its spare died: leaving, to be started anew",
          {{"death", collector_.last_death()}});
      exit_code_ = kExitCannotRun;
      kill(getpid(), SIGTERM);  // wakes the main thread, which stops everything in order
    }
    return observation;
  }

  std::optional<std::string> metrics(Duration time_limit) {
    const auto view = poller_.fresh(settings_.collector_max_age, time_limit);
    if (view == nullptr) return std::nullopt;
    return page_.render(*view, read_boot_clock());
  }

  std::optional<std::string> not_ready() const {
    const auto view = poller_.view();
    if (view == nullptr) return "no poll has ended yet";
    for (const SourceHealth& source : view->sources) {
      if (source.last_success) return std::nullopt;
    }
    if (view->sources.empty()) return std::nullopt;  // every collector is switched off
    return "no collector could be read yet: " + view->sources.front().last.why;
  }

  void judged(const std::vector<Event>& events, const View& view) {
    last_poll_ = view.taken.boot.time_since_epoch().count();
    log_events(events);
    if (view.poll == 1) {
      notify_ready("watching " + std::to_string(view.devices.size()) + " interfaces");
    }
  }

  // For the watchdog: a poll that neither ends nor gives up is a hang.
  bool polls_in_time() const {
    const BootTime last{Duration{last_poll_.load()}};
    return read_boot_clock() - last <= settings_.collector_interval + 2 * kPollLimit;
  }

  void reload() {
    log(LogLevel::info, "reloading");
    inventory_.load(read_wall_clock());
    poller_.use(context_for(settings_, inventory_));
    log_inventory(inventory_, *poller_.context());
  }

  const Settings& settings_;
  CollectorProcess collector_;
  InventorySource inventory_;
  MetricsPage page_;
  Poller poller_;
  std::optional<WebServer> web_;
  std::atomic<int> exit_code_ = kExitFine;
  std::atomic<Duration::rep> last_poll_ = read_boot_clock().time_since_epoch().count();
};

}  // namespace

int run_serve(const Settings& settings) {
  const Targets targets = targets_of(settings);
  // A bad inventory is said first: it needs no privilege to be mended.
  const std::optional<Error> missing = missing_capability(targets);
  std::optional<CollectorProcess> collector;
  if (!missing) {
    auto started = CollectorProcess::start(targets);
    if (!started) return fail(kExitCannotRun, started.error().message());
    collector.emplace(*std::move(started));
  }
  InventorySource inventory(settings.inventory_file);
  if (!inventory.load(read_wall_clock())) {
    for (const Problem& problem : inventory.health().problems) {
      if (problem.severity != Problem::Severity::error) continue;
      fail(kExitUsage, "inventory rejected: " + to_string(problem));
    }
    return kExitUsage;
  }
  if (missing) return fail(kExitCapability, missing->message());

  set_up_log(settings.log_level, settings.log_format);
  Signals signals;
  Daemon daemon(settings, *std::move(collector), std::move(inventory));
  if (const auto bound = daemon.bind(); !bound)
    return fail(kExitCannotRun, bound.error().message());
  log(LogLevel::info, "wgaudit started",
      {{"version", std::string(kVersion)},
       {"revision", std::string(kRevision)},
       {"gateway", settings.gateway_name}});
  return daemon.run(signals);
}

}  // namespace wgaudit
