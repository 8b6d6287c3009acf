// What is believed of dumps that differ: the sequences that writers leave.
#include "collectors/netlink/second_look.hpp"

#include <gtest/gtest.h>

#include "tests/support/builders.hpp"

namespace wgaudit::test {
namespace {

using std::chrono::seconds;

constexpr std::uint32_t kIndex = 5;

// A letter for each peer.
DeviceDump dump(std::string_view peers, std::optional<RetryReason> doubt = {}) {
  std::vector<PeerSpec> specs;
  for (const char peer : peers) specs.push_back({.name = std::string(1, peer)});
  DeviceDump dump;
  dump.device = device("wg0", specs);
  dump.identified = true;
  dump.doubt = doubt;
  if (doubt) dump.device.completeness = Completeness::incomplete;
  return dump;
}

std::string peers_of(const Device& device) {
  std::string peers;
  for (char peer = 'a'; peer <= 'z'; ++peer) {
    if (device.find(key(std::string(1, peer))) != nullptr) peers += peer;
  }
  return peers;
}

struct Look {
  std::string_view peers;
  bool waited = false;
  std::optional<RetryReason> doubt = {};
};

struct Case {
  const char* what;
  std::string_view known;  // "" = first sight
  std::string_view first;
  std::vector<Look> looks;
  std::string_view peers;
  bool complete;
  std::size_t taken;  // looks that were asked for
};

TEST(SecondLook, BelievesWhatWritersDoNotLeave) {
  constexpr auto interrupted = RetryReason::interrupted;
  const std::vector<Case> cases = {
      {"nothing is missing", "abc", "abcd", {}, "abcd", true, 0},
      {"one is gone", "abc", "ab", {{"ab"}}, "ab", true, 1},
      {"set anew, and whole again", "abcd", "a", {{"abcd"}}, "abcd", true, 1},
      {"set anew, and going on", "abcdef", "a", {{"abc"}, {"abcde"}}, "abcde", false, 2},
      {"set anew, and resting in between", "abcdef", "a", {{"abc"}, {"abc"}}, "abc", false, 2},
      {"set anew, from behind", "abcdef", "abcde", {{"a"}, {"abcd"}}, "abcde", true, 2},
      {"set anew, and the next round", "abcdef", "abcd", {{"a"}, {"abcdef"}}, "abcdef", true, 2},
      {"others go meanwhile", "abcdef", "abcde", {{"abcd"}, {"abc"}}, "abcde", true, 2},
      {"others come meanwhile", "abc", "ab", {{"abx"}}, "abx", true, 1},
      {"one wait", "abc", "ab", {{"ab", true}, {"ab"}}, "ab", true, 2},
      {"nothing but waits", "abc", "ab", {{"ab", true}, {"ab", true}}, "ab", false, 2},
      {"flagged, and as before", "abc", "ab", {{"ab", false, interrupted}, {"ab"}}, "ab", true, 2},
      {"flagged twice",
       "abc",
       "ab",
       {{"ab", false, interrupted}, {"ab", false, interrupted}},
       "ab",
       true,
       2},
      {"flagged, and back", "abc", "ab", {{"bc", false, interrupted}}, "abc", true, 1},
      {"one that fails", "abc", "ab", {{"", false, RetryReason::timed_out}, {"ab"}}, "ab", true, 2},
      {"both fail",
       "abc",
       "ab",
       {{"", false, RetryReason::error}, {"", false, RetryReason::error}},
       "ab",
       false,
       2},
      {"no time", "abc", "ab", {}, "ab", false, 0},
      {"first sight", "", "ab", {{"ab"}}, "ab", true, 1},
      {"first sight, being set", "", "a", {{"ab"}, {"abc"}}, "abc", false, 2},
      {"first sight, being set until now", "", "a", {{"ab"}, {"ab"}}, "ab", true, 2},
      {"first sight, and nothing but waits", "", "ab", {{"ab", true}, {"ab", true}}, "ab", true, 2},
      {"first sight, and others go", "", "abc", {{"ab"}, {"a"}}, "abc", true, 2},
      {"first sight, no time", "", "ab", {}, "ab", true, 0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    StandingPeers standing;
    if (!c.known.empty()) standing.stands(kIndex, dump(c.known).device, boot(seconds{1}));
    SecondLook look(dump(c.first), standing, kIndex);
    std::size_t taken = 0;
    for (const Look& next : c.looks) {
      if (look.decided()) break;
      look.take(dump(next.peers, next.doubt), next.waited);
      ++taken;
    }
    EXPECT_EQ(taken, c.taken);
    const DeviceDump result = std::move(look).result(false);
    EXPECT_EQ(peers_of(result.device), c.peers);
    EXPECT_EQ(!result.doubt, c.complete);
    EXPECT_EQ(result.device.completeness == Completeness::complete, c.complete);
  }
}

TEST(SecondLook, HasPatienceWithWaitsOnlyForAWhile) {
  StandingPeers standing;
  standing.stands(kIndex, dump("abc").device, boot(seconds{1}));
  for (unsigned poll = 1; poll <= StandingPeers::kPatience; ++poll) {
    SecondLook look(dump("ab"), standing, kIndex);
    look.take(dump("ab"), true);
    look.take(dump("ab"), true);
    ASSERT_TRUE(look.only_waited());
    const bool patient = standing.lose_patience(kIndex);
    EXPECT_EQ(patient, poll == StandingPeers::kPatience);
    EXPECT_EQ(!std::move(look).result(patient).doubt, patient);
  }
}

// A peer with more prefixes than one message holds is set in several.
TEST(SecondLook, MissesPrefixesToo) {
  const auto with = [](std::vector<std::string> prefixes) {
    DeviceDump result;
    const std::vector<PeerSpec> specs{{.name = "a", .allowed_ips = std::move(prefixes)}};
    result.device = device("wg0", specs);
    return result;
  };
  StandingPeers standing;
  standing.stands(kIndex, with({"10.0.0.1/32", "10.0.0.2/32"}).device, boot(seconds{1}));
  SecondLook gone(with({"10.0.0.1/32"}), standing, kIndex);
  EXPECT_FALSE(gone.decided());
  gone.take(with({"10.0.0.1/32"}), false);
  EXPECT_TRUE(gone.decided());
  SecondLook back(with({"10.0.0.1/32"}), standing, kIndex);
  back.take(with({"10.0.0.1/32", "10.0.0.2/32"}), false);
  const DeviceDump result = std::move(back).result(false);
  EXPECT_FALSE(result.doubt);
  EXPECT_EQ(result.device.prefixes.size(), 2U);
}

// The kernel has each prefix once; so has what two dumps are put together to.
TEST(SecondLook, APrefixThatMovedIsWithItsNewPeer) {
  const std::vector<PeerSpec> before{{.name = "a", .allowed_ips = {"10.0.0.1/32"}}, {.name = "b"}};
  const std::vector<PeerSpec> after{{.name = "b", .allowed_ips = {"10.0.0.1/32"}}};
  StandingPeers standing;
  standing.stands(kIndex, dump("abc").device, boot(seconds{1}));
  DeviceDump first, next;
  first.device = device("wg0", before);
  next.device = device("wg0", after);
  SecondLook look(std::move(first), standing, kIndex);
  look.take(std::move(next), false);
  const Device result = std::move(look).result(false).device;
  ASSERT_EQ(result.peers.size(), 2U);
  EXPECT_EQ(result.prefixes.size(), 1U);
  EXPECT_EQ(result.prefixes_of(*result.find(key("b"))).size(), 1U);
}

// Each poll from which an absence is concluded has asked twice.
TEST(StandingPeers, MissAPeerForAWhile) {
  StandingPeers standing;
  standing.stands(kIndex, dump("ab").device, boot(seconds{100}));
  standing.stands(kIndex, dump("a").device, boot(seconds{110}));
  EXPECT_EQ(standing.lacking(kIndex, dump("a").device), std::vector{key("b")});
  standing.stands(kIndex, dump("a").device, boot(seconds{169}));
  EXPECT_EQ(standing.lacking(kIndex, dump("a").device), std::vector{key("b")});
  standing.stands(kIndex, dump("a").device, boot(seconds{170}));
  EXPECT_TRUE(standing.lacking(kIndex, dump("a").device).empty());
  // What comes back meanwhile is missed anew.
  standing.stands(kIndex, dump("ab").device, boot(seconds{200}));
  standing.stands(kIndex, dump("a").device, boot(seconds{201}));
  standing.stands(kIndex, dump("ab").device, boot(seconds{202}));
  standing.stands(kIndex, dump("a").device, boot(seconds{262}));
  EXPECT_EQ(standing.lacking(kIndex, dump("a").device), std::vector{key("b")});
}

TEST(StandingPeers, KnowWhatAnIncompleteDumpShowed) {
  StandingPeers standing;
  EXPECT_FALSE(standing.knows(kIndex));
  standing.shows(kIndex, dump("bd").device);
  standing.shows(kIndex, dump("ac").device);
  EXPECT_TRUE(standing.knows(kIndex));
  std::vector<Key> all{key("a"), key("b"), key("c"), key("d")};
  std::ranges::sort(all);
  EXPECT_EQ(standing.lacking(kIndex, dump("").device), all);
  standing.keep_only({kIndex + 1});
  EXPECT_FALSE(standing.knows(kIndex));
}

}  // namespace
}  // namespace wgaudit::test
