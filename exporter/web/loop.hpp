// The one thread that touches sockets: it accepts, reads heads, sends answers, and hands each
// complete request to the workers. A slow client costs it a slot of a table, never a thread.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "exporter/web/connection.hpp"
#include "exporter/web/visitor.hpp"
#include "exporter/web/workers.hpp"

namespace wgaudit {

inline constexpr std::size_t kMaxConnections = 256;
inline constexpr std::size_t kMaxWorkers = 40;
inline constexpr std::chrono::seconds kStopTime{1};

class Loop {
 public:
  // Called by workers. `last`: the connection is closed after it.
  using Answerer =
      std::function<Answer(const RequestHead& head, const Visitor& visitor, bool last)>;

  // `max_requests`: that are answered or sent at once, 0: no limit but that of connections.
  Loop(std::vector<Socket> listeners, unsigned max_requests, Answerer answerer);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run();   // until stop(), and then until requests under way are answered, at most kStopTime
  void stop();  // from any thread

 private:
  using Id = std::uint64_t;
  using Connections = std::map<Id, Connection>;  // by age

  void wait(SteadyTime now);
  void accept_from(int listener, SteadyTime now);
  [[nodiscard]] bool make_room();
  void expire(SteadyTime now);
  void advance(Id id, Connection& connection, SteadyTime now);
  void dispatch(Id id, Connection& connection, SteadyTime now);
  [[nodiscard]] bool admit(SteadyTime now);
  void deliver(SteadyTime now);
  void stop_accepting();
  [[nodiscard]] int milliseconds_to_wait(SteadyTime now) const;
  void wake() const;

  std::vector<Socket> listeners_;
  const unsigned max_requests_;
  const Answerer answerer_;
  Socket wake_;
  std::atomic<bool> stopping_ = false;
  SteadyTime stop_by_ = SteadyTime::max();
  SteadyTime accept_again_{};  // after running out of descriptors
  Connections connections_;
  Id next_id_ = 0;
  std::mutex mutex_;  // guards answers_
  std::vector<std::pair<Id, Answer>> answers_;
  Workers workers_;  // last: joined before what its tasks use goes
};

}  // namespace wgaudit
