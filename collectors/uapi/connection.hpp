// One UAPI socket being read, without ever waiting for it: a small state machine that poll(2)
// drives.
#pragma once

#include <sys/types.h>

#include <cassert>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "collectors/model/device.hpp"
#include "collectors/secret/secret_buffer.hpp"
#include "collectors/uapi/decoder.hpp"

namespace wgaudit {

inline constexpr std::size_t kUapiLineLimit = std::size_t{16} << 10;
inline constexpr std::size_t kUapiAnswerLimit = std::size_t{512} << 20;  // 2^20 peers fit

class UapiConnection {
 public:
  // For the socket at `path`; nothing is asked of a process that is not `listener`'s, if given.
  UapiConnection(std::string name, const std::string& path, std::optional<uid_t> listener,
                 WallTime now);
  ~UapiConnection();
  UapiConnection(const UapiConnection&) = delete;
  UapiConnection& operator=(const UapiConnection&) = delete;

  // Goes as far as it can without waiting.
  void advance();
  [[nodiscard]] bool done() const { return result_.has_value(); }
  void fail(std::string why);  // once; does nothing when done

  // What poll(2) waits for; the socket is -1 when there is nothing to wait for.
  [[nodiscard]] int socket() const { return socket_; }
  [[nodiscard]] bool connected() const { return state_ != State::connecting; }
  [[nodiscard]] std::size_t received_bytes() const { return received_bytes_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool memory_locked() const { return buffer_.locked(); }
  // That the answer ended with, if it did.
  [[nodiscard]] std::optional<std::int64_t> error_number() const { return decoder_.error_number(); }
  // REQUIRES: done().
  [[nodiscard]] std::expected<Device, std::string> take() {
    assert(result_.has_value());
    return *std::move(result_);
  }

 private:
  enum class State { connecting, asking, reading };
  [[nodiscard]] bool try_connect();
  [[nodiscard]] bool may_ask() const;
  [[nodiscard]] bool ask();
  void read_answer();
  void feed_lines();

  std::string name_;
  std::string path_;
  std::optional<uid_t> listener_;
  int socket_ = -1;
  State state_ = State::connecting;
  SecretBuffer buffer_;
  std::size_t used_ = 0;  // bytes of the buffer that wait for the rest of their line
  std::size_t received_bytes_ = 0;
  UapiDecoder decoder_;
  std::optional<std::expected<Device, std::string>> result_;
};

}  // namespace wgaudit
