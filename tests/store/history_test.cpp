// The history of sessions: what a query finds, and how.
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "exporter/store/history_select.hpp"
#include "exporter/store/reader.hpp"
#include "tests/store/world.hpp"

namespace wgaudit::test {
namespace {

using std::chrono::hours, std::chrono::minutes;

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
    for (const SessionRecord& session : all_) {
      if (!session.endpoint.known()) continue;
      step.delta.endpoints.push_back(
          {session.number, session.endpoint.address, session.started, session.ended});
    }
    // Where the second one was for a while.
    step.delta.endpoints.push_back(
        {2, parse_endpoint("192.0.2.77:1")->address, at(minutes(130)).wall, at(minutes(140)).wall});
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
      {"an address that it left", {.address = parse_address("192.0.2.77")}, {2}},
      {"an address of another", {.principal = "alice", .address = parse_address("192.0.2.77")}, {}},
      {"an address of a key", {.key = key("bob"), .address = parse_address("192.0.2.77")}, {2}},
      {"an address, later",
       {.address = parse_address("192.0.2.1"), .since = at(minutes(150)).wall},
       {2}},
      {"an address, the newest", {.address = parse_address("192.0.2.1"), .limit = 1}, {2}},
      {"another address", {.address = parse_address("192.0.2.2")}, {}},
      {"since", {.since = at(hours(3)).wall}, {2, 3, 4}},
      {"until", {.until = at(hours(2)).wall}, {1, 2}},
      {"between", {.since = at(hours(2)).wall, .until = at(hours(3)).wall}, {1, 2, 3}},
      {"what runs", {.since = at(hours(1000)).wall}, {4}},
      {"the newest", {.limit = 2}, {3, 4}},
      {"the newest of a time", {.until = at(hours(3)).wall, .limit = 2}, {2, 3}},
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

TEST_F(History, EndpointsOfSessions) {
  struct Case {
    const char* name;
    SessionQuery query;
    std::vector<std::string> want;
  };
  const Case cases[] = {
      {"all", {}, {"1 192.0.2.1", "2 192.0.2.1", "2 192.0.2.77", "3 2001:db8::1"}},
      {"a principal", {.principal = "alice"}, {"1 192.0.2.1", "3 2001:db8::1"}},
      {"a key", {.key = key("bob")}, {"2 192.0.2.1", "2 192.0.2.77"}},
      {"an address", {.address = parse_address("192.0.2.1")}, {"1 192.0.2.1", "2 192.0.2.1"}},
      {"a time", {.since = at(minutes(150)).wall}, {"2 192.0.2.1", "3 2001:db8::1"}},
      {"a time before", {.until = at(minutes(125)).wall}, {"1 192.0.2.1", "2 192.0.2.1"}},
      {"the newest", {.limit = 2}, {"2 192.0.2.77", "3 2001:db8::1"}},
      {"all at once",
       {.key = key("bob"), .address = parse_address("192.0.2.77"), .since = at({}).wall},
       {"2 192.0.2.77"}},
  };
  const auto reader = StoreReader::open(world_.directory);
  for (const Case& c : cases) {
    const auto found = reader->endpoints(c.query);
    ASSERT_TRUE(found) << found.error().message();
    std::vector<std::string> got;
    for (const SeenEndpoint& seen : *found) {
      got.push_back(std::to_string(seen.endpoint.session) + ' ' + to_string(seen.endpoint.address));
    }
    EXPECT_EQ(got, c.want) << c.name;
  }
}

// Sessions of all lengths, against what the words say.
TEST_F(History, ByTimeWhateverTheirLength) {
  std::mt19937_64 random(3);
  Step step = events_step(world_.memory, 1, at({}));
  for (std::uint64_t number = 1; number <= 400; ++number) {
    SessionRecord session = full_session(number, "alice", "alice");
    session.started = at(minutes(number * 60)).wall;
    const auto length = std::chrono::seconds(std::uint64_t{1} << (random() % 23));
    session.ended = session.started + length;
    if (random() % 20 == 0) session.ended.reset();
    step.delta.sessions.push_back(std::move(session));
  }
  const std::vector<SessionRecord> all = step.delta.sessions;
  ASSERT_TRUE(world_.commit(std::move(step), at({})));
  for (int i = 0; i < 300; ++i) {
    SessionQuery query;
    if (random() % 4 != 0) query.since = at(minutes(random() % 30'000)).wall;
    if (random() % 4 != 0) query.until = at(minutes(random() % 30'000)).wall;
    if (random() % 3 == 0) query.limit = 1 + random() % 20;
    Numbers want;
    for (const SessionRecord& session : all) {
      const bool late = query.until && session.started > *query.until;
      const bool early = query.since && session.ended && *session.ended < *query.since;
      if (!late && !early) want.push_back(session.number);
    }
    if (query.limit != 0 && want.size() > query.limit) {
      want.erase(want.begin(), want.end() - static_cast<std::ptrdiff_t>(query.limit));
    }
    ASSERT_EQ(find(query), want);
  }
}

TEST_F(History, AnAddressThatAPeerComesBackToIsOneRow) {
  Step step = events_step(world_.memory, 1, at({}));
  const Address address = parse_endpoint("192.0.2.1:1")->address;
  step.delta.endpoints = {{4, address, at(hours(4)).wall, at(hours(5)).wall},
                          {4, address, at(hours(6)).wall, std::nullopt}};
  ASSERT_TRUE(world_.commit(std::move(step), at({})));
  const auto found =
      StoreReader::open(world_.directory)->endpoints({.key = key("bob"), .limit = 1});
  EXPECT_EQ(found->front().endpoint, (EndpointRecord{4, address, at(hours(4)).wall, {}}));
}

TEST_F(History, FindingsAndKeysStayAfterTheirEnd) {
  const FindingIdentity identity{RuleId::unknown_key, "", "wg0", key("eve"), ""};
  const KeyRecord stay{
      {"", "wg0"}, key("eve"), "unknown:eve", at(hours(1)).wall, at(hours(1)).wall};
  Step step = events_step(world_.memory, 1, at({}));
  step.delta.findings_changed = step.delta.findings = {
      {identity, Severity::critical, "unknown:eve", at(hours(1)).wall, "a stranger"}};
  step.delta.keys = {stay};
  const Finding finding = step.delta.findings.front();
  ASSERT_TRUE(world_.commit(std::move(step), at({})));
  const auto reader = StoreReader::open(world_.directory);
  EXPECT_EQ(reader->findings({}), (std::vector<FindingRecord>{{finding, {}, ""}}));
  EXPECT_EQ(reader->keys({}), (std::vector<KeyRecord>{stay}));

  step = events_step(world_.memory, 1, at({}));
  step.delta.findings.clear();
  step.delta.findings_closed = {{identity, at(hours(2)).wall, "subject_gone"}};
  KeyRecord gone = stay;
  gone.last_seen = gone.removed = at(hours(2)).wall;
  step.delta.keys = {gone};
  ASSERT_TRUE(world_.commit(std::move(step), at({})));
  EXPECT_TRUE(world_.memory.findings.empty());
  EXPECT_EQ(reader->findings({}),
            (std::vector<FindingRecord>{{finding, at(hours(2)).wall, "subject_gone"}}));
  EXPECT_EQ(reader->keys({}), (std::vector<KeyRecord>{gone}));

  // Again: another finding, another stay.
  step = events_step(world_.memory, 1, at({}));
  step.delta.findings_changed = step.delta.findings = {finding};
  step.delta.keys = {stay};
  ASSERT_TRUE(world_.commit(std::move(step), at({})));
  EXPECT_EQ(reader->findings({})->size(), 2U);
  EXPECT_EQ(reader->findings({.key = key("eve"), .limit = 1})->front().closed, std::nullopt);
  EXPECT_EQ(reader->findings({.since = at(hours(3)).wall})->size(), 1U) << "it is open still";
  EXPECT_EQ(reader->findings({.until = at(minutes(30)).wall})->size(), 0U);
  EXPECT_EQ(reader->keys({.principal = "unknown:eve"})->size(), 2U);
  EXPECT_EQ(reader->keys({.since = at(hours(3)).wall})->size(), 1U);
}

TEST_F(History, LeavesOutFindingsOfARuleOfTheFuture) {
  auto database = Database::open(world_.path("state.db"), Database::Mode::read_write);
  ASSERT_TRUE(
      (*database)->run("INSERT INTO finding_history (rule, netns, interface, public_key,"
                       " subject, severity, principal, since, detail, accepted,"
                       " close_reason) VALUES (250, '', '', x'', '', 1, '', 0, '', 0, '')"));
  EXPECT_EQ(StoreReader::open(world_.directory)->findings({}), std::vector<FindingRecord>{});
}

TEST_F(History, SaysWhenARowMakesNoSense) {
  auto database = Database::open(world_.path("state.db"), Database::Mode::read_write);
  const auto reader = StoreReader::open(world_.directory);
  const std::pair<const char*, std::function<bool()>> cases[] = {
      {"UPDATE session_endpoints SET address = x'00' WHERE session = 3",
       [&] { return reader->endpoints({}).has_value(); }},
      {"UPDATE sessions SET public_key = x'00'", [&] { return reader->sessions({}).has_value(); }},
      {"INSERT INTO finding_history (rule, netns, interface, public_key, subject, severity,"
       " principal, since, detail, accepted, close_reason)"
       " VALUES (1, '', '', x'00', '', 1, '', 0, '', 0, '')",
       [&] { return reader->findings({}).has_value(); }},
      {"INSERT INTO key_history (netns, interface, public_key, principal, first_seen)"
       " VALUES ('', '', x'00', '', 0)",
       [&] { return reader->keys({}).has_value(); }},
      {"DELETE FROM history", [&] { return reader->extent().has_value(); }}};
  for (const auto& [sql, reads] : cases) {
    EXPECT_TRUE(reads()) << sql;
    ASSERT_TRUE((*database)->run(sql)) << (*database)->error().why;
    EXPECT_FALSE(reads()) << sql;
  }
}

// Row by row of EXPLAIN QUERY PLAN.
std::string plan(const std::string& path, const HistorySelect& select) {
  auto database = Database::open(path, Database::Mode::read_only);
  Statement statement(**database, "EXPLAIN QUERY PLAN " + select.sql);
  statement.start(select.values);
  std::string text;
  while (auto row = statement.next()) {
    for (int i = 0; i < 3; ++i) row->integer();
    text += row->text() + "\n";
  }
  return text;
}

// A million rows are answered in a moment as long as it stays so (tests/bench/sessions_million).
TEST_F(History, IsSearchedByIndexAndNeverSortedForIt) {
  const std::string path = world_.path("state.db");
  const auto until = at({}).wall;
  const auto address = parse_address("192.0.2.1");
  EXPECT_EQ(plan(path, select_sessions({.key = key("bob"), .until = until})),
            "SEARCH s USING INDEX sessions_by_key (public_key=?)\n");
  EXPECT_EQ(plan(path, select_sessions({.principal = "bob", .since = until, .until = until})),
            "SEARCH s USING INDEX sessions_by_principal (principal=?)\n");
  EXPECT_EQ(plan(path, select_sessions({.limit = 10})), "SCAN s\n");
  EXPECT_EQ(plan(path, select_sessions({.address = address, .limit = 10})),
            "SEARCH e USING COVERING INDEX session_endpoints_by_address (address=?)\n"
            "SEARCH s USING INTEGER PRIMARY KEY (rowid=?)\n");
  // Nothing of a time is searched but by both its ends.
  const std::string time = plan(path, select_sessions({.since = until, .until = until}));
  for (const char* part : {"COVERING INDEX sessions_by_start (started>? AND started<?)",
                           "INDEX sessions_by_span (span=? AND ended=? AND started<?)",
                           "INDEX sessions_by_span (span=? AND ended>? AND ended<?)"}) {
    EXPECT_NE(time.find(part), std::string::npos) << time;
  }
  EXPECT_EQ(time.find("SCAN sessions"), std::string::npos) << time;
  EXPECT_EQ(plan(path, select_findings({.key = key("bob"), .limit = 1})),
            "SEARCH h USING INDEX finding_history_by_key (public_key=?)\n");
  EXPECT_EQ(plan(path, select_keys({.principal = "bob"})),
            "SEARCH h USING INDEX key_history_by_principal (principal=?)\n");
}

}  // namespace
}  // namespace wgaudit::test
