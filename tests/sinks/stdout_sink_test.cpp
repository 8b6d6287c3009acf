#include "exporter/sinks/stdout_sink.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "tests/sinks/events.hpp"

namespace wgaudit::test {
namespace {

// The smallest pipe there is, so that one line is not always all of a write.
class StdoutSinkTest : public testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    make_pipe();
  }
  void make_pipe() {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    reader_ = Descriptor(ends[0]);
    writer_ = Descriptor(ends[1]);
    fcntl(writer_.fd(), F_SETPIPE_SZ, 4096);
  }
  // On the same descriptor, as a terminal that comes back.
  void renew_reader() {
    Descriptor old = std::move(writer_);
    make_pipe();
    ASSERT_EQ(dup2(writer_.fd(), old.fd()), old.fd());
    writer_ = std::move(old);
  }
  std::string read_some() {
    char buffer[4096];
    const ssize_t size = read(reader_.fd(), buffer, sizeof buffer);
    return {buffer, size > 0 ? static_cast<std::size_t>(size) : 0};
  }
  std::string read_all() {
    std::string text;
    for (std::string some = read_some(); !some.empty(); some = read_some()) text += some;
    return text;
  }
  static std::string lines(std::uint64_t first, std::uint64_t count) {
    std::string text;
    for (std::uint64_t i = first; i < first + count; ++i) {
      text += to_ecs(event(i), origin(), kInstallation) + '\n';
    }
    return text;
  }

  Descriptor reader_, writer_;
};

TEST_F(StdoutSinkTest, WritesLinesWithoutAChain) {
  std::string got;
  std::thread reader([&] { got = read_all(); });
  {
    StdoutSink one(writer_.fd(), origin());
    EXPECT_EQ(one.resume(kInstallation, std::nullopt), 0U);
    EXPECT_TRUE(one.deliver(batch(1, 300)));
    EXPECT_TRUE(one.deliver(batch(299, 12)));
    writer_ = Descriptor();
  }
  reader.join();
  EXPECT_EQ(got, lines(1, 310));
}

TEST_F(StdoutSinkTest, TheCursorSaysWhereToGoOn) {
  StdoutSink one(writer_.fd(), origin());
  EXPECT_EQ(one.resume(kInstallation, 7), 7U);
  EXPECT_TRUE(one.deliver(batch(7, 2)));
  EXPECT_EQ(read_some(), lines(8, 1));
}

TEST_F(StdoutSinkTest, AReaderThatNeverReadsCannotHoldUpTheStop) {
  StdoutSink one(writer_.fd(), origin());
  (void)one.resume(kInstallation, std::nullopt);
  std::expected<void, Sink::Failure> outcome;
  std::thread thread([&] { outcome = one.deliver(batch(1, 100)); });
  for (int waiting = 0; waiting < 4096; std::this_thread::yield()) {
    ASSERT_EQ(ioctl(reader_.fd(), FIONREAD, &waiting), 0);
  }
  one.interrupt();
  thread.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().error.message(), "cannot write events: standard output: interrupted");
  EXPECT_EQ(outcome.error().delivered, 4096 / lines(1, 1).size());
  EXPECT_FALSE(one.deliver(batch(outcome.error().delivered + 1, 1)));
}

TEST_F(StdoutSinkTest, TheRestOfALineComesBeforeTheNext) {
  StdoutSink one(writer_.fd(), origin());
  (void)one.resume(kInstallation, std::nullopt);
  std::string got;
  std::thread reader([&] {
    got = read_some();  // a page of it, which is no whole number of lines
    reader_ = Descriptor();
  });
  const auto outcome = one.deliver(batch(1, 100));
  reader.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().error.message(), "cannot write events: standard output: closed");
  renew_reader();
  reader = std::thread([&] { got = read_all(); });
  EXPECT_TRUE(one.deliver(batch(outcome.error().delivered + 1, 100)));
  writer_ = Descriptor();  // the end of the text
  reader.join();
  EXPECT_TRUE(lines(1, outcome.error().delivered + 100).ends_with(got));
  EXPECT_GT(got.size(), lines(outcome.error().delivered + 2, 99).size());
}

TEST_F(StdoutSinkTest, AnotherInstallationBeginsAtItsFirstEvent) {
  StdoutSink one(writer_.fd(), origin());
  EXPECT_EQ(one.resume(kInstallation, 7), 7U);
  EXPECT_TRUE(one.deliver(batch(1, 2, kOtherInstallation)));
  EXPECT_EQ(read_some(), to_ecs(event(1), origin(), kOtherInstallation) + '\n' +
                             to_ecs(event(2), origin(), kOtherInstallation) + '\n');
}

TEST_F(StdoutSinkTest, ALineThatIsBegunIsEndedBeforeThoseOfAnotherInstallation) {
  StdoutSink one(writer_.fd(), origin());
  (void)one.resume(kInstallation, std::nullopt);
  std::thread reader([&] {
    (void)read_some();
    reader_ = Descriptor();
  });
  const auto outcome = one.deliver(batch(1, 100));
  reader.join();
  ASSERT_FALSE(outcome);
  renew_reader();
  ASSERT_TRUE(one.deliver(batch(1, 2, kOtherInstallation)));
  const std::string got = read_some();
  const std::string begun = got.substr(0, got.find('\n') + 1);
  EXPECT_TRUE(lines(outcome.error().delivered + 1, 1).ends_with(begun));
  EXPECT_EQ(got.substr(begun.size()), to_ecs(event(1), origin(), kOtherInstallation) + '\n' +
                                          to_ecs(event(2), origin(), kOtherInstallation) + '\n');
}

TEST_F(StdoutSinkTest, AReaderThatIsGoneIsAFailure) {
  StdoutSink one(writer_.fd(), origin());
  (void)one.resume(kInstallation, 4);
  reader_ = Descriptor();
  const auto outcome = one.deliver(batch(5, 1));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().delivered, 4U);
}

TEST(StdoutSink, ADescriptorThatIsNone) {
  StdoutSink one(1000, origin());
  (void)one.resume(kInstallation, std::nullopt);
  EXPECT_EQ(one.deliver(batch(1, 1)).error().error.message(),
            "cannot write events: standard output: no such descriptor");
}

}  // namespace
}  // namespace wgaudit::test
