#include "exporter/web/connection.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cassert>
#include <cerrno>

namespace wgaudit {
namespace {

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

// RFC 9112, 2.2: empty lines before a request are skipped.
void skip_empty_lines(std::string& input) {
  std::size_t size = 0;
  while (input.compare(size, 2, "\r\n") == 0) size += 2;
  input.erase(0, size);
}

}  // namespace

Connection::Connection(Socket socket, SteadyTime now)
    : socket_(std::move(socket)),
      visitor_{.local = is_local(socket_.fd())},
      since_(now),
      deadline_(now + kReadTime) {}

short Connection::poll_events() const {
  switch (state_) {
    case State::reading:
    case State::lingering:
      return POLLIN;
    case State::writing:
      return POLLOUT;
    case State::ready:
    case State::answering:
    case State::done:
      return 0;
  }
  return 0;
}

void Connection::on_ready(SteadyTime now) {
  if (state_ == State::reading) receive(now);
  if (state_ == State::writing) send_more(now);
  if (state_ == State::lingering) drain();
}

void Connection::on_timeout(SteadyTime now) {
  if (state_ == State::reading && !input_.empty()) {
    begin_answer(refusal(408), now);
  } else {
    state_ = State::done;
  }
}

void Connection::receive(SteadyTime now) {
  char buffer[8 * 1024];
  const ssize_t size = recv(fd(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (size < 0 && would_block(errno)) return;
  if (size <= 0) {
    state_ = State::done;
    return;
  }
  // The deadline is that of the request's first byte: no drip of bytes moves it.
  if (!begun_) deadline_ = now + kReadTime;
  begun_ = true;
  input_.append(buffer, static_cast<std::size_t>(size));
  look_for_head(now);
}

void Connection::look_for_head(SteadyTime now) {
  skip_empty_lines(input_);
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

std::expected<RequestHead, int> Connection::take_head() {
  assert(state_ == State::ready);
  auto head = parse_head(std::string_view(input_).substr(0, head_size_));
  input_.erase(0, head_size_);
  scanned_ = 0;
  begun_ = !input_.empty();
  ++served_;
  state_ = State::answering;
  return head;
}

void Connection::begin_answer(Answer answer, SteadyTime now) {
  answer_ = std::move(answer);
  sent_ = 0;
  since_ = now;
  deadline_ = now + kWriteTime;
  state_ = State::writing;
  send_more(now);
}

void Connection::send_more(SteadyTime now) {
  const std::size_t head = answer_.head.size(), body = answer_.body.size();
  while (sent_ < head + body) {
    const std::size_t of_head = std::min(sent_, head), of_body = sent_ - of_head;
    std::array<iovec, 2> parts{{{answer_.head.data() + of_head, head - of_head},
                                {answer_.body.data() + of_body, body - of_body}}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t size = sendmsg(fd(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size < 0 && would_block(errno)) return;
    if (size < 0) {
      state_ = State::done;
      return;
    }
    sent_ += static_cast<std::size_t>(size);
    since_ = now;
  }
  after_answer(now);
}

void Connection::after_answer(SteadyTime now) {
  const bool close = answer_.close;
  answer_ = {};
  since_ = now;
  if (close) {
    shutdown(fd(), SHUT_WR);
    deadline_ = now + kLingerTime;
    state_ = State::lingering;
    return;
  }
  state_ = State::reading;
  deadline_ = now + (begun_ ? kReadTime : kIdleTime);
  if (begun_) look_for_head(now);
}

void Connection::drain() {
  char buffer[16 * 1024];
  const ssize_t size = recv(fd(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (size < 0 && would_block(errno)) return;
  drained_ += size > 0 ? static_cast<std::size_t>(size) : kLingerBytes;
  if (drained_ >= kLingerBytes) state_ = State::done;
}

}  // namespace wgaudit
