// kill -9 while batches are written.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <atomic>
#include <csignal>
#include <ctime>
#include <random>

#include "tests/sinks/file_sink_fixture.hpp"

namespace wgaudit::test {
namespace {

// Of both processes: what the daemon's database would hold.
struct Shared {
  std::atomic<std::uint64_t> cursor;
};

[[noreturn]] void write_until_killed(FileSinkOptions options, Shared& shared, int resumed,
                                     unsigned seed) {
  options.max_segment_bytes = 300'000;
  std::minstd_rand random(seed);
  FileSink one(std::move(options));
  std::uint64_t position = one.resume(kInstallation, shared.cursor.load());
  if (write(resumed, "", 1) != 1) _exit(1);
  for (;;) {
    const std::uint64_t count = 1 + random() % 200;
    if (!one.deliver(batch(position + 1, count))) _exit(1);
    position += count;
    shared.cursor.store(position);
  }
}

void sleep_for(std::chrono::microseconds time) {
  const timespec duration{0, std::chrono::nanoseconds{time}.count()};
  nanosleep(&duration, nullptr);
}

TEST_F(FileSinkTest, KilledAtAnyMomentNothingIsLostOrDoubled) {
  void* const memory =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto& shared = *new (memory) Shared{};
  std::minstd_rand random(7);
  int resumed[2];
  ASSERT_EQ(pipe2(resumed, O_CLOEXEC), 0);
  const Descriptor read_end(resumed[0]), write_end(resumed[1]);
  // At least; more, and longer ones, on a machine that has other work.
  for (unsigned round = 0; round < 50 || (shared.cursor.load() <= 50 && round < 500); ++round) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) write_until_killed(options(), shared, write_end.fd(), round);
    // Some while they read what is there, most while they write.
    char byte = 0;
    if (round % 5 != 0) ASSERT_EQ(read(read_end.fd(), &byte, 1), 1);
    sleep_for(std::chrono::microseconds{random() % (20'000 * (1 + round / 50))});
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself in round " << round;
    const auto tail = written_tail(directory().string());
    ASSERT_TRUE(tail);
    EXPECT_GE(tail->value_or(WrittenTail{}).sequence, shared.cursor.load());
  }
  const std::uint64_t last = run(1) + 1;
  RecordProperty("events", static_cast<int>(last));
  EXPECT_GT(last, 50U);
  expect_whole(last);
  munmap(memory, sizeof(Shared));
}

}  // namespace
}  // namespace wgaudit::test
