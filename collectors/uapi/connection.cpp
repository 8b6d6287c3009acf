#include "collectors/uapi/connection.hpp"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace wgaudit {
namespace {

constexpr std::string_view kRequest = "get=1\n\n";
constexpr int kReadsInARow = 64;  // then it is the others' turn

}  // namespace

UapiConnection::UapiConnection(std::string name, const std::string& path,
                               std::optional<uid_t> listener, WallTime now)
    : name_(std::move(name)),
      path_(path),
      listener_(listener),
      socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)),
      buffer_(kUapiLineLimit),
      decoder_(now) {
  if (socket_ < 0) fail(strerror(errno));
}

UapiConnection::~UapiConnection() {
  if (socket_ >= 0) close(socket_);
}

void UapiConnection::fail(std::string why) {
  if (done()) return;
  buffer_.wipe();
  if (socket_ >= 0) close(std::exchange(socket_, -1));
  result_ = std::unexpected(std::move(why));
}

void UapiConnection::advance() {
  if (done()) return;
  if (state_ == State::connecting && !try_connect()) return;
  if (state_ == State::asking && !ask()) return;
  read_answer();
}

bool UapiConnection::try_connect() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof address.sun_path) {
    fail(strerror(ENAMETOOLONG));
    return false;
  }
  std::ranges::copy(path_, address.sun_path);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == EAGAIN || errno == EINTR) return false;  // its backlog is full (unix(7))
    // A process that was killed leaves its socket file. It is not ours to unlink.
    fail(errno == ECONNREFUSED ? "stale socket: no process answers" : strerror(errno));
    return false;
  }
  if (!may_ask()) {
    fail("not read: neither the process behind the socket nor its directory is root's");
    return false;
  }
  state_ = State::asking;
  return true;
}

bool UapiConnection::may_ask() const {
  if (!listener_) return true;
  ucred credentials{};
  socklen_t size = sizeof credentials;
  return getsockopt(socket_, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 &&
         credentials.uid == *listener_;
}

bool UapiConnection::ask() {
  const ssize_t sent = send(socket_, kRequest.data(), kRequest.size(), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (sent != static_cast<ssize_t>(kRequest.size())) {
    fail(sent < 0 ? strerror(errno) : "the request was cut short");
    return false;
  }
  state_ = State::reading;
  return true;
}

void UapiConnection::read_answer() {
  for (int reads = 0; reads < kReadsInARow; ++reads) {
    const auto room = buffer_.bytes().subspan(used_);
    const ssize_t got = recv(socket_, room.data(), room.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return fail(got < 0 ? strerror(errno) : "closed before the answer was whole");
    used_ += static_cast<std::size_t>(got);
    received_bytes_ += static_cast<std::size_t>(got);
    feed_lines();
    if (done()) return;
    if (used_ == buffer_.size()) return fail("a line is longer than 16 KiB");
    if (received_bytes_ > kUapiAnswerLimit) return fail("the answer is longer than 512 MiB");
  }
}

void UapiConnection::feed_lines() {
  const auto* text = reinterpret_cast<const char*>(buffer_.bytes().data());
  std::size_t begun = 0;
  while (const void* found = memchr(text + begun, '\n', used_ - begun)) {
    const auto length = static_cast<std::size_t>(static_cast<const char*>(found) - text) - begun;
    const auto fed = decoder_.feed({text + begun, length});
    buffer_.wipe(begun, length);
    if (!fed) return fail(fed.error());
    if (*fed == UapiDecoder::Progress::done) {
      result_ = decoder_.take();
      buffer_.wipe();
      close(std::exchange(socket_, -1));
      return;
    }
    begun += length + 1;
  }
  if (begun == 0) return;
  const std::size_t rest = used_ - begun;
  memmove(buffer_.bytes().data(), buffer_.bytes().data() + begun, rest);
  buffer_.wipe(rest, used_ - rest);
  used_ = rest;
}

}  // namespace wgaudit
