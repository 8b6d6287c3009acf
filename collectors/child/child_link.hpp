// The parent's end of the socket pair, and the process that answers at the other end.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "collectors/child/wire.hpp"
#include "collectors/model/device.hpp"

namespace wgaudit {

class ChildLink {
 public:
  // Takes both over: the socket, and the child that was forked with the other end.
  ChildLink(int socket, pid_t child);
  ~ChildLink();  // closes the socket and waits for the child, not for long
  ChildLink(const ChildLink&) = delete;
  ChildLink& operator=(const ChildLink&) = delete;

  enum class Outcome {
    answered,
    replaced,   // another child answers from now on, and was not asked yet
    silent,     // the deadline passed
    malformed,  // a message that breaks the rules: see why()
    gone,       // no child is left
  };
  // Until a child has said that it answers.
  [[nodiscard]] Outcome wait_for_hello(BootTime deadline);
  // Takes note of what came since the last request.
  void catch_up();
  // Asks once and puts the answer into `observation`.
  [[nodiscard]] Outcome ask(const Request& request, BootTime deadline, Observation& observation);
  // Kills the child that answers, so that its spare takes over.
  void kill_child();

  [[nodiscard]] pid_t pid() const { return child_; }
  [[nodiscard]] const std::string& why() const { return why_; }
  [[nodiscard]] const std::string& last_death() const { return last_death_; }
  // Whether a child was replaced since this was last asked.
  [[nodiscard]] bool take_replaced();

 private:
  [[nodiscard]] Outcome receive(BootTime deadline);  // answered: a message is in buffer_
  [[nodiscard]] MessageView message() const { return {buffer_.data(), received_}; }
  [[nodiscard]] bool adopt(pid_t child);
  void reap(Duration patience);

  int socket_;
  pid_t child_;
  bool said_hello_ = false;
  bool replaced_ = false;
  std::vector<std::byte> buffer_;
  std::size_t received_ = 0;
  std::string why_, last_death_;
};

}  // namespace wgaudit
