// The parent's handle on the collector child: the only process that holds capabilities and sees key
// bytes. All that comes back is treated as hostile and checked.
//
// The child keeps a spare, a process of the same privileges that never saw a key and takes over
// when the child dies: the parent could not start another one. This process becomes the reaper of
// its descendants (PR_SET_CHILD_SUBREAPER), so that the child that answers is always its only
// child.
#pragma once

#include <sys/types.h>

#include <expected>
#include <memory>
#include <string>

#include "collectors/model/device.hpp"
#include "collectors/model/error.hpp"
#include "collectors/model/targets.hpp"

namespace wgaudit {

class CollectorProcess {
 public:
  // Forks the child and its spare, and gives up every capability of the calling process for good
  // (no_new_privs, not dumpable). REQUIRES: one thread, no listener, no signal handlers of weight.
  [[nodiscard]] static std::expected<CollectorProcess, Error> start(const Targets& targets);

  CollectorProcess(CollectorProcess&&) noexcept;
  CollectorProcess& operator=(CollectorProcess&&) noexcept;
  ~CollectorProcess();  // the child and its spare end when their socket closes

  // Reads everything once; blocks up to about `time_limit`. Never fails as a whole: what could not
  // be read is a SourceResult. A child that died is replaced by its spare and asked again, one that
  // hangs past the limit is killed; both are said in Observation::child_restarted. One thread at a
  // time.
  [[nodiscard]] Observation poll(Duration time_limit);

  // Of the child that answers now. Changes after a restart.
  [[nodiscard]] pid_t pid() const;
  // Child and spare died together: nobody is left who could read, for good. Only a process that
  // starts anew has capabilities again.
  [[nodiscard]] bool lost() const;
  // How the child before it ended ("killed by signal 9 (Killed)"); empty: none did.
  [[nodiscard]] const std::string& last_death() const;

 private:
  struct State;
  explicit CollectorProcess(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace wgaudit
