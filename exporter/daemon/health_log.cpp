// Daemon: what the log says of its state, history and sinks after a poll; each once.
#include <algorithm>
#include <utility>

#include "collectors/clock/clock.hpp"
#include "exporter/daemon/daemon.hpp"
#include "exporter/daemon/log.hpp"

namespace wgaudit {

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

// A failure lasts until the next try, a second at least. What recovers between two polls is counted
// alone.
void Daemon::log_sinks() {
  const auto statuses = outputs_.statuses();
  const auto is_gone = [&](const auto& known) {
    return std::ranges::find(statuses, known.first, &SinkStatus::name) == statuses.end();
  };
  std::erase_if(sink_up_, is_gone);
  std::erase_if(sink_dead_, is_gone);
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
  auto errors = outputs_.removal_errors();
  for (const auto& [sink, error] : errors) {
    const auto before = removal_errors_.find(sink);
    if (before != removal_errors_.end() && before->second == error) continue;
    log(LogLevel::warn, "old segments stay: they are tried again in an hour",
        {{"sink", sink}, {"reason", error}});
  }
  removal_errors_ = std::move(errors);
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

}  // namespace wgaudit
