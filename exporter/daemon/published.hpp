// One value that one thread replaces and many read. Readers keep the old one alive while they need
// it. (libstdc++ 12's std::atomic<std::shared_ptr> fails ThreadSanitizer.)
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace wgaudit {

template <typename T>
class Published {
 public:
  [[nodiscard]] std::shared_ptr<const T> load() const {
    const std::scoped_lock lock(mutex_);
    return value_;
  }
  void store(std::shared_ptr<const T> value) {
    const std::scoped_lock lock(mutex_);
    value_.swap(value);  // the old one is destroyed by `value`, after the lock
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace wgaudit
