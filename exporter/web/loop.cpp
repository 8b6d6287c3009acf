#include "exporter/web/loop.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <memory>
#include <system_error>

namespace wgaudit {
namespace {

using std::chrono::milliseconds;
using State = Connection::State;

// A reader that took nothing for so long gives way to a new request.
constexpr milliseconds kStalled{1000};
constexpr milliseconds kAcceptPause{100};
constexpr int kAcceptsAtOnce = 64;

bool is_busy(const Connection& connection) {
  return connection.state() == State::answering || connection.state() == State::writing;
}

}  // namespace

Loop::Loop(std::vector<Socket> listeners, unsigned max_requests, Answerer answerer)
    : listeners_(std::move(listeners)),
      max_requests_(max_requests),
      answerer_(std::move(answerer)),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      workers_(max_requests == 0 ? kMaxWorkers : std::min<std::size_t>(max_requests, kMaxWorkers)) {
  if (!wake_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Loop::stop() {
  stopping_ = true;
  wake();
}

void Loop::wake() const {
  const std::uint64_t one = 1;
  // Only a full counter can refuse it, and that wakes as well.
  [[maybe_unused]] const ssize_t ignored = write(wake_.fd(), &one, sizeof one);
}

void Loop::run() {
  for (;;) {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (stopping_ && stop_by_ == SteadyTime::max()) {
      stop_by_ = now + kStopTime;
      stop_accepting();
    }
    if (stopping_ && (connections_.empty() || now >= stop_by_)) break;
    wait(now);
  }
  connections_.clear();
  workers_.stop();
}

void Loop::stop_accepting() {
  listeners_.clear();
  std::erase_if(connections_, [](const auto& entry) { return entry.second.is_waiting(); });
}

int Loop::milliseconds_to_wait(SteadyTime now) const {
  SteadyTime first = std::min(stop_by_, now + std::chrono::hours{1});
  for (const auto& [id, connection] : connections_) {
    if (connection.poll_events() != 0) first = std::min(first, connection.deadline());
  }
  if (accept_again_ > now) first = std::min(first, accept_again_);
  const auto left = std::chrono::ceil<milliseconds>(first - now).count();
  return static_cast<int>(std::max<std::int64_t>(left, 0));
}

void Loop::wait(SteadyTime before) {
  std::vector<pollfd> polled{{wake_.fd(), POLLIN, 0}};
  const bool accepting = before >= accept_again_;
  if (accepting) {
    for (const Socket& listener : listeners_) polled.push_back({listener.fd(), POLLIN, 0});
  }
  const std::size_t first = polled.size();
  std::vector<Id> ids;
  for (const auto& [id, connection] : connections_) {
    // Without events it would still report a hang-up, again and again.
    if (connection.poll_events() == 0) continue;
    polled.push_back({connection.fd(), connection.poll_events(), 0});
    ids.push_back(id);
  }
  if (poll(polled.data(), polled.size(), milliseconds_to_wait(before)) < 0) return;
  const SteadyTime now = std::chrono::steady_clock::now();
  if (polled[0].revents != 0) deliver(now);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto found = connections_.find(ids[i]);
    if (polled[first + i].revents == 0 || found == connections_.end()) continue;
    found->second.on_ready(now);
    advance(found->first, found->second, now);
  }
  expire(now);
  for (std::size_t i = 1; i < first; ++i) {
    if (polled[i].revents != 0) accept_from(polled[i].fd, now);
  }
}

void Loop::accept_from(int listener, SteadyTime now) {
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    Socket socket{accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (!socket) {
      const bool out_of_descriptors =
          errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
      if (out_of_descriptors && !make_room()) accept_again_ = now + kAcceptPause;
      return;
    }
    const int on = 1;
    setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // The one that waits longest goes: who sends a request at once is served before that.
    const bool room = connections_.size() < kMaxConnections || make_room();
    const auto [entry, ignored] = connections_.try_emplace(next_id_++, std::move(socket), now);
    if (!room) entry->second.begin_answer(refusal(503), now);
    advance(entry->first, entry->second, now);
  }
}

bool Loop::make_room() {
  auto oldest = connections_.end();
  for (auto it = connections_.begin(); it != connections_.end(); ++it) {
    if (!it->second.is_waiting()) continue;
    if (oldest == connections_.end() || it->second.since() < oldest->second.since()) oldest = it;
  }
  if (oldest == connections_.end()) return false;
  connections_.erase(oldest);
  return true;
}

void Loop::expire(SteadyTime now) {
  for (auto it = connections_.begin(); it != connections_.end();) {
    Connection& connection = (it++)->second;
    const Id id = std::prev(it)->first;
    if (connection.poll_events() != 0 && connection.deadline() <= now) connection.on_timeout(now);
    advance(id, connection, now);
  }
}

// Brings a connection to where it waits for something, or away. `connection` may be gone then.
void Loop::advance(Id id, Connection& connection, SteadyTime now) {
  while (connection.state() == State::ready) dispatch(id, connection, now);
  const bool waits_in_vain = stopping_ && connection.state() == State::reading;
  if (connection.state() == State::done || waits_in_vain) connections_.erase(id);
}

void Loop::dispatch(Id id, Connection& connection, SteadyTime now) {
  auto head = connection.take_head();
  if (!head) {
    connection.begin_answer(refusal(head.error()), now);
    return;
  }
  const Visitor visitor = connection.visitor();
  const bool last = connection.is_last() || stopping_;
  const auto task = [this, id, visitor, last, taken = *std::move(head)] {
    Answer answer;
    try {
      answer = answerer_(taken, visitor, last);
    } catch (...) {  // out of memory, say: the thread has to live on
      answer = refusal(500);
    }
    {
      const std::lock_guard lock(mutex_);
      answers_.emplace_back(id, std::move(answer));
    }
    wake();
  };
  if (!admit(now) || !workers_.submit(task)) connection.begin_answer(refusal(503), now);
}

// The one that asks counts as busy already.
bool Loop::admit(SteadyTime now) {
  if (max_requests_ == 0) return true;
  auto slowest = connections_.end();
  std::size_t busy = 0;
  for (auto it = connections_.begin(); it != connections_.end(); ++it) {
    if (!is_busy(it->second)) continue;
    ++busy;
    const bool stalled =
        it->second.state() == State::writing && now - it->second.since() >= kStalled;
    if (stalled &&
        (slowest == connections_.end() || it->second.since() < slowest->second.since())) {
      slowest = it;
    }
  }
  if (busy <= max_requests_) return true;
  if (slowest == connections_.end()) return false;
  slowest->second.on_timeout(now);  // erased by expire(): advance() may hold references
  return true;
}

void Loop::deliver(SteadyTime now) {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t ignored = read(wake_.fd(), &count, sizeof count);
  std::vector<std::pair<Id, Answer>> answers;
  {
    const std::lock_guard lock(mutex_);
    answers.swap(answers_);
  }
  for (auto& [id, answer] : answers) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) continue;
    found->second.begin_answer(std::move(answer), now);
    advance(found->first, found->second, now);
  }
}

}  // namespace wgaudit
