#include "collectors/child/child_link.hpp"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "collectors/clock/clock.hpp"

namespace wgaudit {
namespace {

using std::chrono::milliseconds;

constexpr int kCaughtUp = 64;  // messages; a child that never stops is told by its answer
constexpr Duration kPatience = std::chrono::seconds(1);  // for a process that was killed to go

std::string describe(int status) {
  if (!WIFSIGNALED(status)) return "exited with status " + std::to_string(WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  std::string text = "killed by signal " + std::to_string(number) + " (";
  if (const char* name = sigabbrev_np(number)) text += "SIG" + std::string(name);
  if (number == SIGSYS) text += ": it made a system call that is not allowed";
  return text + ')';
}

bool is_child(pid_t pid) {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

int milliseconds_until(BootTime deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - read_boot_clock()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

}  // namespace

ChildLink::ChildLink(int socket, pid_t child)
    : socket_(socket), child_(child), buffer_(kMessageLimit + 1) {}

ChildLink::~ChildLink() {
  close(socket_);
  reap(kPatience);
  if (child_ <= 0) return;
  kill(child_, SIGKILL);
  reap(kPatience);
}

bool ChildLink::take_replaced() { return std::exchange(replaced_, false); }

void ChildLink::kill_child() {
  if (child_ > 0) kill(child_, SIGKILL);
}

// Waits for the child's end, and remembers how it was. It may take its time: a process that hangs
// in the kernel goes when that lets it.
void ChildLink::reap(Duration patience) {
  const timespec moment{0, 200'000};
  const BootTime deadline = read_boot_clock() + patience;
  while (child_ > 0) {
    int status = 0;
    const pid_t ended = waitpid(child_, &status, WNOHANG);
    if (ended == child_) last_death_ = describe(status);
    if (ended == child_ || (ended < 0 && errno != EINTR)) child_ = -1;
    if (child_ <= 0 || read_boot_clock() >= deadline) return;
    nanosleep(&moment, nullptr);
  }
}

// A new process speaks: the one before it is dead, or is to be. Only a child of ours is believed,
// since it is this pid that will be killed.
bool ChildLink::adopt(pid_t child) {
  if (!said_hello_ && child == child_) {
    said_hello_ = true;
    return true;
  }
  kill_child();
  reap(kPatience);
  if (child_ > 0 || !is_child(child)) return false;
  child_ = child;
  said_hello_ = replaced_ = true;
  return true;
}

ChildLink::Outcome ChildLink::receive(BootTime deadline) {
  for (;;) {
    pollfd ready{socket_, POLLIN | POLLRDHUP, 0};
    const int count = ::poll(&ready, 1, milliseconds_until(deadline));
    if (count == 0) return Outcome::silent;
    if (count < 0 && errno != EINTR) return Outcome::gone;
    if (count < 0) continue;
    const ssize_t got = recv(socket_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    // A record may be empty; the end of the stream reads the same, but hangs up (unix(7)).
    if (got == 0 && (ready.revents & (POLLHUP | POLLRDHUP)) == 0) {
      why_ = "an empty message";
      return Outcome::malformed;
    }
    if (got <= 0) {
      reap(kPatience);
      return Outcome::gone;
    }
    received_ = static_cast<std::size_t>(got);
    const auto header = read_header(message());
    if (!header) {
      why_ = "not a message";
      return Outcome::malformed;
    }
    if (header->kind != MessageKind::hello) return Outcome::answered;
    const auto child = decode_hello(message());
    if (child && adopt(*child)) return Outcome::replaced;
    why_ = "a process that is no child of this one answers";
    return Outcome::malformed;
  }
}

ChildLink::Outcome ChildLink::wait_for_hello(BootTime deadline) {
  for (;;) {
    const Outcome outcome = receive(deadline);
    if (outcome != Outcome::answered) return outcome;
    if (read_boot_clock() >= deadline) return Outcome::silent;
  }
}

void ChildLink::catch_up() {
  for (int i = 0; i < kCaughtUp; ++i) {
    const Outcome outcome = receive(BootTime{});  // without waiting
    if (outcome == Outcome::silent || outcome == Outcome::gone) return;
  }
}

ChildLink::Outcome ChildLink::ask(const Request& request, BootTime deadline,
                                  Observation& observation) {
  const Message question = encode_request(request);
  if (send(socket_, question.data(), question.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
      errno == EPIPE) {
    reap(kPatience);
    return Outcome::gone;
  }
  ObservationDecoder decoder(request.id);
  for (;;) {
    const Outcome outcome = receive(deadline);
    if (outcome != Outcome::answered) return outcome;
    const auto header = read_header(message());
    if (!header || header->request != request.id) {  // late: of one that was given up
      if (read_boot_clock() >= deadline) return Outcome::silent;
      continue;
    }
    const auto fed = decoder.feed(message());
    if (!fed) {
      why_ = fed.error();
      return Outcome::malformed;
    }
    if (*fed == ObservationDecoder::Progress::done) break;
  }
  observation = decoder.take();
  return Outcome::answered;
}

}  // namespace wgaudit
