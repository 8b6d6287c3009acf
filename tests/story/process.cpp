#include "tests/story/process.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "exporter/sinks/segment_directory.hpp"

namespace wgaudit::test {

void StoryProcess::fill_disk(bool full) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = full ? 1 : limit.rlim_max;
  setrlimit(RLIMIT_FSIZE, &limit);
}

void StoryProcess::start(const Now& now, const JudgeContext& context) {
  now_ = now;
  const auto tail = written_tail(segments());
  ASSERT_TRUE(tail) << tail.error().message();
  store_ = std::make_unique<Store>((root_ / "state").string());
  auto opened = store_->open(*tail, now);
  ASSERT_TRUE(opened) << opened.error().error.message();
  ASSERT_FALSE(opened->replaced) << opened->replaced->message();
  memory_ = std::move(opened->memory);
  const bool told = memory_.program.inventory_sha256 == context.inventory->sha256;
  memory_.inventory = told ? context.inventory : nullptr;
  FileSinkOptions options;
  options.directory = segments();
  options.origin = {"gw1", "host", "", "1"};
  options.now = [this] { return now_.wall; };
  options.max_segment_bytes = 40'000;
  sink_ = std::make_unique<FileSink>(std::move(options));
  const auto batch = store_->read_after(0, 1);
  ASSERT_TRUE(batch);
  delivered_ = sink_->resume(batch->installation, store_->cursor("file"));
}

View StoryProcess::poll(Observation observation, const JudgeContext& context, const Now& now,
                        Death death) {
  now_ = now;
  Step step = judge(memory_, std::move(observation), context, now, store_->outbox());
  View view = std::move(step.view);
  memory_.observe(step.delta);
  if (death == Death::before_commit) return die(), view;
  const bool stored = store_->commit(step, now);
  committed += stored && step.tells();
  if (death == Death::after_commit) return die(), view;
  stored ? memory_.apply(std::move(step.delta)) : memory_.learn(std::move(step.delta));
  if (death == Death::before_delivery) return die(), view;
  deliver(death);
  if (death != Death::none) die();
  return view;
}

void StoryProcess::write_learned(const Now& now) {
  (void)store_->write_learned(memory_, 0, 1, now);
}

void StoryProcess::deliver(Death death) {
  for (;;) {
    const auto batch = store_->read_after(delivered_, 7);
    if (!batch || batch->events.empty()) return;
    if (const auto told = sink_->deliver(*batch); !told) {
      delivered_ = std::max(delivered_, told.error().delivered);
      return;
    }
    if (death == Death::torn_line) return tear();
    delivered_ = batch->events.back().sequence;
    if (death == Death::before_advance) return;
    (void)store_->advance("file", delivered_);
  }
}

// As if the power had gone before the last bytes of the batch were written.
void StoryProcess::tear() {
  const auto directory = SegmentDirectory::open_to_read(segments());
  ASSERT_TRUE(directory && *directory);
  const auto names = (*directory)->segments();
  ASSERT_TRUE(names && !names->empty());
  const std::filesystem::path newest = std::filesystem::path(segments()) / to_string(names->back());
  const auto size = std::filesystem::file_size(newest);
  // From the line end alone to most of the line.
  std::filesystem::resize_file(newest, size - 1 - memory_.program.sequence * 37 % 700);
}

void StoryProcess::die() {
  sink_.reset();
  store_.reset();
}

}  // namespace wgaudit::test
