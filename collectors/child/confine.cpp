#include "collectors/child/confine.hpp"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/child/capability_set.hpp"
#include "collectors/child/system_calls.hpp"

namespace wgaudit {
namespace {

std::unexpected<Error> cannot(const char* subject) {
  return std::unexpected(Error{"cannot give up privileges", subject, strerror(errno)});
}

// Core dumps and /proc/PID/mem for others of the user; both may show memory.
bool hide_memory() {
  const rlimit no_core{0, 0};
  return setrlimit(RLIMIT_CORE, &no_core) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

// As much as the hard limit allows, for the buffers that hold keys; refused, they are used unlocked
// and Observation::memory_locked says so.
void allow_locked_memory() {
  rlimit limit{};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_MEMLOCK, &limit);
}

}  // namespace

std::expected<void, Error> confine_parent() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return cannot("no_new_privs");
  if (!keep_only({})) return cannot("capabilities");
  if (!hide_memory()) return cannot("core dumps");
  return {};
}

std::expected<void, Error> confine_collector(const Targets& targets) {
  umask(077);
  allow_locked_memory();
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return cannot("no_new_privs");
  if (!keep_only(useful_capabilities(targets))) return cannot("capabilities");
  if (!hide_memory()) return cannot("core dumps");
  return allow_only_collecting();
}

}  // namespace wgaudit
