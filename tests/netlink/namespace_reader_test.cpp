// What the reader of a namespace does about retries, races and refusals, against a fake kernel.
#include "collectors/netlink/namespace_reader.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "collectors/netlink/namespaces.hpp"
#include "collectors/netlink/second_look.hpp"
#include "tests/netlink/fake_kernel.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {
namespace {

using std::chrono::seconds;

constexpr std::uint16_t kFlagged = NLM_F_MULTI | NLM_F_DUMP_INTR;

Device named(std::string_view name, std::size_t peers = 2) {
  std::vector<PeerSpec> specs;
  for (std::size_t i = 0; i < peers; ++i) specs.push_back({.name = std::to_string(i)});
  Device d = device(name, specs);
  d.public_key = key("gateway");
  return d;
}

Answer answer(const Device& d, std::uint32_t ifindex, std::uint16_t flags = NLM_F_MULTI) {
  return {device_message(
              [&](Attributes& a) {
                put_header(a, d, ifindex);
                a.nest(WGDEVICE_A_PEERS, [&](Attributes& peers) {
                  for (const Peer& p : d.peers) put_peer(peers, d, p);
                });
              },
              {.flags = flags}) +
          done()};
}

class NamespaceReader : public testing::Test {
 protected:
  NamespaceReader() {
    kernel.links = {{"wg0", 5}, {"wg1", 6}};
    kernel.devices[5] = {answer(named("wg0"), 5)};
    kernel.devices[6] = {answer(named("wg1"), 6)};
  }
  NamespaceReading read(Duration limit = seconds{10}) {
    const NetlinkSystem system = kernel.system();
    const ReadLimits limits{kernel.now + limit, kernel.now + limit / 2};
    return read_namespace(system, {"blue", 3, 4}, buffer, limits, standing);
  }
  static std::uint32_t retries(const NamespaceReading& r, RetryReason reason) {
    return r.source.retries.at(static_cast<std::size_t>(reason));
  }
  FakeKernel kernel;
  StandingPeers standing;
  SecretBuffer buffer{kReceiveBufferBytes};
};

TEST_F(NamespaceReader, ReadsEveryDeviceAndWherefrom) {
  kernel.now = boot(seconds{77});
  const auto reading = read();
  EXPECT_EQ(reading.source.status, SourceStatus::complete);
  EXPECT_EQ(reading.source.netns, "blue");
  ASSERT_EQ(reading.devices.size(), 2U);
  const Device& first = reading.devices[0];
  EXPECT_EQ(first.name, "wg0");
  EXPECT_EQ(first.netns, "blue");
  EXPECT_EQ(first.netns_device, 3U);
  EXPECT_EQ(first.netns_inode, 4U);
  EXPECT_EQ(first.observed_at, boot(seconds{77}) + SecondLook::kPauses[0]);
  ASSERT_TRUE(first.link.has_value());
  EXPECT_EQ(first.link->index, 5U);
  EXPECT_EQ(first.peers.size(), 2U);
  EXPECT_EQ(kernel.family_requests, 1);
  EXPECT_EQ(kernel.open_sockets, 0);  // nothing outlives the visit
}

// To ask for the family would make the kernel load the module.
TEST_F(NamespaceReader, AsksForNoFamilyWithoutALinkOfTheKind) {
  kernel.links = {{"lo", 1, ""}, {"tun0", 2, "tun"}};
  const auto reading = read();
  EXPECT_EQ(reading.source.status, SourceStatus::complete);
  EXPECT_TRUE(reading.devices.empty());
  EXPECT_EQ(kernel.family_requests, 0);
}

TEST_F(NamespaceReader, RetriesAnInterruptedDumpAndCountsIt) {
  kernel.devices[5] = {answer(named("wg0", 1), 5, kFlagged), answer(named("wg0"), 5)};
  const auto reading = read();
  EXPECT_EQ(reading.source.status, SourceStatus::complete);
  EXPECT_EQ(reading.devices[0].peers.size(), 2U);
  EXPECT_EQ(retries(reading, RetryReason::interrupted), 1U);
}

TEST_F(NamespaceReader, ReportsWhatItSawAfterThreeTries) {
  kernel.devices[5] = {answer(named("wg0", 1), 5, kFlagged)};
  const auto reading = read();
  EXPECT_EQ(reading.source.status, SourceStatus::incomplete);
  EXPECT_EQ(reading.source.why, "dump stayed interrupted");
  EXPECT_EQ(retries(reading, RetryReason::interrupted), 2U);
  ASSERT_EQ(reading.devices.size(), 2U);
  EXPECT_EQ(reading.devices[0].completeness, Completeness::incomplete);
  EXPECT_EQ(reading.devices[0].peers.size(), 1U);
  EXPECT_EQ(reading.devices[1].completeness, Completeness::complete);
  EXPECT_EQ(kernel.device_requests, 3 + 2);
}

TEST_F(NamespaceReader, LooksTwiceAtFirstSightAndAtWhatIsMissing) {
  static_cast<void>(read());
  EXPECT_EQ(kernel.device_requests, 4);
  EXPECT_EQ(kernel.pauses, 1);  // for both
  static_cast<void>(read());
  EXPECT_EQ(kernel.device_requests, 4 + 2);
  kernel.devices[5] = {answer(named("wg0", 1), 5)};
  const auto reading = read();
  EXPECT_EQ(reading.source.status, SourceStatus::complete);
  EXPECT_EQ(reading.devices[0].peers.size(), 1U);
  EXPECT_EQ(reading.devices[0].completeness, Completeness::complete);
  EXPECT_EQ(retries(reading, RetryReason::interrupted), 0U);
  EXPECT_EQ(kernel.device_requests, 6 + 3);
  EXPECT_EQ(kernel.pauses, 2);
}

// `wg setconf`: peers go, and come back message by message.
TEST_F(NamespaceReader, TakesADeviceThatIsBeingWrittenForWhatItIsAfterwards) {
  kernel.devices[5] = {answer(named("wg0", 4), 5)};
  static_cast<void>(read());
  kernel.devices[5] = {answer(named("wg0", 1), 5), answer(named("wg0", 2), 5),
                       answer(named("wg0", 4), 5)};
  const auto reading = read();
  EXPECT_EQ(reading.source.status, SourceStatus::complete);
  EXPECT_EQ(reading.devices[0].peers.size(), 4U);
  EXPECT_EQ(retries(reading, RetryReason::interrupted), 1U);
}

TEST_F(NamespaceReader, ConcludesNothingFromADeviceThatIsWrittenAllTheTime) {
  kernel.devices[5] = {answer(named("wg0", 9), 5)};
  static_cast<void>(read());
  kernel.devices[5] = {answer(named("wg0", 1), 5), answer(named("wg0", 3), 5),
                       answer(named("wg0", 5), 5)};
  const auto reading = read();
  EXPECT_EQ(reading.source.status, SourceStatus::incomplete);
  EXPECT_EQ(reading.source.why, "dump stayed interrupted");
  EXPECT_EQ(reading.devices[0].completeness, Completeness::incomplete);
  EXPECT_EQ(reading.devices[0].peers.size(), 5U);
  EXPECT_EQ(reading.devices[1].completeness, Completeness::complete);
}

// Dumps that the kernel lets in each time at the same place of a writer's work agree, and prove
// nothing.
TEST_F(NamespaceReader, DoesNotBelieveDumpsThatHadToWaitForAWriter) {
  static_cast<void>(read());
  kernel.devices[5] = {answer(named("wg0", 1), 5)};
  kernel.device_waits.assign(4, std::chrono::milliseconds{300});
  EXPECT_EQ(read().source.why, "dump stayed interrupted");
  EXPECT_EQ(read().devices[0].completeness, Completeness::complete);  // it waits no more
}

// One that is at rest, where all that asks the kernel has to wait for somebody else.
TEST_F(NamespaceReader, LosesPatienceWithWaits) {
  static_cast<void>(read());
  kernel.devices[5] = {answer(named("wg0", 1), 5)};
  std::vector<bool> complete;
  for (int poll = 0; poll < 5; ++poll) {
    kernel.device_waits.assign(4, std::chrono::milliseconds{30});
    complete.push_back(read().devices[0].completeness == Completeness::complete);
  }
  EXPECT_EQ(complete, (std::vector{false, false, false, false, true}));
}

TEST_F(NamespaceReader, AsksNothingMoreOfADeviceThatGoesBetweenTwoDumps) {
  static_cast<void>(read());
  kernel.devices[5] = {answer(named("wg0", 1), 5), {error(-ENODEV)}};
  const auto reading = read();
  EXPECT_EQ(reading.source.status, SourceStatus::complete);
  ASSERT_EQ(reading.devices.size(), 1U);
  EXPECT_EQ(reading.devices[0].name, "wg1");
}

TEST_F(NamespaceReader, AsksNothingMoreWhereTheTimeIsOver) {
  static_cast<void>(read());
  kernel.devices[5] = {answer(named("wg0", 1), 5)};
  kernel.device_requests = 0;
  const auto reading = read(std::chrono::milliseconds{30});
  EXPECT_EQ(kernel.device_requests, 2);
  EXPECT_EQ(kernel.pauses, 1);
  EXPECT_EQ(reading.devices[0].completeness, Completeness::incomplete);
}

// Where there was no time for it, the first look is believed.
TEST_F(NamespaceReader, BelievesTheFirstLookWhereNoneIsLeft) {
  const auto reading = read(std::chrono::milliseconds{30});
  EXPECT_EQ(kernel.device_requests, 2);
  EXPECT_EQ(reading.source.status, SourceStatus::complete);
}

// Its index may be given to another one.
TEST_F(NamespaceReader, ForgetsADeviceThatIsGone) {
  static_cast<void>(read());
  kernel.links.erase(kernel.links.begin());
  static_cast<void>(read());
  EXPECT_FALSE(standing.knows(5));
  EXPECT_TRUE(standing.knows(6));
}

TEST_F(NamespaceReader, RetriesATruncatedDatagram) {
  const Buffer large = device_message([](Attributes& a) { a.zeros(200, 40'000); });
  Answer cut = answer(named("wg0"), 5);
  cut.insert(cut.begin(), large);
  kernel.devices[5] = {cut, answer(named("wg0"), 5)};
  const auto reading = read();
  EXPECT_EQ(retries(reading, RetryReason::truncated), 1U);
  EXPECT_EQ(reading.devices.size(), 2U);
}

TEST_F(NamespaceReader, TreatsAVanishedDeviceAsNotListed) {
  kernel.devices[5] = {{error(-ENODEV)}};
  const auto reading = read();
  EXPECT_EQ(reading.source.status, SourceStatus::complete);
  ASSERT_EQ(reading.devices.size(), 1U);
  EXPECT_EQ(reading.devices[0].name, "wg1");
  EXPECT_TRUE(reading.failures.empty());
}

TEST_F(NamespaceReader, HidesNoDeviceBehindOneThatFails) {
  kernel.devices[5] = {{error(-EPERM)}};
  const auto reading = read();
  EXPECT_EQ(reading.source.status, SourceStatus::complete);
  EXPECT_EQ(reading.devices.size(), 1U);
  const DeviceFailure want{CollectorKind::netlink, "blue", "wg0", "Operation not permitted"};
  EXPECT_EQ(reading.failures, std::vector{want});
}

TEST_F(NamespaceReader, FailsAsAWholeWhenEveryDumpIsRefused) {
  kernel.devices[5] = kernel.devices[6] = {{error(-EPERM)}};
  const auto reading = read();
  EXPECT_EQ(reading.source.status, SourceStatus::failed);
  EXPECT_EQ(reading.source.why, "Operation not permitted");
  EXPECT_EQ(reading.failures.size(), 2U);
}

TEST_F(NamespaceReader, AsksForTheFamilyAgainOnce) {
  for (const int code : {ENOENT, EOPNOTSUPP}) {
    kernel.devices[5] = {{error(-code)}, answer(named("wg0"), 5)};
    kernel.family_requests = 0;
    const auto reading = read();
    EXPECT_EQ(reading.devices.size(), 2U);
    EXPECT_EQ(kernel.family_requests, 2);
    EXPECT_EQ(retries(reading, RetryReason::error), 1U);
  }
  kernel.devices[5] = {{error(-EOPNOTSUPP)}};
  kernel.family_requests = 0;
  const auto reading = read();
  EXPECT_EQ(kernel.family_requests, 2);
  EXPECT_EQ(reading.failures.at(0).why, "Operation not supported");
}

TEST_F(NamespaceReader, SaysThatTheFamilyIsMissing) {
  kernel.family_errors = {ENOENT, ENOENT, ENOENT, ENOENT};
  const auto reading = read();
  ASSERT_EQ(reading.failures.size(), 2U);
  EXPECT_EQ(reading.failures[0].why,
            "No such file or directory: the kernel has no netlink family wireguard");
}

TEST_F(NamespaceReader, FailsEachDeviceWhenTheFamilyIsNeverAnswered) {
  kernel.family_errors = {-1, -1, -1, -1, -1, -1};  // no answer
  const auto reading = read();
  ASSERT_EQ(reading.failures.size(), 2U);
  EXPECT_EQ(reading.failures[0].why, "timed out");
  EXPECT_EQ(retries(reading, RetryReason::timed_out), 4U);
  EXPECT_EQ(kernel.open_sockets, 0);
}

TEST_F(NamespaceReader, NamesNoDeviceByAnotherOnesName) {
  kernel.devices[5] = {answer(named("other"), 5)};
  const auto reading = read();
  EXPECT_EQ(reading.devices.size(), 1U);
  EXPECT_EQ(reading.failures.at(0).why, "renamed while it was read");
}

TEST_F(NamespaceReader, LeavesTimeForOthersWhenADumpHangs) {
  kernel.devices[5] = {{}};
  const auto reading = read(seconds{8});
  EXPECT_EQ(reading.failures.at(0).why, "timed out");
  EXPECT_EQ(retries(reading, RetryReason::timed_out), 2U);
  ASSERT_EQ(reading.devices.size(), 1U);
  EXPECT_EQ(reading.devices[0].name, "wg1");
  EXPECT_EQ(kernel.open_sockets, 0);
}

TEST_F(NamespaceReader, KeepsWhatAHangingDumpShowed) {
  Answer stuck = answer(named("wg0"), 5);
  stuck.back().resize(stuck.back().size() - done().size());
  kernel.devices[5] = {stuck};
  const auto reading = read();
  EXPECT_EQ(reading.source.status, SourceStatus::incomplete);
  EXPECT_EQ(reading.devices.at(0).peers.size(), 2U);
  EXPECT_EQ(reading.devices.at(0).completeness, Completeness::incomplete);
}

TEST_F(NamespaceReader, FailsWhatIsLeftAtTheDeadline) {
  const auto reading = read(seconds{0});
  EXPECT_EQ(reading.failures.size(), 2U);
  EXPECT_EQ(reading.failures.at(1).why, "timed out");
}

TEST_F(NamespaceReader, SaysWhyNothingCouldBeListed) {
  kernel.open_error = EAFNOSUPPORT;
  auto reading = read();
  EXPECT_EQ(reading.source.status, SourceStatus::failed);
  EXPECT_EQ(reading.source.why, "Address family not supported by protocol");
  kernel.open_error = 0;
  kernel.link_answers = {{}, {}, {}};
  reading = read();
  EXPECT_EQ(reading.source.status, SourceStatus::failed);
  EXPECT_EQ(reading.source.why, "timed out");
}

TEST_F(NamespaceReader, RetriesAnInterruptedListing) {
  kernel.link_answers = {{done(0, kFlagged)}};
  const auto reading = read();
  EXPECT_EQ(reading.source.status, SourceStatus::complete);
  EXPECT_EQ(reading.devices.size(), 2U);
  EXPECT_EQ(retries(reading, RetryReason::interrupted), 1U);
}

TEST_F(NamespaceReader, WipesEveryAnswer) {
  kernel.devices[6] = {{error(-EPERM)}, {}};
  static_cast<void>(read());
  EXPECT_TRUE(std::ranges::all_of(buffer.bytes(), [](std::byte b) { return b == std::byte{0}; }));
}

TEST(Namespaces, AreListedInNameOrderAndAbsentWithoutDirectory) {
  const TempDir directory;
  directory.write("b", "");
  directory.write("a", "");
  const auto listed = list_named_namespaces(directory.path());
  ASSERT_TRUE(listed.has_value());
  ASSERT_EQ(listed->size(), 2U);
  EXPECT_EQ((*listed)[0], (NetnsTarget{"a", directory.path() / "a"}));
  const auto none = list_named_namespaces(directory.path() / "nothing");
  ASSERT_TRUE(none.has_value());
  EXPECT_TRUE(none->empty());
}

TEST(Namespaces, AreToldApartByTheirFile) {
  const TempDir directory;
  const auto own = open_own_namespace();
  ASSERT_TRUE(own.has_value());
  EXPECT_NE(own->identity().inode, 0U);
  EXPECT_EQ(open_own_namespace()->identity(), own->identity());
  const auto stale = NamespaceFile::open(directory.write("stale", ""));
  ASSERT_TRUE(stale.has_value());
  EXPECT_NE(stale->identity(), own->identity());
  EXPECT_FALSE(stale->enter().has_value());  // a name left behind is no namespace
  EXPECT_EQ(NamespaceFile::open(directory.path() / "gone").error(), ENOENT);
}

}  // namespace
}  // namespace wgaudit::test
