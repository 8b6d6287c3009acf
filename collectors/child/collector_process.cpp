#include "collectors/child/collector_process.hpp"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <set>
#include <utility>

#include "collectors/child/child_link.hpp"
#include "collectors/child/confine.hpp"
#include "collectors/child/run_child.hpp"
#include "collectors/clock/clock.hpp"

namespace wgaudit {
namespace {

using Outcome = ChildLink::Outcome;

constexpr Duration kStartLimit = std::chrono::seconds(10);
constexpr Duration kGrace = std::chrono::milliseconds(500);  // to send what was read in time
constexpr Duration kTakeOver = std::chrono::seconds(1);
constexpr int kTries = 4;  // a child that dies of what it reads would die of it for ever

// A poll of 10,000 peers takes and gives back megabytes. Left to itself, malloc would hand them to
// the kernel after each poll and fault them in again, page by page, at the next.
void keep_freed_memory() {
  constexpr int kKept = 64 << 20;
  mallopt(M_MMAP_THRESHOLD, kKept);
  mallopt(M_TRIM_THRESHOLD, kKept);
}

// A descriptor that is opened while a standard stream is closed would be taken for that stream.
// The wrong way round, so that a use of the stream fails as it would have.
bool fill_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) >= 0) continue;
    // The lowest that is free (open(2)): all below are open.
    const int mode = stream == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (open("/dev/null", mode) != stream) return false;
  }
  return true;
}

std::unexpected<Error> cannot_start(std::string why) {
  return std::unexpected(Error{"cannot start the collector child", "", std::move(why)});
}

// An Observation in which every source of the targets failed.
Observation nothing_read(const Targets& targets, BootTime begun, const std::string& why) {
  Observation observation;
  observation.begun = begun;
  observation.ended = read_boot_clock();
  const auto failed = [&](CollectorKind kind, const std::string& netns) {
    SourceResult& result = observation.sources.emplace_back();
    result.collector = kind;
    result.netns = netns;
    result.status = SourceStatus::failed;
    result.why = why;
    result.duration = observation.ended - begun;
  };
  if (targets.netlink) {
    failed(CollectorKind::netlink, "");
    for (const NetnsTarget& target : targets.netns) failed(CollectorKind::netlink, target.label);
    // Which there are is not known: none of them may look as if it were gone.
    if (targets.all_netns) failed(CollectorKind::netlink, std::string(kAllNamespaces));
  }
  std::set<std::string> served;
  for (const UapiDirectory& directory : targets.uapi_directories) {
    if (targets.uapi && served.insert(directory.netns).second) {
      failed(CollectorKind::uapi, directory.netns);
    }
  }
  std::set<std::string> dumped;
  for (const DumpFile& dump : targets.dumps) {
    if (dumped.insert(dump.netns).second) failed(CollectorKind::dump, dump.netns);
  }
  return observation;
}

}  // namespace

struct CollectorProcess::State {
  State(Targets all, int socket, pid_t child) : targets(std::move(all)), link(socket, child) {}

  // Empty: answered. Else why not.
  std::string ask(BootTime deadline, Observation& observation);

  Targets targets;
  ChildLink link;
  std::uint64_t last_request = 0;
  bool lost = false;
};

CollectorProcess::CollectorProcess(std::unique_ptr<State> state) : state_(std::move(state)) {}
CollectorProcess::CollectorProcess(CollectorProcess&&) noexcept = default;
CollectorProcess& CollectorProcess::operator=(CollectorProcess&&) noexcept = default;
CollectorProcess::~CollectorProcess() = default;

pid_t CollectorProcess::pid() const { return state_->link.pid(); }
bool CollectorProcess::lost() const { return state_->lost; }
const std::string& CollectorProcess::last_death() const { return state_->link.last_death(); }

std::expected<CollectorProcess, Error> CollectorProcess::start(const Targets& targets) {
  keep_freed_memory();
  if (!fill_standard_streams()) return cannot_start("a standard stream is closed");
  std::array<int, 2> ends;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return cannot_start(strerror(errno));
  }
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  const pid_t child = fork();
  if (child == 0) run_child(ends[1], targets);
  const int error = errno;
  close(ends[1]);
  if (child < 0) {
    close(ends[0]);
    return cannot_start(strerror(error));
  }
  auto state = std::make_unique<State>(targets, ends[0], child);
  if (const auto confined = confine_parent(); !confined) return std::unexpected(confined.error());
  if (state->link.wait_for_hello(read_boot_clock() + kStartLimit) != Outcome::replaced) {
    const std::string& death = state->link.last_death();
    return cannot_start(death.empty() ? "it does not answer" : "it " + death);
  }
  return CollectorProcess(std::move(state));
}

std::string CollectorProcess::State::ask(BootTime deadline, Observation& observation) {
  link.catch_up();
  for (int i = 0; i < kTries; ++i) {
    // One that was killed before may be on its way out still, and its spare on its way in.
    if (link.pid() <= 0 && link.wait_for_hello(deadline) == Outcome::gone) {
      lost = true;
      break;
    }
    const Request request{++last_request, deadline};
    switch (link.ask(request, deadline + kGrace, observation)) {
      case Outcome::answered:
        return {};
      case Outcome::replaced:
        break;
      case Outcome::silent:
        link.kill_child();
        (void)link.wait_for_hello(read_boot_clock() + kTakeOver);
        return "the collector child did not answer in time";
      case Outcome::malformed:
        link.kill_child();
        (void)link.wait_for_hello(read_boot_clock() + kTakeOver);
        return "the collector child sent what it must not: " + link.why();
      case Outcome::gone:
        lost = true;
        return "the collector child died and left no spare: restart wgaudit";
    }
  }
  return "the collector child died: " + link.last_death();
}

Observation CollectorProcess::poll(Duration time_limit) {
  const BootTime begun = read_boot_clock();
  Observation observation;
  const std::string why = state_->ask(begun + time_limit, observation);
  if (!why.empty()) observation = nothing_read(state_->targets, begun, why);
  observation.child_restarted = state_->link.take_replaced();
  return observation;
}

}  // namespace wgaudit
