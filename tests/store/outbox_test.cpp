#include "exporter/store/outbox.hpp"

#include <gtest/gtest.h>

namespace wgaudit {
namespace {

// Events 11 to 20 of 10 bytes each.
Outbox ten(std::map<std::string, std::uint64_t> cursors = {}) {
  return {11, std::vector<std::uint32_t>(10, 10), 20, std::move(cursors)};
}

TEST(Outbox, CountsWhatItHolds) {
  Outbox outbox = ten();
  EXPECT_EQ(outbox.bytes(), 100U);
  outbox.add(5);
  EXPECT_EQ(outbox.sequence(), 21U);
  outbox.remove_through(12);
  EXPECT_EQ(outbox.first(), 13U);
  EXPECT_EQ(outbox.bytes(), 85U);
  outbox.remove_through(2);
  EXPECT_EQ(outbox.first(), 13U);
  outbox.remove_through(100);
  EXPECT_EQ(outbox.bytes(), 0U);
  EXPECT_EQ(outbox.sequence(), 21U) << "known though it is empty";
  outbox.add(1);
  EXPECT_EQ(outbox.first(), 22U);
}

TEST(Outbox, NamesWhatHasToGoForATenthToBeFree) {
  struct Case {
    std::uint64_t limit, want;
  };
  for (const auto& [limit, want] : {Case{100, 0}, {99, 11}, {50, 16}, {5, 20}, {0, 20}}) {
    EXPECT_EQ(ten().drop_through({.outbox_bytes = limit}), want) << limit;
  }
}

TEST(Outbox, NamesWhatIsTooOldToo) {
  Outbox outbox = ten({{"a", 12}});
  EXPECT_EQ(outbox.first_undelivered(), 13U);
  EXPECT_EQ(ten().first_undelivered(), 21U) << "nobody waits";
  outbox.note_too_old(14);
  EXPECT_EQ(outbox.drop_through({}), 14U);
  EXPECT_EQ(outbox.drop_through({.outbox_bytes = 50}), 16U) << "the limit that takes more";
  outbox.remove_through(14);
  EXPECT_EQ(outbox.drop_through({}), 0U) << "it is gone";
  EXPECT_EQ(outbox.first_undelivered(), 15U);
}

TEST(Outbox, TrimsWhatIsDeliveredAndNotAmongTheNewest) {
  struct Case {
    const char* name;
    std::map<std::string, std::uint64_t> cursors;
    StoreLimits limits;
    std::uint64_t want;
  };
  const Case cases[] = {
      {"without sinks", {}, {.kept_events = 4}, 16},
      {"the slowest sink decides", {{"a", 20}, {"b", 13}}, {.kept_events = 4}, 13},
      {"the newest stay", {{"a", 20}}, {.kept_events = 4}, 16},
      {"all are among the newest", {{"a", 20}}, {.kept_events = 100}, 0},
      {"a few at once", {{"a", 20}}, {.kept_events = 0, .trimmed_at_once = 2}, 12},
      {"a sink that has nothing", {{"a", 0}}, {.kept_events = 0}, 0},
  };
  for (const Case& c : cases)
    EXPECT_EQ(ten(c.cursors).may_trim_through(c.limits), c.want) << c.name;
}

TEST(Outbox, CountsWhatSomeSinkHasNotGot) {
  struct Case {
    std::map<std::string, std::uint64_t> cursors;
    std::uint64_t through, want;
  };
  const Case cases[] = {{{}, 15, 0},          {{{"a", 20}}, 15, 0},
                        {{{"a", 13}}, 15, 2}, {{{"a", 13}, {"b", 12}}, 15, 3},
                        {{{"a", 3}}, 15, 5},  {{{"a", 13}}, 99, 7},
                        {{{"a", 3}}, 5, 0}};
  for (const Case& c : cases) EXPECT_EQ(ten(c.cursors).undelivered_through(c.through), c.want);
}

TEST(Outbox, SaysHowItStands) {
  const OutboxStatus empty = Outbox(0, {}, 7, {}).status({});
  EXPECT_EQ(empty.first, 0U);
  EXPECT_EQ(empty.last, 0U);
  const OutboxStatus status = ten({{"a", 13}}).status({.outbox_bytes = 50});
  EXPECT_EQ(status.first, 11U);
  EXPECT_EQ(status.last, 20U);
  EXPECT_EQ(status.drop_through, 16U);
  ASSERT_EQ(status.sinks.size(), 1U);
  EXPECT_EQ(status.sinks[0].name, "a");
  EXPECT_EQ(status.sinks[0].delivered, 13U);
}

}  // namespace
}  // namespace wgaudit
