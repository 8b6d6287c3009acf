// Blocks of lines, hashed and scanned by several threads, taken in the order in which they were
// put: the hash of a line is a function of that line alone.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "exporter/verify/chain_checker.hpp"
#include "exporter/verify/line_reader.hpp"

namespace wgaudit {

struct ScannedBlock {
  std::size_t file = 0;  // of the caller
  std::string error;     // of the caller: it could not be read further
  Block block;
  std::vector<ScannedLine> lines;  // what they point to is the block's
  bool begun = false, done = false;
};

// The lines of a block. Pure.
void scan_block(ScannedBlock& block, bool deep);

// One thread puts and takes.
class LinePipeline {
 public:
  LinePipeline(unsigned threads, bool deep);  // 0: all is done by put()
  ~LinePipeline();
  LinePipeline(const LinePipeline&) = delete;
  LinePipeline& operator=(const LinePipeline&) = delete;

  // So many are worth having under way; more take memory alone.
  [[nodiscard]] bool is_full() const { return blocks_.size() >= 2 * threads_.size() + 1; }
  [[nodiscard]] bool is_empty() const { return blocks_.empty(); }
  void put(std::unique_ptr<ScannedBlock> block);
  // The oldest, when it is scanned. REQUIRES: it is not empty.
  [[nodiscard]] std::unique_ptr<ScannedBlock> take();

 private:
  void run();

  const bool deep_;
  std::mutex mutex_;
  std::condition_variable wanted_, done_;
  // Written under the mutex by the one thread that puts and takes.
  std::deque<std::unique_ptr<ScannedBlock>> blocks_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace wgaudit
