// The end of a process whose threads may hang in a disk.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>

namespace wgaudit {

// A thread of its own ends the process at that time, as it stands, unless it has ended by then:
// all that is promised is on the disk already. What waits for a disk can be neither woken nor
// joined.
void leave_at(std::chrono::steady_clock::time_point time, std::function<int()> exit_code);

// Why the daemon stops: the first reason counts. What fails while it stops, for a signal too, is no
// reason to be started anew. Any thread.
class StopReason {
 public:
  // Whether it is the first; `text` has to last.
  bool note(const char* text) {
    const char* none = nullptr;
    return text_.compare_exchange_strong(none, text);
  }
  // REQUIRES: note() was called.
  [[nodiscard]] const char* text() const { return text_; }

 private:
  std::atomic<const char*> text_ = nullptr;
};

}  // namespace wgaudit
