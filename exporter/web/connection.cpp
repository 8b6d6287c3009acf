#include "exporter/web/connection.hpp"

#include <poll.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "exporter/web/listen.hpp"

namespace wgaudit {
namespace {

using Progress = Channel::Progress;

// RFC 9112, 2.2: empty lines before a request are skipped.
void skip_empty_lines(std::string& input) {
  std::size_t size = 0;
  while (input.compare(size, 2, "\r\n") == 0) size += 2;
  input.erase(0, size);
}

}  // namespace

WebConnection::WebConnection(Channel channel, std::optional<ClientSource> source, SteadyTime now)
    : channel_(std::move(channel)),
      state_(channel_.tls() == nullptr ? State::reading : State::shaking),
      visitor_{.local = is_local(channel_.fd()), .source = source},
      since_(now),
      deadline_(now + (channel_.tls() == nullptr ? kReadTime : kHandshakeTime)) {}

short WebConnection::poll_events() const {
  switch (state_) {
    case State::shaking:
    case State::reading:
      return channel_.read_event();
    case State::lingering:
      return POLLIN;
    case State::holding:
      return POLLPRI;  // for Watch none of its events: it tells of a hang-up alone
    case State::writing:
      return channel_.write_event();
    case State::ready:
    case State::answering:
    case State::done:
      return 0;
  }
  return 0;
}

void WebConnection::on_ready(SteadyTime now) {
  if (state_ == State::holding) state_ = State::done;  // who waited for it is gone
  if (state_ == State::shaking) shake_hands(now);
  if (state_ == State::reading) receive(now);
  if (state_ == State::writing) send_more(now);
  if (state_ == State::lingering) drain();
}

void WebConnection::on_timeout(SteadyTime now) {
  if (state_ == State::reading && !input_.empty()) {
    begin_answer(refusal(408), now);
  } else if (state_ == State::holding) {
    send(now);
  } else {
    state_ = State::done;
  }
}

void WebConnection::shake_hands(SteadyTime now) {
  if (channel_.is_spoken_to_plainly()) {
    channel_.become_plain();
    return begin_answer(refusal(400, "this port speaks TLS: https\n"), now);
  }
  const int stage = channel_.stage();
  const Progress progress = channel_.handshake();
  if (channel_.stage() != stage) {
    greeted_ = true;
    since_ = now;
  }
  if (progress == Progress::blocked) return;
  state_ = progress == Progress::done ? State::reading : State::done;
  visitor_.authenticated = progress == Progress::done && channel_.client_is_verified();
  since_ = now;
  deadline_ = now + kReadTime;
}

void WebConnection::receive(SteadyTime now) {
  do {
    char buffer[8 * 1024];
    const auto [progress, size] = channel_.read(buffer);
    if (progress == Progress::blocked) return;
    if (progress == Progress::failed || size == 0) {
      state_ = State::done;
      return;
    }
    // The deadline is that of the request's first byte: no drip of bytes moves it.
    if (!begun_) deadline_ = now + kReadTime;
    begun_ = true;
    input_.append(buffer, size);
    look_for_head(now);
  } while (state_ == State::reading && channel_.holds_more());
}

void WebConnection::look_for_head(SteadyTime now) {
  skip_empty_lines(input_);
  head_only_ = input_.starts_with("HEAD ");
  const auto found = find_head(input_, scanned_);
  scanned_ = input_.size();
  if (!found) {
    begin_answer(refusal(found.error()), now);
  } else if (const std::optional<std::size_t> size = *found) {
    head_size_ = *size;
    since_ = now;
    state_ = State::ready;
  }
}

std::expected<RequestHead, int> WebConnection::take_head() {
  assert(state_ == State::ready);
  auto head = parse_head(std::string_view(input_).substr(0, head_size_));
  input_.erase(0, head_size_);
  scanned_ = 0;
  begun_ = !input_.empty();
  ++served_;
  state_ = State::answering;
  return head;
}

void WebConnection::begin_answer(Answer answer, SteadyTime now) {
  answer_ = std::move(answer);
  // What is refused before any handler sees it has a body for everybody (RFC 9110, 9.3.2).
  if (head_only_) answer_.body.clear();
  // Nothing behind it will be read: a client that does not take its answer holds no head meanwhile.
  if (answer_.close) input_ = {};
  since_ = now;
  deadline_ = now + answer_.hold;
  state_ = State::holding;
  if (answer_.hold <= answer_.hold.zero()) send(now);
}

void WebConnection::send(SteadyTime now) {
  add_date(answer_, std::chrono::system_clock::now());
  sent_ = 0;
  since_ = now;
  deadline_ = now + kWriteTime;
  state_ = State::writing;
  send_more(now);
}

void WebConnection::send_more(SteadyTime now) {
  const std::string_view body = answer_.bytes();
  const std::size_t head = answer_.head.size();
  while (sent_ < head + body.size()) {
    const std::size_t of_head = std::min(sent_, head), of_body = sent_ - of_head;
    const auto [progress, size] =
        channel_.write(std::string_view(answer_.head).substr(of_head), body.substr(of_body));
    if (progress == Progress::blocked) return;
    if (progress == Progress::failed) {
      state_ = State::done;
      return;
    }
    sent_ += size;
    since_ = now;
  }
  after_answer(now);
}

void WebConnection::after_answer(SteadyTime now) {
  const bool close = answer_.close;
  answer_ = {};
  since_ = now;
  if (close) {
    channel_.end_writing();
    deadline_ = now + kLingerTime;
    state_ = State::lingering;
    return;
  }
  state_ = State::reading;
  deadline_ = now + (begun_ ? kReadTime : kIdleTime);
  if (begun_) look_for_head(now);
  if (state_ == State::reading && channel_.holds_more()) receive(now);
}

void WebConnection::drain() {
  const auto [progress, size] = channel_.drain();
  if (progress == Progress::blocked) return;
  drained_ += size > 0 ? size : kLingerBytes;
  if (drained_ >= kLingerBytes) state_ = State::done;
}

}  // namespace wgaudit
