// The bounds of the loop on what connections cost together, and who goes when one is reached.
#include <sys/resource.h>

#include <algorithm>
#include <set>

#include "exporter/web/loop.hpp"

namespace wgaudit {
namespace {

// Descriptors that the rest of the program needs.
constexpr rlim_t kOtherDescriptors = 192;
constexpr rlim_t kFewest = 16;
// An answer that is sent for so long gives way to a request that finds no place.
constexpr std::chrono::milliseconds kLongAnswer{1000};
// And where all that are sent are more than this, and than so many of the largest.
constexpr std::size_t kMaxAnswerBytes = std::size_t{64} << 20U, kMaxLargestAnswers = 3;

bool is_shaking(const WebConnection& connection) {
  return connection.state() == WebConnection::State::shaking;
}

bool is_busy(const WebConnection& connection) {
  return connection.state() == WebConnection::State::answering ||
         connection.state() == WebConnection::State::writing;
}

}  // namespace

std::size_t connections_for_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kMaxConnections;
  const rlim_t left = limit.rlim_cur - std::min(limit.rlim_cur, kOtherDescriptors);
  return std::clamp<rlim_t>(left, kFewest, kMaxConnections);
}

std::size_t Loop::count(const Which& which) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(connections_, [&](const auto& entry) { return which(entry.second); }));
}

// The one that waits longest goes: who sends a request at once is served before that. One of the
// same source where that is over its bound, and where handshakes are.
bool Loop::has_room_for(const std::optional<ClientSource>& source) {
  const auto of_source = [&](const WebConnection& one) {
    return source && one.visitor().source == source;
  };
  if (source && count(of_source) >= kMaxOfOneSource) return make_room(of_source);
  if (tls_ != nullptr && count(is_shaking) >= kMaxHandshakes)
    return make_room_for_handshake(of_source);
  const auto anyone = [](const WebConnection&) { return true; };
  return connections_.size() < max_connections_ || make_room(anyone);
}

// First those that only connected: who is in the middle of it would be lost to them, however quick.
// But not for ever: where most are in the middle of it, the one that is there longest.
bool Loop::make_room_for_handshake(const Which& of_source) {
  const auto greeted = [](const WebConnection& one) {
    return is_shaking(one) && one.was_greeted();
  };
  const bool wanted = count(greeted) > kMaxHandshakes / 2;
  const auto first = [&](const WebConnection& one) {
    return is_shaking(one) && one.was_greeted() == wanted;
  };
  const auto both = [&](const WebConnection& one) { return first(one) && of_source(one); };
  return make_room(both) || make_room(first) || make_room(is_shaking);
}

// `asking`: how many of those that count as busy wait for a place.
bool Loop::has_place(std::size_t asking) const {
  return max_requests_ == 0 || count(is_busy) < max_requests_ + asking;
}

// False: none is sent for long.
bool Loop::end_longest_answer(SteadyTime now) {
  auto longest = connections_.end();
  for (auto it = connections_.begin(); it != connections_.end(); ++it) {
    if (it->second.state() != WebConnection::State::writing) continue;
    if (now - it->second.sending_since() < kLongAnswer) continue;
    if (longest == connections_.end() ||
        it->second.sending_since() < longest->second.sending_since()) {
      longest = it;
    }
  }
  if (longest == connections_.end()) return false;
  longest->second.on_timeout(now);
  first_deadline_ = now;  // expire() erases it: advance() may hold references
  return true;
}

// A page that is read slowly stays while others take its place: each poll makes another.
void Loop::shed_answers(SteadyTime now) {
  const auto is_too_much = [&] {
    std::set<const void*> seen;  // a page that many are sent is there once
    std::size_t bytes = 0, largest = 0;
    for (const auto& [id, client] : connections_) {
      if (client.state() != WebConnection::State::writing) continue;
      const std::string_view body = client.body();
      if (!seen.insert(body.data()).second) continue;
      bytes += body.size();
      largest = std::max(largest, body.size());
    }
    return bytes > std::max(kMaxAnswerBytes, kMaxLargestAnswers * largest);
  };
  while (is_too_much() && end_longest_answer(now)) {
  }
}

bool Loop::make_room(const Which& among) {
  auto oldest = connections_.end();
  for (auto it = connections_.begin(); it != connections_.end(); ++it) {
    if (!it->second.is_waiting() || !among(it->second)) continue;
    if (oldest == connections_.end() || it->second.since() < oldest->second.since()) oldest = it;
  }
  if (oldest == connections_.end()) return false;
  drop(oldest);
  return true;
}

// Hundreds of connections with all but the last byte of a large head. False: no head is left.
bool Loop::shed_held_bytes(SteadyTime now) {
  auto largest = connections_.end();
  for (auto it = connections_.begin(); it != connections_.end(); ++it) {
    if (it->second.state() != WebConnection::State::reading) continue;
    if (largest == connections_.end() || it->second.held_bytes() > largest->second.held_bytes()) {
      largest = it;
    }
  }
  if (largest == connections_.end() || largest->second.held_bytes() == 0) return false;
  largest->second.begin_answer(refusal(503), now);
  advance(largest->first, largest->second, now);
  return true;
}

}  // namespace wgaudit
