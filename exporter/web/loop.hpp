// The one thread that touches sockets: it accepts, reads heads, sends answers, and hands each
// complete request to the workers. A slow client costs it a slot of a table, never a thread.
#pragma once

#include <poll.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "exporter/web/connection.hpp"
#include "exporter/web/visitor.hpp"
#include "exporter/web/workers.hpp"

namespace wgaudit {

inline constexpr std::size_t kMaxConnections = 768;  // fewer where descriptors are short
inline constexpr std::size_t kMaxOfOneSource = 64;   // this host is no source (source.hpp)
inline constexpr std::size_t kMaxHandshakes = 256;
inline constexpr std::size_t kMaxHeldBytes = 4U << 20U;  // of unfinished heads, together
inline constexpr std::size_t kMaxWorkers = 40;
inline constexpr std::chrono::seconds kStopTime{1};

// At most kMaxConnections, and so few that the rest of the program has descriptors left.
[[nodiscard]] std::size_t connections_for_descriptors();

class Loop {
 public:
  // Called by workers. `last`: the connection is closed after it.
  using Answerer =
      std::function<Answer(const RequestHead& head, const Visitor& visitor, bool last)>;

  // `max_requests`: that are answered or sent at once, 0: no limit but that of connections. `tls`:
  // null for plain HTTP.
  Loop(std::vector<Socket> listeners, unsigned max_requests, std::shared_ptr<const TlsContext> tls,
       Answerer answerer);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run();   // until stop(), and then until requests under way are answered, at most kStopTime
  void stop();  // from any thread
  // From any thread: for connections from now on. One of before ends after its next answer.
  void use_tls(std::shared_ptr<const TlsContext> tls);

 private:
  using Id = std::uint64_t;
  using Connections = std::map<Id, WebConnection>;  // by age
  using Which = std::function<bool(const WebConnection&)>;

  void wait(SteadyTime now);
  void survey(SteadyTime now);
  void serve_ready(SteadyTime now);
  void accept_from(int listener, SteadyTime now);
  void take_in(Socket socket, const std::optional<ClientSource>& source, SteadyTime now);
  [[nodiscard]] bool make_room(const Which& among);
  [[nodiscard]] bool make_room_for_handshake(const Which& of_source);
  [[nodiscard]] bool has_room_for(const std::optional<ClientSource>& source);
  [[nodiscard]] std::size_t count(const Which& which) const;
  void shed_held_bytes(SteadyTime now);
  void expire(SteadyTime now);
  void advance(Id id, WebConnection& connection, SteadyTime now);
  void dispatch(Id id, WebConnection& connection, SteadyTime now);
  [[nodiscard]] bool admit(SteadyTime now);
  void deliver(SteadyTime now);
  void stop_accepting();
  [[nodiscard]] int milliseconds_to_wait(SteadyTime now) const;
  void wake() const;

  std::vector<Socket> listeners_;
  const unsigned max_requests_;
  const std::size_t max_connections_;
  const Answerer answerer_;
  Socket wake_;
  std::atomic<bool> stopping_ = false;
  SteadyTime stop_by_ = SteadyTime::max();
  SteadyTime accept_again_{};              // after running out of descriptors
  std::shared_ptr<const TlsContext> tls_;  // as deliver() found it last
  static constexpr Id kNoConnection = ~Id{0};
  // As survey() found it last: what to poll(2) for, whose it is, and what is due first.
  std::vector<pollfd> polled_;
  std::vector<Id> ids_;
  SteadyTime first_deadline_ = SteadyTime::max();
  std::size_t held_bytes_ = 0;
  Connections connections_;
  Id next_id_ = 0;
  std::mutex mutex_;  // guards answers_ and next_tls_
  std::shared_ptr<const TlsContext> next_tls_;
  std::vector<std::pair<Id, Answer>> answers_;
  Workers workers_;  // last: joined before what its tasks use goes
};

}  // namespace wgaudit
