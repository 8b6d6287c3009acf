#include "exporter/verify/line_pipeline.hpp"

#include <algorithm>
#include <utility>

#include "exporter/codec/event_check.hpp"
#include "exporter/codec/event_json.hpp"
#include "exporter/verify/fixed_places.hpp"

namespace wgaudit {
namespace {

ScannedLine scan_line(std::string_view text, bool ended, bool deep) {
  ScannedLine line;
  line.size = text.size();
  line.hash = sha256(text);
  line.ended = ended;
  if (text.size() > kMaxLineBytes) return line;
  line.text = text;
  line.own = deep ? read_own_line(text) : read_fixed_places(text);
  if (deep && line.own) line.problem = check_event_line(text);
  return line;
}

}  // namespace

void scan_block(ScannedBlock& block, bool deep) {
  if (block.block.is_long_line) {
    ScannedLine line;
    line.size = block.block.size;
    line.hash = block.block.hash;
    line.ended = block.block.ended;
    block.lines.push_back(std::move(line));
    return;
  }
  std::string_view rest = block.block.bytes;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const bool ended = end != std::string_view::npos;
    block.lines.push_back(scan_line(rest.substr(0, end), ended, deep));
    rest.remove_prefix(ended ? end + 1 : rest.size());
  }
}

LinePipeline::LinePipeline(unsigned threads, bool deep) : deep_(deep) {
  try {
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
  } catch (const std::system_error&) {  // TasksMax: those there are, or who puts
  }
}

LinePipeline::~LinePipeline() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wanted_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void LinePipeline::put(std::unique_ptr<ScannedBlock> block) {
  if (threads_.empty()) {
    scan_block(*block, deep_);
    block->begun = block->done = true;
  }
  {
    const std::scoped_lock lock(mutex_);
    blocks_.push_back(std::move(block));
  }
  wanted_.notify_one();
}

std::unique_ptr<ScannedBlock> LinePipeline::take() {
  std::unique_lock lock(mutex_);
  done_.wait(lock, [&] { return blocks_.front()->done; });
  auto block = std::move(blocks_.front());
  blocks_.pop_front();
  return block;
}

void LinePipeline::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto next = std::ranges::find(blocks_, false, [](const auto& b) { return b->begun; });
    if (next == blocks_.end()) {
      if (stopping_) return;
      wanted_.wait(lock);
      continue;
    }
    ScannedBlock& block = **next;
    block.begun = true;
    lock.unlock();
    scan_block(block, deep_);
    lock.lock();
    block.done = true;
    done_.notify_one();
  }
}

}  // namespace wgaudit
