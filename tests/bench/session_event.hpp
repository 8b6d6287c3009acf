// The event that benches make many of: a session that starts, with all that is known of its peer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audit/judge.hpp"
#include "tests/bench/numbered_key.hpp"

namespace wgaudit::bench {

// The next event of the step.
inline void add_session_event(Step& step, const Key& key, const Now& now) {
  Event event = make_event(Action::session_started, now.wall);
  event.sequence = ++step.delta.program.sequence;
  event.observed_after = now.wall - std::chrono::seconds(5);
  event.interface = "wg0";
  event.public_key = key;
  event.facts = {{Field::peer_allowed_ips, std::vector<std::string>{"10.10.0.2/32", "fd00::2/128"}},
                 {Field::peer_last_handshake, now.wall},
                 {Field::principal_name, std::string("alice@example.org")},
                 {Field::principal_kind, std::string("user")},
                 {Field::principal_device, std::string("alice-mbp")},
                 {Field::principal_role, std::string("laptop")},
                 {Field::session_id, SessionRef{event.sequence}},
                 {Field::session_idle_before_seconds, std::int64_t{86'400}},
                 {Field::source_ip, std::string("198.51.100.7")},
                 {Field::source_port, std::int64_t{51'820}},
                 {Field::gateway_name, std::string("gw1")}};
  step.events.push_back(std::move(event));
}

}  // namespace wgaudit::bench
