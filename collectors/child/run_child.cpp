#include "collectors/child/run_child.hpp"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "collectors/child/confine.hpp"
#include "collectors/child/observe.hpp"
#include "collectors/child/wire.hpp"

namespace wgaudit {
namespace {

constexpr int kSocket = 3;  // beside the standard streams the only descriptor
constexpr int kCannotConfine = 70;
constexpr char kActiveName[] = "wgaudit-collect";
constexpr char kSpareName[] = "wgaudit-spare";

// The parent ends this process by closing the socket: Ctrl-C and `systemctl stop` reach the whole
// group, and must not look like a collector that died.
void ignore_signals() {
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM}) {
    signal(number, SIG_IGN);
  }
  signal(SIGCHLD, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Keeps standard error, standard input where a dump comes from there, and the socket.
void keep_descriptors(int socket, const Targets& targets) {
  const bool reads_input =
      std::ranges::find(targets.dumps, "-", &DumpFile::path) != targets.dumps.end();
  // Out of the way of the standard streams: one that was closed may have given it its number.
  if (socket < kSocket) socket = fcntl(socket, F_DUPFD_CLOEXEC, kSocket);
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (nothing >= 0) {
    if (!reads_input) dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
  }
  if (socket != kSocket) dup3(socket, kSocket, O_CLOEXEC);
  close_range(kSocket + 1, ~0U, 0);
}

void send_message(MessageView message) {
  while (send(kSocket, message.data(), message.size(), MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) _exit(0);  // nobody listens any more
  }
}

// A line of processes: this one, and one that waits for its death. Together they survive any kill
// of one of them, although no other process could give them their capabilities back.
class Lineage {
 public:
  // True in the process that took over because its parent died; it has no spare yet.
  [[nodiscard]] bool fork_spare();
  [[nodiscard]] bool has_spare();
  // Blocks until there is something to receive (true), or the spare died.
  [[nodiscard]] bool wait_for_request() const;
  void end();  // with its spare, whom the closed socket ends, too

 private:
  void wait_for_death_of(pid_t active, int link);

  pid_t spare_ = -1;
  int link_ = -1;  // hangs up in each of the two when the other one dies
};

bool Lineage::has_spare() {
  if (spare_ > 0 && waitpid(spare_, nullptr, WNOHANG) == 0) return true;
  spare_ = -1;
  return false;
}

bool Lineage::fork_spare() {
  if (link_ >= 0) close(std::exchange(link_, -1));
  std::array<int, 2> ends;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return false;
  const pid_t active = getpid();
  spare_ = fork();
  if (spare_ == 0) {
    close(ends[0]);
    prctl(PR_SET_NAME, kSpareName, 0, 0, 0);
    wait_for_death_of(active, ends[1]);
    close(ends[1]);
    spare_ = -1;
    return true;
  }
  close(ends[1]);
  link_ = ends[0];
  if (spare_ < 0) close(std::exchange(link_, -1));
  return false;
}

bool Lineage::wait_for_request() const {
  std::array<pollfd, 2> ends{{{kSocket, POLLIN, 0}, {link_, 0, 0}}};
  while (poll(ends.data(), ends.size(), -1) < 0) {
  }
  return ends[0].revents != 0;
}

void Lineage::wait_for_death_of(pid_t active, int link) {
  std::array<pollfd, 2> ends{{{kSocket, 0, 0}, {link, 0, 0}}};
  while (poll(ends.data(), ends.size(), -1) < 0) {
  }
  if (ends[0].revents != 0) _exit(0);
  // Descriptors close before the kernel gives a dying process's children away. The signal that
  // settle_in() asks for would come from that death, too.
  const timespec moment{0, 100'000};
  while (getppid() == active) nanosleep(&moment, nullptr);
  pollfd parent{kSocket, 0, 0};
  if (poll(&parent, 1, 0) > 0) _exit(0);
}

void Lineage::end() {
  if (spare_ > 0) waitpid(spare_, nullptr, 0);
  _exit(0);
}

// Says who answers from now on. What was asked of the process before is asked anew after that.
void settle_in() {
  prctl(PR_SET_NAME, kActiveName, 0, 0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  std::array<std::byte, 256> dropped;
  while (recv(kSocket, dropped.data(), dropped.size(), MSG_DONTWAIT) > 0) {
  }
  send_message(encode_hello(getpid()));
}

// False: the parent is gone.
bool answer_request(const Targets& targets, StandingPeersOfAll& standing) {
  std::array<std::byte, 256> buffer;
  const ssize_t got = recv(kSocket, buffer.data(), buffer.size(), 0);
  if (got < 0 && errno == EINTR) return true;
  if (got <= 0) return false;
  const auto request = decode_request(MessageView(buffer).first(static_cast<std::size_t>(got)));
  if (!request) return true;  // no parent of ours speaks so
  const Observation observation = observe(targets, request->deadline, standing);
  for (const Message& message : encode_observation(observation, request->id)) {
    send_message(message);
  }
  return true;
}

}  // namespace

void run_child(int socket, const Targets& targets) {
  ignore_signals();
  keep_descriptors(socket, targets);
  if (const auto confined = confine_collector(targets); !confined) {
    dprintf(STDERR_FILENO, "collector child: %s\n", confined.error().message().c_str());
    _exit(kCannotConfine);
  }
  Lineage lineage;
  StandingPeersOfAll standing;
  pid_t settled = -1;
  for (;;) {
    // Before a key is read, so that a spare's memory never held one.
    if (!lineage.has_spare() && lineage.fork_spare()) continue;
    if (settled != getpid()) settle_in();
    settled = getpid();
    if (lineage.wait_for_request() && !answer_request(targets, standing)) lineage.end();
  }
}

}  // namespace wgaudit
