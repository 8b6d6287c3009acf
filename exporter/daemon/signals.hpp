// Signals as values: blocked in every thread, read by the main one (signalfd(2)).
#pragma once

#include <vector>

#include "collectors/model/time.hpp"

namespace wgaudit {

// `readable` is no signal: another descriptor that was waited for can be read.
enum class Signal { reload, stop, readable, none };

class Signals {
 public:
  // Blocks SIGHUP, SIGINT and SIGTERM, ignores SIGPIPE. REQUIRES: no other thread yet.
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Waits for the next one, or until one of `more_fds` can be read (-1: no such); `none` when the
  // time limit passes before. Signals come first.
  [[nodiscard]] Signal wait(Duration time_limit, const std::vector<int>& more_fds = {});

 private:
  int fd_;
};

}  // namespace wgaudit
