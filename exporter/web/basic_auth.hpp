// Users and passwords (RFC 7617): bcrypt by crypt_r(3), and a cache, so that a scrape each second
// does not cost a bcrypt each second. An unknown name costs what one of the users does, which one
// is drawn by a key of this run: the time does not tell it from a known one.
//
// Any thread. A check that no cache answers takes the time that the hash was made to take (70 ms at
// cost 10); those of all threads come one after the other, few wait, and of one source fewer
// (PasswordQueue): who tries passwords keeps neither the processor nor the others busy. A pair that
// was wrong is remembered as well: who comes with an old password again and again costs one check.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "exporter/web/password_queue.hpp"

namespace wgaudit {

struct Credentials {
  std::string user, password;
  friend bool operator==(const Credentials&, const Credentials&) = default;
};
// Of an Authorization header; absent: not "Basic" and base64 of user, colon, password. Pure.
[[nodiscard]] std::optional<Credentials> parse_basic(std::string_view header);

class BasicAuth {
 public:
  enum class Verdict : std::uint8_t {
    accepted,
    refused,
    busy,  // too many are being checked: not looked at
  };
  using Users = std::map<std::string, std::string>;  // name -> bcrypt hash

  static constexpr std::size_t kMostCached = 128;  // good ones; as many wrong ones

  BasicAuth();
  [[nodiscard]] Verdict check(const Users& users, const Credentials& given,
                              const PasswordQueue::Source& source, PasswordQueue::Time now);
  // From now on what no cache answers is busy, also for those that wait already.
  void stop();
  [[nodiscard]] std::size_t cached() const;  // pairs that were found good
  // What a password of `name` is held against: no password has that of an unknown one.
  [[nodiscard]] std::string hash_for(const Users& users, const std::string& name) const;

 private:
  using Digest = std::array<std::uint8_t, 32>;
  using Digests = std::deque<Digest>;  // oldest first
  class Turn;

  // Of user, hash and password, keyed: what the cache holds is of no use to who sees it.
  [[nodiscard]] Digest digest(std::string_view user, std::string_view hash,
                              std::string_view password) const;

  Digest key_{};  // of this run
  mutable std::mutex mutex_;
  std::condition_variable turn_;  // a check ended, or all are to
  Digests good_, wrong_;
  PasswordQueue queue_;
  bool running_ = false;  // a check
  bool stopping_ = false;
};

}  // namespace wgaudit
