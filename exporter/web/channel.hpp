// The bytes of one connection, plain or through TLS. Every call returns at once; what stands in its
// way then is what to watch it for. One thread; SIGPIPE has to be blocked or ignored in it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "exporter/web/socket.hpp"
#include "exporter/web/tls_context.hpp"

struct ssl_st;

namespace wgaudit {

class Channel {
 public:
  enum class Progress : std::uint8_t { done, blocked, failed };
  struct Moved {
    Progress progress;
    std::size_t size;  // of `done`
  };

  Channel(Socket socket, std::shared_ptr<const TlsContext> tls);  // null: plain
  Channel(Channel&&) noexcept;
  ~Channel();
  [[nodiscard]] int fd() const { return socket_.fd(); }
  [[nodiscard]] const TlsContext* tls() const { return tls_.get(); }

  // REQUIRES: TLS. Before anything is read or written, until it is done or has failed.
  [[nodiscard]] Progress handshake();
  // Of the handshake: it changes when a whole message of the client was taken.
  [[nodiscard]] int stage() const;
  // After the handshake: the client showed a certificate, and it was checked.
  [[nodiscard]] bool client_is_verified() const;
  // Before the handshake: what stands there to be read is no TLS.
  [[nodiscard]] bool is_spoken_to_plainly() const;
  void become_plain();

  [[nodiscard]] Moved read(std::span<char> buffer);
  [[nodiscard]] Moved write(std::string_view bytes, std::string_view more_bytes);
  // Read from the socket already: its readiness does not tell of it.
  [[nodiscard]] bool holds_more() const;
  // What the last handshake() or read(), the last write() waits for: POLLIN or POLLOUT.
  [[nodiscard]] short read_event() const { return read_event_; }
  [[nodiscard]] short write_event() const { return write_event_; }

  void end_writing();  // nothing more is sent; what comes can still be drained
  // Throws away what comes, as it comes. The size is 0 at the end of it.
  [[nodiscard]] Moved drain();

 private:
  struct FreeSsl {
    void operator()(ssl_st* ssl) const;
  };
  [[nodiscard]] Progress judge(int result, short& event) const;

  Socket socket_;
  std::shared_ptr<const TlsContext> tls_;
  std::unique_ptr<ssl_st, FreeSsl> ssl_;
  short read_event_, write_event_;
};

}  // namespace wgaudit
