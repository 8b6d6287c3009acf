#include "exporter/daemon/serve.hpp"

#include <algorithm>
#include <cstdio>
#include <expected>
#include <memory>
#include <optional>

#include "collectors/child/privilege.hpp"
#include "collectors/clock/clock.hpp"
#include "collectors/model/text.hpp"
#include "exporter/daemon/daemon.hpp"
#include "exporter/daemon/inventory_log.hpp"
#include "exporter/daemon/log.hpp"
#include "exporter/version/version.hpp"

namespace wgaudit {
namespace {

int fail(int exit_code, const std::string& message) {
  std::fprintf(stderr, "wgaudit: %s\n", to_printable(message).c_str());
  return exit_code;
}

int fail_inventory(const InventoryHealth& health) {
  for (const Problem& problem : health.problems) {
    if (problem.severity != Problem::Severity::error) continue;
    fail(kExitUsage, "inventory rejected: " + to_string(problem));
  }
  return kExitUsage;
}

int fail_security(const std::vector<ConfigProblem>& problems) {
  for (const ConfigProblem& problem : problems) {
    if (problem.severity != ConfigProblem::Severity::error) continue;
    fail(kExitUsage, "web configuration rejected: " + to_string(problem));
  }
  return kExitUsage;
}

}  // namespace

int run_serve(const LoadedSettings& loaded, const ReadSettings& read_settings) {
  const Settings& settings = loaded.settings;
  // The collector comes before all that has threads, keys of its own, or a socket.
  const Targets targets = targets_of(settings);
  const std::optional<Error> missing = missing_capability(targets);
  std::optional<CollectorProcess> collector;
  if (!missing) {
    auto started = CollectorProcess::start(targets);
    if (!started) return fail(kExitCannotRun, started.error().message());
    collector.emplace(*std::move(started));
  }
  set_up_log(settings.log_level, settings.log_format);

  warn_of_secret_files(settings);

  StoreLimits limits;
  limits.history_for = settings.history_retention;
  limits.history_bytes = settings.history_max_size;
  limits.outbox_bytes = settings.events_outbox_max_size;
  limits.outbox_for = settings.events_outbox_max_age;
  limits.kept_bytes = std::min(limits.kept_bytes, limits.outbox_bytes / 2);
  auto store = std::make_unique<Store>(settings.state_directory, limits);
  auto opened = store->open(written_tail_of(configured_sinks(settings)), read_clocks());

  FileWatcher watcher(settings.inventory_file, read_boot_clock());
  InventorySource inventory(settings.inventory_file, {.max_shrink = settings.inventory_max_shrink});
  if (opened) {
    if (auto& copy = opened->inventory; copy.has_value()) inventory.restore(std::move(*copy));
  }
  inventory.load(Cause::start, read_wall_clock());
  FileWatcher posture_watcher(settings.posture_file, read_boot_clock());
  PostureSource posture(settings.posture_file);
  posture.load(Cause::start);  // an MDM may come later than this: it is waited for
  WebSecuritySource security(settings.web_config_file, read_boot_clock());
  security.load(Cause::start, read_boot_clock());
  // What is to be mended, in the order in which a person would: files, rights, the disk.
  if (!inventory.usable()) return fail_inventory(inventory.health());
  if (security.security() == nullptr) return fail_security(security.problems());
  if (missing) return fail(kExitCapability, missing->message());
  if (!opened && (opened.error().permanent || settings.state_on_error == FailurePolicy::exit)) {
    return fail(kExitCannotRun, opened.error().error.message());
  }

  Memory memory;
  if (opened) {
    memory = std::move(opened->memory);
    memory.inventory = inventory.take_restored();
    log_replaced(*opened);
  } else {
    log(LogLevel::error, "the state database cannot be opened yet: events wait, findings go on",
        {{"reason", opened.error().error.message()}});
  }
  // After the collector was started: it has no use for these keys.
  auto signing_keys = load_signing_keys(settings);
  if (!signing_keys) return fail(kExitUsage, signing_keys.error().message());
  Signals signals;
  Daemon daemon(loaded,
                {*std::move(collector), std::move(watcher), std::move(inventory),
                 std::move(posture_watcher), std::move(posture), std::move(security),
                 std::move(store), std::move(memory), *std::move(signing_keys), read_settings});
  if (const auto bound = daemon.bind(); !bound) {
    return fail(kExitCannotRun, bound.error().message());
  }
  log(LogLevel::info, "wgaudit started",
      {{"version", std::string(kVersion)},
       {"revision", std::string(kRevision)},
       {"gateway", settings.gateway_name}});
  return daemon.run(signals);
}

}  // namespace wgaudit
