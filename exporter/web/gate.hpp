// What a request passes before any page sees it: the rate limit, then the password; and the headers
// that the web configuration file adds to every answer of a handler (what the loop itself refuses
// has none). Any thread.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "exporter/web/basic_auth.hpp"
#include "exporter/web/head.hpp"
#include "exporter/web/rate_limiter.hpp"
#include "exporter/web/reply.hpp"
#include "exporter/web/visitor.hpp"
#include "exporter/web/web_security.hpp"

namespace wgaudit {

class Gate {
 public:
  static constexpr std::chrono::milliseconds kHold{1000};

  explicit Gate(std::shared_ptr<const WebSecurity> security);  // not null

  // From now on. What the bucket holds stays where the limit does.
  void use(std::shared_ptr<const WebSecurity> security);

  // The answer to who may not pass (429, 401); absent: go on, and the visitor may have become
  // `authenticated`.
  [[nodiscard]] std::optional<Reply> stop(const RequestHead& head, Visitor& visitor,
                                          RateLimiter::Time now);
  // Passwords that wait to be checked, and further ones, get 429: a stop does not wait for them.
  void stop_checks() { basic_auth_.stop(); }
  // Those that are configured, where the reply has not its own.
  void add_headers(Reply& reply) const;

 private:
  [[nodiscard]] std::shared_ptr<const WebSecurity> security() const;
  [[nodiscard]] bool within_rate(RateLimiter::Time now);

  mutable std::mutex mutex_;
  std::shared_ptr<const WebSecurity> security_;
  RateLimiter limiter_;
  BasicAuth basic_auth_;
};

}  // namespace wgaudit
