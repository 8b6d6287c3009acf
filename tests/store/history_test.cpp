// The history of sessions: what a query finds, and how.
#include <gtest/gtest.h>

#include "exporter/store/reader.hpp"
#include "exporter/store/session_rows.hpp"
#include "tests/store/world.hpp"

namespace wgaudit::test {
namespace {

using std::chrono::hours;

class History : public testing::Test {
 protected:
  // 1 to 4: session n runs from hour n to n + 1; 4 runs still.
  void SetUp() override {
    world_.open(at({}));
    Step step = events_step(world_.memory, 1, at({}));
    step.delta.sessions = {full_session(1, "alice phone", "alice"), full_session(2, "bob", "bob"),
                           full_session(3, "alice laptop", "alice"), full_session(4, "bob", "bob")};
    step.delta.sessions[2].endpoint = *parse_endpoint("[2001:db8::1]:1");
    step.delta.sessions[3].ended.reset();
    step.delta.sessions[3].end_reason.clear();
    step.delta.sessions[3].endpoint = {};
    all_ = step.delta.sessions;
    ASSERT_TRUE(world_.commit(std::move(step), at({})));
  }
  std::vector<std::uint64_t> find(const SessionQuery& query) {
    const auto reader = StoreReader::open(world_.directory);
    const auto sessions = reader->sessions(query);
    EXPECT_TRUE(sessions) << sessions.error().message();
    std::vector<std::uint64_t> numbers;
    for (const SessionRecord& session : *sessions) numbers.push_back(session.number);
    return numbers;
  }
  using Numbers = std::vector<std::uint64_t>;
  StoreWorld world_;
  std::vector<SessionRecord> all_;
};

TEST_F(History, FindsAll) { EXPECT_EQ(StoreReader::open(world_.directory)->sessions({}), all_); }

TEST_F(History, ForgetsWhatEndedLongAgoAndNeverWhatRuns) {
  const WallTime third = *all_[2].ended;
  const Now now{third + world_.limits.history_for, at({}).boot, at({}).boot_id};
  ASSERT_TRUE(world_.store->write_learned(world_.memory, 0, 1, now));
  EXPECT_EQ(find({}), (Numbers{3, 4}));
}

TEST_F(History, FindsWhatIsAskedFor) {
  struct Case {
    const char* name;
    SessionQuery query;
    Numbers want;
  };
  const Case cases[] = {
      {"a principal", {.principal = "alice"}, {1, 3}},
      {"nobody", {.principal = "carol"}, {}},
      {"a key", {.key = key("bob")}, {2, 4}},
      {"an address", {.address = parse_address("192.0.2.1")}, {1, 2}},
      {"a longer address", {.address = parse_address("2001:db8::1")}, {3}},
      {"another address", {.address = parse_address("192.0.2.2")}, {}},
      {"since", {.since = at(hours(3)).wall}, {2, 3, 4}},
      {"until", {.until = at(hours(2)).wall}, {1, 2}},
      {"between", {.since = at(hours(2)).wall, .until = at(hours(3)).wall}, {1, 2, 3}},
      {"what runs", {.since = at(hours(1000)).wall}, {4}},
      {"the newest", {.limit = 2}, {3, 4}},
      {"all at once",
       {.principal = "bob", .key = key("bob"), .until = at(hours(9)).wall, .limit = 1},
       {4}},
  };
  for (const Case& c : cases) EXPECT_EQ(find(c.query), c.want) << c.name;
}

TEST_F(History, ASessionThatEndsReplacesItsRow) {
  Step step = events_step(world_.memory, 1, at({}));
  step.delta.sessions = {full_session(4, "bob", "bob")};
  const auto want = step.delta.sessions;
  ASSERT_TRUE(world_.commit(std::move(step), at({})));
  EXPECT_EQ(StoreReader::open(world_.directory)->sessions({.since = at(hours(5)).wall}), want);
}

// Row by row of EXPLAIN QUERY PLAN.
std::string plan(const std::string& path, const SessionQuery& query) {
  auto database = Database::open(path, Database::Mode::read_only);
  const SessionSelect select = select_sessions(query);
  Statement statement(**database, "EXPLAIN QUERY PLAN " + select.sql);
  statement.start(select.values);
  std::string text;
  while (auto row = statement.next()) {
    for (int i = 0; i < 3; ++i) row->integer();
    text += row->text() + "\n";
  }
  return text;
}

TEST_F(History, IsSearchedByIndexAndNeverSortedForIt) {
  const std::string path = world_.path("state.db");
  const auto until = at({}).wall;
  EXPECT_EQ(plan(path, {.key = key("bob"), .until = until}),
            "SEARCH sessions USING INDEX sessions_by_key (public_key=?)\n");
  EXPECT_EQ(plan(path, {.principal = "bob", .since = until, .until = until}),
            "SEARCH sessions USING INDEX sessions_by_principal (principal=?)\n");
  EXPECT_EQ(plan(path, {.limit = 10}), "SCAN sessions\n");
}

}  // namespace
}  // namespace wgaudit::test
