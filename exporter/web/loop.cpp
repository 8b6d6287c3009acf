#include "exporter/web/loop.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <memory>
#include <system_error>
#include <utility>

namespace wgaudit {
namespace {

using std::chrono::milliseconds;
using State = WebConnection::State;

constexpr milliseconds kQueueLook{100};
constexpr milliseconds kAcceptPause{100};
constexpr int kAcceptsAtOnce = 32;
// In which steps of handshakes are taken before the others have their turn: a signature costs up to
// some milliseconds.
constexpr milliseconds kHandshakesTurn{5};

// OpenSSL writes with write(2): a client that is gone must not end the program.
void block_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

Loop::Loop(std::vector<Socket> listeners, unsigned max_requests,
           std::shared_ptr<const TlsContext> tls, Answerer answerer)
    : listeners_(std::move(listeners)),
      max_requests_(max_requests),
      max_connections_(connections_for_descriptors()),
      answerer_(std::move(answerer)),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      tls_(tls),
      next_tls_(std::move(tls)),
      workers_(max_requests == 0 ? kMaxWorkers : std::min<std::size_t>(max_requests, kMaxWorkers)) {
  if (!wake_) throw std::system_error(errno, std::generic_category(), "eventfd");
  if (!watch_.change(wake_.fd(), kWake, 0, POLLIN) || !listen(true)) {
    throw std::system_error(errno, std::generic_category(), "epoll");
  }
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

void Loop::use_tls(std::shared_ptr<const TlsContext> tls) {
  {
    const std::lock_guard lock(mutex_);
    next_tls_ = std::move(tls);
  }
  wake();
}

void Loop::run() {
  block_sigpipe();
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
  for (auto it = connections_.begin(); it != connections_.end();) {
    const auto one = it++;
    if (one->second.is_waiting()) drop(one);
  }
}

int Loop::milliseconds_to_wait(SteadyTime now) const {
  SteadyTime first = std::min({stop_by_, first_deadline_, now + std::chrono::hours{1}});
  if (!queue_.empty()) first = std::min(first, now + kQueueLook);
  if (accept_again_ > now) first = std::min(first, accept_again_);
  const auto left = std::chrono::ceil<milliseconds>(first - now).count();
  return static_cast<int>(std::max<std::int64_t>(left, 0));
}

void Loop::wait(SteadyTime before) {
  if (!listening_ && before >= accept_again_ && !listen(true))
    accept_again_ = before + kAcceptPause;
  const std::span<const Id> ready = watch_.wait(milliseconds_to_wait(before));
  const SteadyTime now = std::chrono::steady_clock::now();
  if (std::ranges::find(ready, kWake) != ready.end()) deliver(now);
  serve_ready(ready, now);
  start_queued(now);
  if (stopping_ || now >= first_deadline_) expire(now);
  // A turn takes in up to 8 KiB of each that is ready: one that goes may not be enough.
  while (held_bytes_ > kMaxHeldBytes && shed_held_bytes(now)) {
  }
  for (const Id tag : ready) {
    const Id index = tag - kFirstListener;
    if (index < listeners_.size()) accept_from(listeners_[index].fd(), now);
  }
}

bool Loop::listen(bool on) {
  const short before = listening_ ? POLLIN : 0, events = on ? POLLIN : 0;
  bool done = true;
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    done = watch_.change(listeners_[i].fd(), kFirstListener + i, before, events) && done;
  }
  listening_ = on && done;
  return done;
}

void Loop::serve_ready(std::span<const Id> ready, SteadyTime now) {
  const SteadyTime turn_ends = now + kHandshakesTurn;
  for (const Id id : ready) {
    const auto found = id < kFirstConnection ? connections_.end() : connections_.find(id);
    if (found == connections_.end()) continue;
    const bool shaking = found->second.state() == State::shaking;
    if (shaking && std::chrono::steady_clock::now() > turn_ends) continue;  // the next turn has it
    found->second.on_ready(now);
    advance(found->first, found->second, now);
  }
}

void Loop::accept_from(int listener, SteadyTime now) {
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    Socket socket{
        accept4(listener, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC)};
    if (!socket) {
      const bool out_of_descriptors =
          errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
      const auto anyone = [](const WebConnection&) { return true; };
      if (out_of_descriptors && !make_room(anyone)) {
        accept_again_ = now + kAcceptPause;
        [[maybe_unused]] const bool ignored = listen(false);  // or it would be told at once again
      }
      return;
    }
    const int on = 1;
    setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    take_in(std::move(socket), source_of(peer), now);
  }
}

void Loop::take_in(Socket socket, const std::optional<ClientSource>& source, SteadyTime now) {
  const bool room = has_room_for(source);
  if (!room && tls_ != nullptr) return;  // there is no way to say so before a handshake
  const auto [entry, ignored] =
      connections_.try_emplace(next_id_++, Channel(std::move(socket), tls_), source, now);
  if (!room) entry->second.begin_answer(refusal(503), now);
  advance(entry->first, entry->second, now);
}

void Loop::expire(SteadyTime now) {
  first_deadline_ = SteadyTime::max();
  for (auto it = connections_.begin(); it != connections_.end();) {
    Client& connection = (it++)->second;
    const Id id = std::prev(it)->first;
    if (connection.poll_events() != 0 && connection.deadline() <= now) connection.on_timeout(now);
    advance(id, connection, now);
  }
}

// Brings a connection to where it waits for something, or away. `connection` may be gone then.
void Loop::advance(Id id, Client& connection, SteadyTime now) {
  while (connection.state() == State::ready) dispatch(id, connection, now);
  const bool waits_in_vain = stopping_ && connection.state() == State::reading;
  const bool over = connection.state() == State::done || waits_in_vain;
  if (over || !settle(id, connection)) drop(connections_.find(id));
}

// Notes what it waits for and what it costs. False: it cannot be watched.
bool Loop::settle(Id id, Client& connection) {
  held_bytes_ -= connection.counted_bytes;
  connection.counted_bytes = connection.held_bytes();
  held_bytes_ += connection.counted_bytes;
  // Without events it would still be told of a hang-up, again and again.
  const short events = connection.poll_events();
  if (events != 0) first_deadline_ = std::min(first_deadline_, connection.deadline());
  const short before = std::exchange(connection.watched, events);
  return watch_.change(connection.fd(), id, before, events);
}

void Loop::drop(Connections::iterator gone) {
  held_bytes_ -= gone->second.counted_bytes;
  connections_.erase(gone);
}

void Loop::dispatch(Id id, WebConnection& connection, SteadyTime now) {
  auto head = connection.take_head();
  if (!head) {
    connection.begin_answer(refusal(head.error()), now);
  } else if (queue_.empty() && has_place(1)) {
    start(id, connection, *std::move(head), now);
  } else if (queue_.size() < kMaxQueued) {
    queue_.push_back({id, *std::move(head), now + kQueueTime});
  } else {
    connection.begin_answer(refusal(503), now);
  }
}

void Loop::start(Id id, WebConnection& connection, RequestHead head, SteadyTime now) {
  const Visitor visitor = connection.visitor();
  const bool last = connection.is_last() || stopping_ || connection.tls() != tls_.get();
  auto task = [this, id, visitor, last, taken = std::move(head)] {
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
  if (!workers_.submit(std::move(task))) connection.begin_answer(refusal(503), now);
}

// In the order in which they came: a place is that of the first of them.
void Loop::start_queued(SteadyTime now) {
  while (!queue_.empty()) {
    const auto found = connections_.find(queue_.front().id);
    if (found == connections_.end()) {
      queue_.pop_front();
      continue;
    }
    if (!has_place(queue_.size())) (void)end_longest_answer(now);
    const bool place = has_place(queue_.size());
    if (!place && now < queue_.front().until) break;
    RequestHead head = std::move(queue_.front().head);
    queue_.pop_front();
    if (place) {
      start(found->first, found->second, std::move(head), now);
    } else {
      found->second.begin_answer(refusal(503), now);
    }
    advance(found->first, found->second, now);
  }
}

void Loop::deliver(SteadyTime now) {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t ignored = read(wake_.fd(), &count, sizeof count);
  std::vector<std::pair<Id, Answer>> answers;
  {
    const std::lock_guard lock(mutex_);
    answers.swap(answers_);
    tls_ = next_tls_;
  }
  for (auto& [id, answer] : answers) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) continue;
    found->second.begin_answer(std::move(answer), now);
    advance(found->first, found->second, now);
  }
  if (!answers.empty()) shed_answers(now);
}

}  // namespace wgaudit
