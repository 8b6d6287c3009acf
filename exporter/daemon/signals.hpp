// Signals as values: blocked in every thread, read by the main one (signalfd(2)).
#pragma once

namespace wgaudit {

enum class Signal { reload, stop };

class Signals {
 public:
  // Blocks SIGHUP, SIGINT and SIGTERM, ignores SIGPIPE. REQUIRES: no other thread yet.
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Waits for the next one.
  [[nodiscard]] Signal wait();

 private:
  int fd_;
};

}  // namespace wgaudit
