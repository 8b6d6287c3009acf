// Lines on their way to a descriptor that takes as much of them as it likes. What is begun is never
// made anew: the rest of a line is the rest of the very same bytes. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace wgaudit {

class WaitingLines {
 public:
  struct Line {
    std::size_t size = 0;  // with its line end
    std::uint64_t sequence = 0;
    std::string hash{};
  };

  // The line end is put here.
  void add(std::string_view line, std::uint64_t sequence, std::string hash = {}) {
    bytes_.append(line).push_back('\n');
    lines_.push_back({line.size() + 1, sequence, std::move(hash)});
  }
  // What is not written yet.
  [[nodiscard]] std::string_view rest() const { return std::string_view(bytes_).substr(begun_); }
  void wrote(std::size_t bytes) { begun_ += bytes; }
  // Forgets the lines that are wholly written, and says which.
  [[nodiscard]] std::vector<Line> take_written() {
    std::vector<Line> written;
    std::size_t size = 0;
    while (!lines_.empty() && size + lines_.front().size <= begun_) {
      size += lines_.front().size;
      written.push_back(std::move(lines_.front()));
      lines_.pop_front();
    }
    bytes_.erase(0, size);
    begun_ -= size;
    return written;
  }
  // What is written of the line that is begun. REQUIRES, as what follows: take_written() before it.
  [[nodiscard]] std::string_view fragment() const {
    return std::string_view(bytes_).substr(0, begun_);
  }
  // Forgets all but the line that is begun, which nobody waits for any more.
  void keep_begun() {
    lines_.resize(begun_ > 0 ? 1 : 0);
    bytes_.resize(begun_ > 0 ? lines_.front().size : 0);
    for (Line& line : lines_) line.sequence = 0;
  }

 private:
  std::string bytes_;      // from the first byte of the first line that is not wholly written
  std::size_t begun_ = 0;  // bytes of it that are written
  std::deque<Line> lines_;
};

}  // namespace wgaudit
