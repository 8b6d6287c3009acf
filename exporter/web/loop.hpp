// The one thread that touches sockets: it accepts, reads heads, sends answers, and hands each
// complete request to the workers. A slow client costs it a slot of a table, never a thread.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "exporter/web/connection.hpp"
#include "exporter/web/visitor.hpp"
#include "exporter/web/watch.hpp"
#include "exporter/web/workers.hpp"

namespace wgaudit {

inline constexpr std::size_t kMaxConnections = 768;  // fewer where descriptors are short
inline constexpr std::size_t kMaxOfOneSource = 64;   // this host is no source (client_source.hpp)
inline constexpr std::size_t kMaxHandshakes = 256;
inline constexpr std::size_t kMaxHeldBytes = 4U << 20U;  // of unfinished heads, together
inline constexpr std::size_t kMaxWorkers = 40;
inline constexpr std::size_t kMaxQueued = 64;  // requests that wait until they may be answered
inline constexpr std::chrono::seconds kQueueTime{1};  // for so long
inline constexpr std::chrono::seconds kStopTime{1};

// At most kMaxConnections, and so few that the rest of the program has descriptors left.
[[nodiscard]] std::size_t connections_for_descriptors();

class Loop {
 public:
  // Called by workers. `last`: the connection is closed after it.
  using Answerer =
      std::function<Answer(const RequestHead& head, const Visitor& visitor, bool last)>;

  // `max_requests`: that are answered or sent at once, 0: no limit but that of connections. More
  // wait for a second, or until one that is sent for longer gives way. `tls`: null for plain HTTP.
  Loop(std::vector<Socket> listeners, unsigned max_requests, std::shared_ptr<const TlsContext> tls,
       Answerer answerer);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run();   // until stop(), and then until requests under way are answered, at most kStopTime
  void stop();  // from any thread
  // From any thread: for connections from now on. One of before ends after its next answer.
  void use_tls(std::shared_ptr<const TlsContext> tls);

 private:
  using Id = Watch::Tag;
  // With what the loop noted of it last: settle().
  struct Client : WebConnection {
    using WebConnection::WebConnection;
    short watched = 0;
    std::size_t counted_bytes = 0;
  };
  using Connections = std::map<Id, Client>;  // by age
  using Which = std::function<bool(const WebConnection&)>;
  struct Queued {
    Id id;
    RequestHead head;
    SteadyTime until;
  };

  void wait(SteadyTime now);
  [[nodiscard]] bool listen(bool on);
  void serve_ready(std::span<const Id> ready, SteadyTime now);
  void accept_from(int listener, SteadyTime now);
  void take_in(Socket socket, const std::optional<ClientSource>& source, SteadyTime now);
  [[nodiscard]] bool make_room(const Which& among);
  [[nodiscard]] bool make_room_for_handshake(const Which& of_source);
  [[nodiscard]] bool has_room_for(const std::optional<ClientSource>& source);
  [[nodiscard]] std::size_t count(const Which& which) const;
  [[nodiscard]] bool shed_held_bytes(SteadyTime now);
  void expire(SteadyTime now);
  void advance(Id id, Client& connection, SteadyTime now);
  [[nodiscard]] bool settle(Id id, Client& connection);
  void drop(Connections::iterator gone);
  void dispatch(Id id, WebConnection& connection, SteadyTime now);
  void start(Id id, WebConnection& connection, RequestHead head, SteadyTime now);
  [[nodiscard]] bool has_place(std::size_t asking) const;
  bool end_longest_answer(SteadyTime now);
  void shed_answers(SteadyTime now);
  void start_queued(SteadyTime now);
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
  // Tags: of wake_, of the first listener and those behind it, of connections.
  static constexpr Id kWake = 0, kFirstListener = 1, kFirstConnection = Id{1} << 32U;
  Watch watch_;
  bool listening_ = false;
  // No connection has a deadline before it; it may be of one that is gone, or has another by now.
  SteadyTime first_deadline_ = SteadyTime::max();
  std::size_t held_bytes_ = 0;  // of all connections
  Connections connections_;
  std::deque<Queued> queue_;
  Id next_id_ = kFirstConnection;
  std::mutex mutex_;  // guards answers_ and next_tls_
  std::shared_ptr<const TlsContext> next_tls_;
  std::vector<std::pair<Id, Answer>> answers_;
  Workers workers_;  // last: joined before what its tasks use goes
};

}  // namespace wgaudit
