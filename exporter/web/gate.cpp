#include "exporter/web/gate.hpp"

#include <algorithm>
#include <utility>

namespace wgaudit {
namespace {

Reply refused(int status, std::string text, std::pair<std::string, std::string> header) {
  Reply reply;
  reply.status = status;
  reply.body = std::move(text);
  reply.headers.push_back(std::move(header));
  return reply;
}

// After a password that was wrong, or that nobody had time to look at: who tries them comes so
// often and no oftener, which leaves room for others at the same address. Prometheus waits for 10
// s.
Reply held(Reply reply) {
  reply.hold = Gate::kHold;
  return reply;
}

Reply too_many(std::string text) { return refused(429, std::move(text), {"Retry-After", "1"}); }

}  // namespace

Gate::Gate(std::shared_ptr<const WebSecurity> security)
    : security_(std::move(security)), limiter_(security_->file.rate_limit) {}

void Gate::use(std::shared_ptr<const WebSecurity> security) {
  const std::lock_guard lock(mutex_);
  if (security->file.rate_limit != limiter_.limit()) {
    limiter_ = RateLimiter(security->file.rate_limit);
  }
  security_ = std::move(security);
}

std::optional<Reply> Gate::stop(const RequestHead& head, Visitor& visitor, RateLimiter::Time now) {
  if (!within_rate(now)) return too_many("too many requests\n");
  const auto current = security();
  if (current->file.users.empty()) return std::nullopt;
  const auto given = head.authorization ? parse_basic(*head.authorization) : std::nullopt;
  auto verdict = BasicAuth::Verdict::refused;
  if (given) verdict = basic_auth_.check(current->file.users, *given, visitor.source, now);
  if (verdict == BasicAuth::Verdict::busy) {
    return held(too_many("too many passwords at once\n"));
  }
  if (verdict == BasicAuth::Verdict::refused) {
    Reply reply = refused(401, "unauthorized\n",
                          {"WWW-Authenticate", R"(Basic realm="wgaudit", charset="UTF-8")"});
    return given ? held(std::move(reply)) : reply;  // a browser asks without one first
  }
  visitor.authenticated = true;
  return std::nullopt;
}

void Gate::add_headers(Reply& reply) const {
  const auto current = security();
  for (const auto& header : current->file.headers) {
    const bool own = std::ranges::any_of(
        reply.headers, [&](const auto& one) { return one.first == header.first; });
    if (!own) reply.headers.push_back(header);
  }
}

std::shared_ptr<const WebSecurity> Gate::security() const {
  const std::lock_guard lock(mutex_);
  return security_;
}

bool Gate::within_rate(RateLimiter::Time now) {
  const std::lock_guard lock(mutex_);
  return limiter_.allow(now);
}

}  // namespace wgaudit
