// Signals as values: blocked in every thread, read by the main one (signalfd(2)).
#pragma once

#include "collectors/model/time.hpp"

namespace wgaudit {

enum class Signal { reload, stop, none };

class Signals {
 public:
  // Blocks SIGHUP, SIGINT and SIGTERM, ignores SIGPIPE. REQUIRES: no other thread yet.
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Waits for the next one; `none` when the time limit passes before.
  [[nodiscard]] Signal wait(Duration time_limit);

 private:
  int fd_;
};

}  // namespace wgaudit
