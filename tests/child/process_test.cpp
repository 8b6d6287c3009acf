#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "collectors/child/collector_process.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

using std::chrono::seconds;
using test::key;
using test::TempDir;

// Dumps alone: they take no privilege.
Targets dumps_of(const TempDir& dir) {
  Targets targets;
  targets.netlink = targets.uapi = false;
  std::string text = "wg0\t(none)\t" + to_string(key("gateway")) + "\t51820\toff\n";
  for (int i = 0; i < 10000; ++i) {
    text += "wg0\t" + to_string(key(std::to_string(i))) +
            "\t(none)\t(none)\t10.0.0.1/32\t0\t0\t0\toff\n";
  }
  targets.dumps = {{dir.write("dump", text), ""}};
  return targets;
}

CollectorProcess started(const Targets& targets) {
  auto process = CollectorProcess::start(targets);
  if (!process) throw std::runtime_error(process.error().message());
  return *std::move(process);
}

std::string status_field(const std::string& pid, const std::string& field) {
  std::ifstream status("/proc/" + pid + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field + ":\t")) return line.substr(field.size() + 2);
  }
  return {};
}

std::vector<pid_t> children() {
  const std::string self = std::to_string(getpid());
  std::ifstream list("/proc/self/task/" + self + "/children");
  std::vector<pid_t> pids;
  for (pid_t pid; list >> pid;) pids.push_back(pid);
  return pids;
}

void expect_whole(const Observation& observation) {
  ASSERT_EQ(observation.sources.size(), 1U);
  EXPECT_EQ(observation.sources[0].status, SourceStatus::complete) << observation.sources[0].why;
  ASSERT_EQ(observation.devices.size(), 1U);
  EXPECT_EQ(observation.devices[0].peers.size(), 10000U);
}

TEST(CollectorProcess, PollsAgainAndAgain) {
  const TempDir dir;
  CollectorProcess process = started(dumps_of(dir));
  for (int i = 0; i < 3; ++i) {
    const auto observation = process.poll(seconds(20));
    expect_whole(observation);
    EXPECT_FALSE(observation.child_restarted);
  }
  EXPECT_EQ(process.last_death(), "");
}

TEST(CollectorProcess, TheParentHoldsNoCapability) {
  const TempDir dir;
  const CollectorProcess process = started(dumps_of(dir));
  for (const char* field : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
    EXPECT_EQ(status_field("self", field), "0000000000000000") << field;
  }
  EXPECT_EQ(status_field("self", "NoNewPrivs"), "1");
}

TEST(CollectorProcess, TheChildIsNamedAndConfined) {
  const TempDir dir;
  const CollectorProcess process = started(dumps_of(dir));
  const std::string pid = std::to_string(process.pid());
  EXPECT_EQ(status_field(pid, "Name"), "wgaudit-collect");
  EXPECT_EQ(status_field(pid, "NoNewPrivs"), "1");
  EXPECT_EQ(status_field(pid, "Umask"), "0077");
#ifndef WGAUDIT_SANITIZED
  EXPECT_EQ(status_field(pid, "Seccomp"), "2");
#endif
}

TEST(CollectorProcess, KillingTheChildCostsNothingButAWord) {
  const TempDir dir;
  CollectorProcess process = started(dumps_of(dir));
  for (int i = 0; i < 20; ++i) {
    const pid_t before = process.pid();
    ASSERT_EQ(kill(before, SIGKILL), 0);
    const auto observation = process.poll(seconds(20));
    expect_whole(observation);
    EXPECT_TRUE(observation.child_restarted);
    EXPECT_NE(process.pid(), before);
    EXPECT_EQ(children(), std::vector<pid_t>{process.pid()});
    EXPECT_EQ(process.last_death(), "killed by signal 9 (SIGKILL)");
  }
  EXPECT_FALSE(process.poll(seconds(20)).child_restarted);
}

TEST(CollectorProcess, SignalsOfTheTerminalDoNotEndTheChild) {
  const TempDir dir;
  CollectorProcess process = started(dumps_of(dir));
  for (const int number : {SIGHUP, SIGINT, SIGTERM}) ASSERT_EQ(kill(process.pid(), number), 0);
  const auto observation = process.poll(seconds(20));
  expect_whole(observation);
  EXPECT_FALSE(observation.child_restarted);
}

// A pipe that nobody writes to: the read never ends.
TEST(CollectorProcess, AChildThatHangsIsReplaced) {
  const TempDir dir;
  Targets targets = dumps_of(dir);
  const std::string good = targets.dumps[0].path;
  const std::string path = (dir.path() / "pipe").string();
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  targets.dumps = {{path, ""}};
  CollectorProcess process = started(targets);
  const pid_t before = process.pid();
  const auto observation = process.poll(std::chrono::milliseconds(100));
  ASSERT_EQ(observation.sources.size(), 1U);
  EXPECT_EQ(observation.sources[0].status, SourceStatus::failed);
  EXPECT_EQ(observation.sources[0].collector, CollectorKind::dump);
  EXPECT_EQ(observation.sources[0].why, "the collector child did not answer in time");
  EXPECT_TRUE(observation.devices.empty());
  EXPECT_TRUE(observation.child_restarted);
  EXPECT_NE(process.pid(), before);
  std::filesystem::remove(path);
  std::filesystem::copy_file(good, path);
  expect_whole(process.poll(seconds(20)));
}

TEST(CollectorProcess, AChildThatIsStoppedIsReplaced) {
  const TempDir dir;
  CollectorProcess process = started(dumps_of(dir));
  ASSERT_EQ(kill(process.pid(), SIGSTOP), 0);
  const auto observation = process.poll(std::chrono::milliseconds(100));
  EXPECT_EQ(observation.sources[0].status, SourceStatus::failed);
  EXPECT_TRUE(observation.child_restarted);
  expect_whole(process.poll(seconds(20)));
}

TEST(CollectorProcess, EveryTargetFailsWhenNoChildAnswers) {
  const TempDir dir;
  Targets targets = dumps_of(dir);
  targets.uapi = true;
  targets.uapi_directories = {{"", dir.path().string()}, {"blue", dir.path().string()}};
  CollectorProcess process = started(targets);
  ASSERT_EQ(kill(process.pid(), SIGSTOP), 0);
  const auto observation = process.poll(std::chrono::milliseconds(10));
  ASSERT_EQ(observation.sources.size(), 3U);
  for (const auto& source : observation.sources) EXPECT_EQ(source.status, SourceStatus::failed);
  EXPECT_EQ(observation.sources[1].netns, "blue");
}

TEST(CollectorProcess, NoNamespaceLooksGoneWhenNoChildAnswers) {
  const TempDir dir;
  Targets targets = dumps_of(dir);
  targets.dumps.push_back(targets.dumps[0]);
  targets.dumps.push_back({targets.dumps[0].path, "gw2"});
  targets.netlink = targets.all_netns = true;
  CollectorProcess process = started(targets);
  ASSERT_EQ(kill(process.pid(), SIGSTOP), 0);
  const auto observation = process.poll(std::chrono::milliseconds(10));
  ASSERT_EQ(observation.sources.size(), 4U);
  EXPECT_EQ(observation.sources[0].netns, "");
  EXPECT_EQ(observation.sources[3].netns, "gw2");
  EXPECT_EQ(observation.sources[1].netns, kAllNamespaces);
  EXPECT_EQ(observation.sources[1].collector, CollectorKind::netlink);
  EXPECT_EQ(observation.sources[1].status, SourceStatus::failed);
  EXPECT_EQ(observation.sources[2].collector, CollectorKind::dump);
}

TEST(CollectorProcess, ClosedStandardStreamsAreNoSockets) {
  const TempDir dir;
  const Targets targets = dumps_of(dir);
  const int input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
  const int output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
  close(STDIN_FILENO);
  close(STDOUT_FILENO);
  {
    auto process = CollectorProcess::start(targets);
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    ASSERT_TRUE(process) << process.error().message();
    expect_whole(process->poll(seconds(20)));
  }
  close(input);
  close(output);
}

TEST(CollectorProcess, NoProcessIsLeft) {
  const TempDir dir;
  {
    const CollectorProcess process = started(dumps_of(dir));
    EXPECT_EQ(children().size(), 1U);
  }
  EXPECT_TRUE(children().empty());
}

}  // namespace
}  // namespace wgaudit
