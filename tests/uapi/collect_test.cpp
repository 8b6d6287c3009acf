#include "collectors/uapi/collect.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "collectors/clock/clock.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

using test::TempDir;

int listen_at(const std::filesystem::path& path) {
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 8) != 0) {
    std::abort();
  }
  return listener;
}

// Stands in for an implementation: takes one request, gives one answer in two parts.
class Implementation {
 public:
  Implementation(const std::filesystem::path& path, const std::string& answer)
      : listener_(listen_at(path)), thread_([this, answer] { serve(answer); }) {}
  ~Implementation() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  std::string request;

 private:
  void serve(const std::string& answer) {
    const int client = accept(listener_, nullptr, nullptr);
    if (client < 0) return;
    char buffer[64];
    const ssize_t got = read(client, buffer, sizeof buffer);
    request.assign(buffer, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    const std::size_t half = answer.size() / 2;
    send(client, answer.data(), half, MSG_NOSIGNAL);
    send(client, answer.data() + half, answer.size() - half, MSG_NOSIGNAL);
    close(client);
  }

  int listener_;
  std::thread thread_;
};

Observation collect(const std::filesystem::path& directory,
                    Duration limit = std::chrono::seconds(20)) {
  Targets targets;
  targets.uapi_directories = {{"blue", directory.string()}};
  Observation observation;
  collect_uapi(targets, read_boot_clock() + limit, observation, geteuid());
  return observation;
}

TEST(CollectUapi, AMissingOrEmptyDirectoryIsSuccess) {
  const TempDir dir;
  dir.write("wg0.sock", "not a socket");
  for (const auto& path : {dir.path(), dir.path() / "missing"}) {
    const auto observation = collect(path);
    ASSERT_EQ(observation.sources.size(), 1U);
    EXPECT_EQ(observation.sources[0].status, SourceStatus::complete);
    EXPECT_EQ(observation.sources[0].netns, "blue");
    EXPECT_EQ(observation.sources[0].collector, CollectorKind::uapi);
    EXPECT_TRUE(observation.devices.empty());
    EXPECT_TRUE(observation.failures.empty());
  }
}

TEST(CollectUapi, ADirectoryThatCannotBeListedIsAFailure) {
  const TempDir dir;
  const std::string path = dir.write("file", "");
  const auto observation = collect(path);
  ASSERT_EQ(observation.sources.size(), 1U);
  EXPECT_EQ(observation.sources[0].status, SourceStatus::failed);
  EXPECT_EQ(observation.sources[0].why, path + ": Not a directory");
}

TEST(CollectUapi, OneAnswer) {
  const TempDir dir;
  Implementation server(dir.path() / "wg0.sock", "listen_port=51820\nfwmark=3\nerrno=0\n\n");
  const auto observation = collect(dir.path());
  ASSERT_EQ(observation.devices.size(), 1U) << observation.failures.size();
  const Device& device = observation.devices[0];
  EXPECT_EQ(device.netns, "blue");
  EXPECT_EQ(device.name, "wg0");
  EXPECT_EQ(device.listen_port, 51820);
  EXPECT_FALSE(device.link);
  EXPECT_GT(device.observed_at, BootTime{});
  EXPECT_EQ(server.request, "get=1\n\n");
}

TEST(CollectUapi, OneBadSocketHidesNoOther) {
  const TempDir dir;
  Implementation good(dir.path() / "good.sock", "listen_port=1\nerrno=0\n\n");
  Implementation closing(dir.path() / "closing.sock", "listen_port=2\n");
  Implementation garbled(dir.path() / "garbled.sock", "secret\n\n");
  Implementation endless(dir.path() / "endless.sock", "private_key=" + std::string(20000, '0'));
  close(listen_at(dir.path() / "stale.sock"));
  const int silent = listen_at(dir.path() / "silent.sock");  // like a stopped process
  const auto begun = std::chrono::steady_clock::now();
  const auto observation = collect(dir.path());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
  close(silent);
  ASSERT_EQ(observation.devices.size(), 1U);
  EXPECT_EQ(observation.devices[0].name, "good");
  EXPECT_EQ(observation.sources[0].status, SourceStatus::complete);
  const std::vector<std::pair<std::string, std::string>> want{
      {"closing", "closed before the answer was whole"},
      {"endless", "a line is longer than 16 KiB"},
      {"garbled", "line 1: line: not key=value"},
      {"silent", "timed out: the process behind it does not answer"},
      {"stale", "stale socket: no process answers"},
  };
  ASSERT_EQ(observation.failures.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) {
    EXPECT_EQ(observation.failures[i].name, want[i].first);
    EXPECT_EQ(observation.failures[i].why, want[i].second);
    EXPECT_EQ(observation.failures[i].netns, "blue");
    EXPECT_TRUE(std::filesystem::is_socket(dir.path() / (want[i].first + ".sock")));
  }
}

TEST(CollectUapi, AnAnswerWithAnErrorMakesTheSourceIncomplete) {
  const struct {
    std::string last, want;
  } cases[] = {{"errno=5\n", "wg0: the implementation answered errno 5"},
               {"", "wg0: the implementation answered without an errno"}};
  for (const auto& c : cases) {
    const TempDir dir;
    Implementation server(dir.path() / "wg0.sock", "listen_port=1\n" + c.last + "\n");
    const auto observation = collect(dir.path());
    ASSERT_EQ(observation.sources.size(), 1U);
    EXPECT_EQ(observation.sources[0].status, SourceStatus::incomplete);
    EXPECT_EQ(observation.sources[0].why, c.want);
    EXPECT_EQ(observation.devices.size(), 1U);
  }
}

TEST(CollectUapi, TheDeadlineHolds) {
  const TempDir dir;
  const int silent = listen_at(dir.path() / "silent.sock");
  const auto observation = collect(dir.path(), Duration::zero());
  close(silent);
  ASSERT_EQ(observation.failures.size(), 1U);
  EXPECT_EQ(observation.failures[0].why, "timed out");
}

TEST(CollectUapi, ASocketOfAStrangerIsNotRead) {
  const TempDir dir;
  ASSERT_EQ(chmod(dir.path().c_str(), 0777), 0);  // where anyone may put one
  const int listener = listen_at(dir.path() / "wg0.sock");
  Targets targets;
  targets.uapi_directories = {{"", dir.path().string()}};
  Observation observation;
  collect_uapi(targets, read_boot_clock() + std::chrono::seconds(20), observation, geteuid() + 1);
  close(listener);
  ASSERT_EQ(observation.failures.size(), 1U);
  EXPECT_EQ(observation.failures[0].why,
            "not read: neither the process behind the socket nor its directory is root's");
  EXPECT_TRUE(observation.devices.empty());
}

TEST(CollectUapi, NamesThatNoInterfaceCanHaveArePassedOver) {
  const TempDir dir;
  const int one = listen_at(dir.path() / "a name.sock");
  const int two = listen_at(dir.path() / ".sock");
  const auto observation = collect(dir.path());
  close(one);
  close(two);
  EXPECT_TRUE(observation.failures.empty());
  EXPECT_TRUE(observation.devices.empty());
}

}  // namespace
}  // namespace wgaudit
