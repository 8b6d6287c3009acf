// One connection: what of a request is there, what of an answer is not yet sent, and until when.
// Every call returns at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>

#include "exporter/web/channel.hpp"
#include "exporter/web/head.hpp"
#include "exporter/web/reply.hpp"
#include "exporter/web/visitor.hpp"

namespace wgaudit {

using SteadyTime = std::chrono::steady_clock::time_point;

inline constexpr std::chrono::seconds kHandshakeTime{5};  // of TLS
inline constexpr std::chrono::seconds kIdleTime{60};      // between requests
inline constexpr std::chrono::seconds kReadTime{5};    // from the first byte of a head to its last
inline constexpr std::chrono::seconds kWriteTime{15};  // of an answer
inline constexpr std::chrono::seconds kLingerTime{1};  // for the client to read a refusal
inline constexpr std::size_t kLingerBytes = 256 * 1024;  // that it may still send meanwhile
inline constexpr unsigned kRequestsPerConnection = 100;

class WebConnection {
 public:
  enum class State : std::uint8_t {
    shaking,    // hands: TLS
    reading,    // a request, or waiting for one
    ready,      // a head is there: take_head()
    answering,  // taken; begin_answer() is awaited
    holding,    // an answer, until it may be sent
    writing,
    lingering,  // the last answer is sent; closing now would reset it away from the client
    done,       // to be destroyed
  };

  WebConnection(Channel channel, std::optional<ClientSource> source, SteadyTime now);
  [[nodiscard]] int fd() const { return channel_.fd(); }
  [[nodiscard]] const TlsContext* tls() const { return channel_.tls(); }
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] SteadyTime deadline() const { return deadline_; }
  [[nodiscard]] SteadyTime since() const { return since_; }  // the last progress
  // REQUIRES: state writing.
  [[nodiscard]] SteadyTime sending_since() const { return deadline_ - kWriteTime; }
  [[nodiscard]] std::string_view body() const { return answer_.bytes(); }  // likewise
  [[nodiscard]] const Visitor& visitor() const { return visitor_; }        // before any password
  // In a handshake: a message of the client was taken, it is not one that only connected.
  [[nodiscard]] bool was_greeted() const { return greeted_; }
  // Costs nothing but its socket: may be closed to make room.
  [[nodiscard]] bool is_waiting() const {
    return state_ == State::shaking || state_ == State::reading || state_ == State::holding ||
           state_ == State::lingering;
  }
  // No further request after the one under way.
  [[nodiscard]] bool is_last() const { return served_ >= kRequestsPerConnection; }
  [[nodiscard]] short poll_events() const;
  [[nodiscard]] std::size_t held_bytes() const { return input_.size(); }  // of a request

  void on_ready(SteadyTime now);    // the socket is ready for poll_events()
  void on_timeout(SteadyTime now);  // the deadline has passed
  // REQUIRES: state ready. What a client got wrong is answered here; then the state has changed.
  [[nodiscard]] std::expected<RequestHead, int> take_head();
  void begin_answer(Answer answer, SteadyTime now);

 private:
  void shake_hands(SteadyTime now);
  void receive(SteadyTime now);
  void look_for_head(SteadyTime now);
  void send(SteadyTime now);
  void send_more(SteadyTime now);
  void after_answer(SteadyTime now);
  void drain();

  Channel channel_;
  State state_;
  Visitor visitor_;
  SteadyTime since_, deadline_;
  std::string input_;
  std::size_t scanned_ = 0, head_size_ = 0, drained_ = 0;
  bool greeted_ = false;
  bool head_only_ = false;  // the request is a HEAD, whatever else is wrong with it
  bool begun_ = true;       // whether deadline_ is that of a request; of a new connection it is
  unsigned served_ = 0;
  Answer answer_;
  std::size_t sent_ = 0;
};

}  // namespace wgaudit
