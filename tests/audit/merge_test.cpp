#include "audit/merge.hpp"

#include <gtest/gtest.h>

#include "tests/support/builders.hpp"

namespace wgaudit {
namespace {

using test::device;

TEST(Merge, JoinsPeersAndPrefixes) {
  const Device known = device("wg0", {{.name = "a", .allowed_ips = {"10.0.0.1", "10.0.0.3"}},
                                      {.name = "b", .allowed_ips = {"10.0.0.2"}}});
  Device shown = device(
      "wg0", {{.name = "a", .allowed_ips = {"10.0.0.4"}, .received_bytes = 9}, {.name = "c"}});
  shown.completeness = Completeness::incomplete;
  shown.public_key.reset();
  const Device merged = merge_over(known, shown);
  ASSERT_EQ(merged.peers.size(), 3U);
  EXPECT_EQ(merged.public_key, known.public_key);
  EXPECT_EQ(merged.completeness, Completeness::incomplete);
  const Peer* a = merged.find(test::key("a"));
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->received_bytes, 9U);
  EXPECT_EQ(a->prefix_count, 3U);
  EXPECT_EQ(merged.prefixes_of(*merged.find(test::key("b"))).size(), 1U);
  Device again = merged;
  normalize(again);
  EXPECT_EQ(again, merged);  // sorted already
}

TEST(Merge, OverItselfChangesNothing) {
  const Device known = device("wg0", {{.name = "a", .allowed_ips = {"10.0.0.1"}}, {.name = "b"}});
  EXPECT_EQ(merge_over(known, known), known);
}

}  // namespace
}  // namespace wgaudit
