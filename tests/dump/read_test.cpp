#include "collectors/dump/read.hpp"

#include <gtest/gtest.h>

#include "collectors/dump/collect.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

using test::key;
using test::TempDir;

std::string interface_text(const std::string& name) {
  return name + "\t(none)\t" + to_string(key(name)) + "\t51820\toff\n";
}
std::string peer_text(const std::string& name, const std::string& peer) {
  return name + '\t' + to_string(key(peer)) +
         "\t(none)\t192.0.2.1:5\t10.0.0.2/32,fd00::/64\t1795365538\t1\t2\t25\n";
}

std::expected<std::vector<Device>, std::string> read(const std::string& path) {
  bool locked = true;
  auto dump = read_dump(path, locked);
  if (!dump) return std::unexpected(dump.error());
  return std::move(dump->devices);
}

TEST(ReadDump, OfOneInterfaceItSaysNothingOfOthers) {
  const TempDir dir;
  bool locked = true;
  const std::string all = interface_text("wg0") + peer_text("wg0", "alice");
  std::string one = all;
  for (auto name = one.find("wg0\t"); name != std::string::npos; name = one.find("wg0\t")) {
    one.erase(name, 4);
  }
  EXPECT_TRUE(read_dump(dir.write("all", all), locked)->lists_all);
  EXPECT_TRUE(read_dump(dir.write("empty", ""), locked)->lists_all);
  EXPECT_FALSE(read_dump(dir.write("one", one), locked)->lists_all);
}

TEST(ReadDump, AnEmptyFileIsNoDevice) {
  const TempDir dir;
  const auto devices = read(dir.write("empty", ""));
  ASSERT_TRUE(devices) << devices.error();
  EXPECT_TRUE(devices->empty());
}

TEST(ReadDump, TheLastLineNeedsNoLineFeed) {
  const TempDir dir;
  std::string text = interface_text("wg0") + peer_text("wg0", "alice");
  text.pop_back();
  const auto devices = read(dir.write("dump", text));
  ASSERT_TRUE(devices) << devices.error();
  EXPECT_EQ(devices->front().peers.size(), 1U);
}

TEST(ReadDump, TenThousandPeersOverManyBuffers) {
  const TempDir dir;
  std::string text = interface_text("wg0");
  for (int i = 0; i < 10000; ++i) text += peer_text("wg0", "peer " + std::to_string(i));
  const auto devices = read(dir.write("dump", text));
  ASSERT_TRUE(devices) << devices.error();
  const Device& device = devices->front();
  EXPECT_EQ(device.peers.size(), 10000U);
  EXPECT_EQ(device.prefixes.size(), 20000U);
  EXPECT_NE(device.find(key("peer 9999")), nullptr);
}

TEST(ReadDump, ALineMayBeLongerThanTheFirstBuffer) {
  const TempDir dir;
  std::string prefixes = "10.0.0.0/32";
  for (int i = 1; i < 20000; ++i) {
    prefixes += ",10.0." + std::to_string(i / 256) + '.' + std::to_string(i % 256) + "/32";
  }
  const auto devices = read(dir.write(
      "dump", interface_text("wg0") + "wg0\t" + to_string(key("alice")) + "\t(none)\t(none)\t" +
                  prefixes + "\t0\t0\t0\toff\n" + peer_text("wg0", "bob")));
  ASSERT_TRUE(devices) << devices.error();
  EXPECT_EQ(devices->front().peers.size(), 2U);
  EXPECT_EQ(devices->front().prefixes.size(), 20002U);
}

TEST(ReadDump, ALineHasALimit) {
  const TempDir dir;
  const auto devices = read(dir.write("dump", "\n" + std::string(kDumpLineLimit + 1, 'x')));
  ASSERT_FALSE(devices);
  EXPECT_EQ(devices.error(), "line 2: longer than 16 MiB");
}

TEST(ReadDump, TheFileNamesTheInterfaceOfADumpWithoutColumn) {
  const struct {
    const char* path;
    const char* want;
  } cases[] = {{"/tmp/wg0.dump", "wg0"}, {"wg0", "wg0"},
               {"-", "stdin"},           {"/var/a name.txt", "a_name"},
               {".hidden", ".hidden"},   {"/tmp/abcdefghijklmnopqrstuvwxyz", "abcdefghijklmno"},
               {"/tmp/..", "wg"},        {"/tmp/", "wg"}};
  for (const auto& c : cases) EXPECT_EQ(interface_name_of(c.path), c.want) << c.path;
}

TEST(CollectDumps, OneFileThatFailsHidesNoOther) {
  const TempDir dir;
  Targets targets;
  targets.dumps = {{dir.write("bad", "wg9\tsecret\n"), ""},
                   {"/nonexistent/dump", ""},
                   {dir.write("good", interface_text("wg0")), ""}};
  Observation observation;
  collect_dumps(targets, observation);
  ASSERT_EQ(observation.sources.size(), 1U);
  EXPECT_EQ(observation.sources[0].collector, CollectorKind::dump);
  EXPECT_EQ(observation.sources[0].netns, "");
  EXPECT_EQ(observation.sources[0].status, SourceStatus::failed);
  EXPECT_EQ(observation.sources[0].why,
            targets.dumps[0].path + ": line 1: fields: 2 of them where 5 or 9 are expected; " +
                "/nonexistent/dump: No such file or directory");
  ASSERT_EQ(observation.devices.size(), 1U);
  EXPECT_EQ(observation.devices[0].name, "wg0");
  EXPECT_GT(observation.devices[0].observed_at, BootTime{});
}

TEST(CollectDumps, AnInterfaceOfTwoFilesIsTheFirstOnes) {
  const TempDir dir;
  Targets targets;
  targets.dumps = {{dir.write("one", interface_text("wg0") + peer_text("wg0", "alice")), ""},
                   {dir.write("two", interface_text("wg0") + interface_text("wg1")), ""}};
  Observation observation;
  collect_dumps(targets, observation);
  ASSERT_EQ(observation.sources.size(), 1U);
  EXPECT_EQ(observation.sources[0].status, SourceStatus::incomplete);
  EXPECT_EQ(observation.sources[0].why, targets.dumps[1].path + ": wg0 is in an earlier file too");
  ASSERT_EQ(observation.devices.size(), 2U);
  EXPECT_EQ(observation.devices[0].peers.size(), 1U);
  EXPECT_EQ(observation.devices[1].name, "wg1");
  EXPECT_TRUE(observation.failures.empty());
}

TEST(CollectDumps, FilesOfOneNamespaceAreOneSource) {
  const TempDir dir;
  const std::string text = interface_text("wg0");
  Targets targets;
  targets.dumps = {{dir.write("z", text), "gw2"},
                   {dir.write("b", text), "gw1"},
                   {"/nonexistent/dump", "gw2"},
                   {dir.write("again", text), "gw1"}};
  Observation observation;
  collect_dumps(targets, observation);
  ASSERT_EQ(observation.sources.size(), 2U);
  EXPECT_EQ(observation.sources[0].netns, "gw2");
  EXPECT_EQ(observation.sources[0].status, SourceStatus::failed);
  EXPECT_EQ(observation.sources[0].why, "/nonexistent/dump: No such file or directory");
  EXPECT_EQ(observation.sources[1].netns, "gw1");
  EXPECT_EQ(observation.sources[1].status, SourceStatus::incomplete);
  ASSERT_EQ(observation.devices.size(), 2U);
  EXPECT_EQ(observation.devices[0].netns, "gw2");
  EXPECT_EQ(observation.devices[1].netns, "gw1");
}

TEST(CollectDumps, NoFileIsNoSource) {
  Observation observation;
  collect_dumps({}, observation);
  EXPECT_TRUE(observation.sources.empty());
}

}  // namespace
}  // namespace wgaudit
