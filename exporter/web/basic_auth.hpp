// Users and passwords (RFC 7617): bcrypt by crypt_r(3), and a cache, so that a scrape each second
// does not cost a bcrypt each second. An unknown name costs what one of the users does, which one
// is drawn by a key of this run: the time does not tell it from a known one.
//
// Any thread. A check that the cache does not answer takes the time that the hash was made to take
// (70 ms at cost 10); those of all threads come one after the other, few wait, and of one source
// fewer: who tries passwords keeps neither the processor nor the others busy.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/web/client_source.hpp"

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

  static constexpr std::size_t kMostAtOnce = 8;
  static constexpr std::size_t kMostOfOneSource = 2;
  static constexpr std::size_t kMostCached = 128;

  BasicAuth();
  [[nodiscard]] Verdict check(const Users& users, const Credentials& given,
                              const std::optional<ClientSource>& source);
  // From now on what the cache does not answer is busy, also for those that wait already.
  void stop() { stopping_ = true; }
  [[nodiscard]] std::size_t cached() const;  // pairs that were found good
  // What a password of `name` is held against: no password has that of an unknown one.
  [[nodiscard]] std::string hash_for(const Users& users, const std::string& name) const;

 private:
  using Digest = std::array<std::uint8_t, 32>;
  class Place;

  // Of user, hash and password, keyed: what the cache holds is of no use to who sees it.
  [[nodiscard]] Digest digest(std::string_view user, std::string_view hash,
                              std::string_view password) const;
  [[nodiscard]] bool is_cached(const Digest& digest) const;
  void remember(const Digest& digest);

  Digest key_{};  // of this run
  mutable std::mutex mutex_;
  std::deque<Digest> good_;                             // oldest first
  std::vector<std::optional<ClientSource>> under_way_;  // checks that wait or run
  std::mutex bcrypt_;                                   // one at a time
  std::atomic<bool> stopping_ = false;
};

}  // namespace wgaudit
