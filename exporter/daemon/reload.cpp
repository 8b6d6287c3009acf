// Daemon: what is read again, on a change or on SIGHUP.
#include <utility>

#include "collectors/clock/clock.hpp"
#include "exporter/daemon/daemon.hpp"
#include "exporter/daemon/inventory_copy.hpp"
#include "exporter/daemon/inventory_log.hpp"
#include "exporter/daemon/log.hpp"
#include "exporter/daemon/sink_factory.hpp"

namespace wgaudit {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

}  // namespace

void Daemon::reload_what_is_due() {
  const BootTime now = read_boot_clock();
  if (security_.due(now)) reload_security(Cause::change);
  if (posture_watcher_.due(now)) reload_posture(Cause::change);
  if (watcher_.due(now)) reload(Cause::change);
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

void Daemon::reload_posture(Cause cause) {
  posture_watcher_.begin_load();
  const auto before = posture_.table();
  if (posture_.load(cause) == LoadOutcome::unsettled) {
    return posture_watcher_.look_again(read_boot_clock());
  }
  log_posture();
  if (posture_.table() != before) judge_anew();
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
  if (!security_.lost().empty()) {
    log(LogLevel::warn, "the web configuration asks less of who comes than before",
        {{"file", settings_.web_config_file}, {"switched_off", joined(security_.lost())}});
  }
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

void Daemon::reload_sinks() {
  const LoadedSettings loaded = read_settings_();
  if (has_errors(loaded.problems)) {
    for (const ConfigProblem& problem : loaded.problems) {
      log(problem.severity == ConfigProblem::Severity::error ? LogLevel::error : LogLevel::warn,
          "configuration problem", {{"reason", to_string(problem)}});
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
  const auto [added, changed, removed] = outputs_.reload(loaded.settings, *std::move(signing_keys));
  keeper_.want_chore();
  if (added.size() + changed.size() + removed.size() > 0) {
    log(LogLevel::info, "sinks changed",
        {{"added", joined(added)}, {"changed", joined(changed)}, {"removed", joined(removed)}});
  }
  const auto other = need_restart(loaded_, loaded);
  if (!other.empty()) {
    log(LogLevel::warn, "restart needed: these settings changed", {{"settings", joined(other)}});
  }
}

}  // namespace wgaudit
