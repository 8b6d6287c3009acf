// `sessions` and `events`, on a state directory that a store has written.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "exporter/commands/command_line.hpp"
#include "exporter/store/reader.hpp"
#include "exporter/store/sqlite.hpp"
#include "exporter/store/store.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

using namespace std::chrono_literals;

const Now kNow{test::wall("2026-11-01T12:00:00Z"), test::boot(1h), "boot"};

class History : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = store_.open(std::nullopt, kNow);
    ASSERT_TRUE(opened) << opened.error().error.message();
    SessionRecord alice{.number = 1,
                        .device = {"blue", "wg0"},
                        .public_key = test::key("alice"),
                        .principal = "alice",
                        .started = kNow.wall - 2h,
                        .ended = kNow.wall - 1h,
                        .end_reason = "timeout",
                        .endpoint = *parse_endpoint("198.51.100.7:1024"),
                        .received_bytes = 5 << 20,
                        .sent_bytes = 1000};
    SessionRecord bob{.number = 2,
                      .device = {"", "wg0"},
                      .public_key = test::key("bob"),
                      .principal = "bob\x1b[31m",
                      .started = kNow.wall - 10min,
                      .start_unknown = true,
                      .ended = std::nullopt,
                      .end_reason = "",
                      .endpoint = {}};
    tell({alice, bob}, 3);
  }
  void tell(std::vector<SessionRecord> sessions, int events) {
    Step step;
    step.delta.sessions = std::move(sessions);
    for (const SessionRecord& session : step.delta.sessions) {
      if (!session.endpoint.known()) continue;
      step.delta.endpoints.push_back(
          {session.number, session.endpoint.address, session.started, session.ended});
    }
    for (int i = 0; i < events; ++i) {
      Event event = make_event(Action::heartbeat, kNow.wall);
      event.sequence = ++sequence_;
      step.events.push_back(event);
    }
    step.delta.program.sequence = sequence_;
    ASSERT_TRUE(store_.commit(step, kNow)) << store_.status().why;
  }
  int run(std::vector<std::string> arguments) {
    out_.str("");
    err_.str("");
    System system{out_,
                  err_,
                  [this](const std::string& name) -> std::optional<std::string> {
                    if (name == "STATE_DIRECTORY") return directory_;
                    return std::nullopt;
                  },
                  "gw1",
                  [] { return kNow; },
                  [](const Targets&) { return Observation{}; },
                  [](const LoadedSettings&, const ReadSettings&) { return 0; },
                  [this](Duration) { return more_ && more_(); }};
    return run_command_line(system, arguments);
  }
  std::size_t lines() const {
    const std::string text = out_.str();
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
  }

  test::TempDir root_;
  std::string directory_ = root_.path() / "state";
  Store store_{directory_};
  std::uint64_t sequence_ = 0;
  std::ostringstream out_, err_;
  std::function<bool()> more_;
};

TEST_F(History, SessionsAsATable) {
  EXPECT_EQ(run({"sessions"}), 0) << err_.str();
  EXPECT_EQ(
      out_.str(),
      "STARTED               ENDED                PRINCIPAL    INTERFACE  ENDPOINT           "
      "RECEIVED  SENT    REASON\n"
      "2026-11-01 10:00:00   2026-11-01 11:00:00  alice        blue:wg0   198.51.100.7:1024  "
      "5.0 MiB   1000 B  timeout\n"
      "<2026-11-01 11:50:00  running              bob\\x1b[31m  wg0        -                  "
      "-         -       -\n");
}

TEST_F(History, SessionsAsJson) {
  EXPECT_EQ(run({"sessions", "--format", "json", "--principal", "alice"}), 0) << err_.str();
  const std::string json = out_.str();
  for (const char* part : {"\"principal\": \"alice\"", "\"netns\": \"blue\"",
                           "\"ended\": \"2026-11-01T11:00:00.000Z\"", "\"received_bytes\": 5242880",
                           "\"end_reason\": \"timeout\"", "\"start_unknown\": false"}) {
    EXPECT_NE(json.find(part), std::string::npos) << part << " in " << json;
  }
  EXPECT_EQ(json.find("bob"), std::string::npos);
}

// The header and the columns are what scripts rely on: they are only ever added to, at the end.
TEST_F(History, SessionsAsCsv) {
  EXPECT_EQ(run({"sessions", "--format", "csv"}), 0) << err_.str();
  const std::string alice = to_string(test::key("alice")), bob = to_string(test::key("bob"));
  const std::string csv = out_.str();
  const std::string header =
      "id,netns,interface,public_key,principal,started,start_unknown,ended,end_reason,endpoint,"
      "received_bytes,sent_bytes,unobserved_seconds\r\n";
  ASSERT_EQ(csv.substr(0, header.size()), header);
  EXPECT_NE(csv.find(",blue,wg0," + alice +
                     ",alice,2026-11-01T10:00:00.000Z,false,2026-11-01T11:00:00.000Z,timeout,"
                     "198.51.100.7:1024,5242880,1000,0\r\n"),
            std::string::npos)
      << csv;
  EXPECT_NE(csv.find(",,wg0," + bob + ",bob\\x1b[31m,2026-11-01T11:50:00.000Z,true,,,,,,0\r\n"),
            std::string::npos)
      << csv;
}

TEST_F(History, EndpointsFindingsAndKeys) {
  Step step;
  step.delta.keys = {{{"", "wg0"},
                      test::key("eve"),
                      "unknown:eve",
                      kNow.wall - 2h,
                      kNow.wall - 2h,
                      kNow.wall - 1h,
                      kNow.wall - 1h}};
  const FindingIdentity identity{RuleId::unknown_key, "", "wg0", test::key("eve"), ""};
  step.delta.findings_changed = {
      {identity, Severity::critical, "unknown:eve", kNow.wall - 2h, "a stranger, who \"knocks\""}};
  step.delta.program.sequence = sequence_;
  ASSERT_TRUE(store_.commit(step, kNow)) << store_.status().why;
  const std::string eve = to_string(test::key("eve"));
  const struct {
    std::vector<std::string> arguments;
    std::string want;
  } cases[] = {
      {{"sessions", "endpoints"}, "2026-11-01 10:00:00  2026-11-01 11:00:00  alice"},
      {{"sessions", "endpoints", "--principal", "bob"}, "SESSION\n"},
      {{"sessions", "--principal", "alice", "endpoints", "--format", "csv"},
       "session_id,netns,interface,public_key,principal,address,first_seen,last_seen\r\n"},
      {{"sessions", "endpoints", "--address", "198.51.100.7", "--format", "json"},
       "\"address\": \"198.51.100.7\""},
      {{"sessions", "findings"}, "2026-11-01 10:00:00  open    critical  unknown_key  unknown:eve"},
      {{"sessions", "findings", "--key", eve, "--format", "csv"},
       ",unknown_key,WGA-001,critical,,wg0," + eve +
           ",,unknown:eve,2026-11-01T10:00:00.000Z,,,false,\"a stranger, who \"\"knocks\"\"\"\r\n"},
      {{"sessions", "findings", "--until", "3h", "--format", "json"}, "\"findings\": []"},
      {{"sessions", "keys", "--principal", "unknown:eve"},
       "2026-11-01 10:00:00  2026-11-01 11:00:00  unknown:eve  wg0        " + eve},
      {{"sessions", "keys", "--format", "csv"},
       ",wg0," + eve +
           ",unknown:eve,2026-11-01T10:00:00.000Z,2026-11-01T10:00:00.000Z,"
           "2026-11-01T11:00:00.000Z,2026-11-01T11:00:00.000Z\r\n"},
  };
  for (const auto& [arguments, want] : cases) {
    EXPECT_EQ(run(arguments), 0) << err_.str();
    EXPECT_NE(out_.str().find(want), std::string::npos) << arguments[1] << '\n' << out_.str();
  }
}

// No row proves nothing where rows are gone.
TEST_F(History, ATimeOfWhichRowsAreGoneIsSaid) {
  EXPECT_EQ(run({"sessions", "--since", "90d"}), 0);
  EXPECT_EQ(err_.str(), "");
  const Now later{kNow.wall + std::chrono::days(90), kNow.boot + std::chrono::days(90),
                  kNow.boot_id};
  ASSERT_TRUE(store_.remove_history(later));
  EXPECT_EQ(run({"sessions", "--since", "90d", "--format", "json"}), 0);
  EXPECT_EQ(err_.str(),
            "wgaudit: the history is whole since 2026-11-01T11:00:00.000Z: what ended before was "
            "removed by its age or size\n");
  EXPECT_NE(out_.str().find("\"complete_since\": \"2026-11-01T11:00:00.000Z\""), std::string::npos);
  EXPECT_EQ(run({"sessions", "keys", "--until", "2026-11-01T10:00:00Z"}), 0);
  EXPECT_NE(err_.str(), "");
  EXPECT_EQ(run({"sessions", "--since", "30m"}), 0);
  EXPECT_EQ(err_.str(), "");
}

TEST_F(History, ForgetsAPrincipal) {
  EXPECT_EQ(run({"sessions", "forget", "--principal", "alice", "--dry-run"}), 0) << err_.str();
  EXPECT_NE(
      out_.str().find("would forget: 1 session, 1 endpoint, 0 findings, 0 keys, 0 dead events\n"),
      std::string::npos)
      << out_.str();
  EXPECT_EQ(run({"sessions", "--principal", "alice", "forget"}), 0) << err_.str();
  EXPECT_NE(out_.str().find("forgotten: 1 session, 1 endpoint, 0 findings, 0 keys, 0 dead events\n"
                            "not touched: 0 events about its keys"),
            std::string::npos)
      << out_.str();
  EXPECT_EQ(run({"sessions"}), 0);
  EXPECT_EQ(lines(), 2U);
  EXPECT_EQ(run({"sessions", "forget", "--principal", "alice"}), 0) << "nothing is left to do";

  // Whose session runs is not forgotten as a whole yet.
  EXPECT_EQ(run({"sessions", "forget", "--principal", "bob\x1b[31m", "--dry-run"}), 0);
  EXPECT_EQ(run({"sessions", "forget", "--principal", "bob\x1b[31m"}), 4);
  EXPECT_NE(out_.str().find("kept, for they go on: 1 session"), std::string::npos) << out_.str();
  tell({}, 1);
}

TEST_F(History, ForgettingSaysWhatMayBeLeft) {
  auto reading = StoreReader::open(directory_);
  ASSERT_TRUE(reading);
  std::ofstream(directory_ + "/state.db.corrupt-20260801T000000Z") << "x";
  auto held = Database::open(directory_ + "/state.db", Database::Mode::read_only);
  Statement statement(**held, "SELECT number FROM sessions");
  statement.start();
  ASSERT_TRUE(statement.next());
  EXPECT_EQ(run({"sessions", "forget", "--principal", "alice"}), 4);
  EXPECT_NE(err_.str().find("run it again"), std::string::npos) << err_.str();
  EXPECT_NE(out_.str().find("not touched: state.db.corrupt-20260801T000000Z"), std::string::npos);
}

TEST_F(History, SessionsBySeveralThings) {
  const std::string key = to_string(test::key("bob"));
  const std::pair<std::vector<std::string>, std::size_t> cases[] = {
      {{"sessions", "--key", key}, 1},
      {{"sessions", "--address", "198.51.100.7"}, 1},
      {{"sessions", "--address", "198.51.100.8"}, 0},
      {{"sessions", "--since", "30m"}, 1},
      {{"sessions", "--since", "90m"}, 2},
      {{"sessions", "--until", "2026-11-01T10:30:00Z"}, 1},
      {{"sessions", "--limit", "1"}, 1},
      {{"sessions", "--principal", "nobody"}, 0}};
  for (const auto& [arguments, found] : cases) {
    EXPECT_EQ(run(arguments), 0) << err_.str();
    EXPECT_EQ(lines(), found + 1) << arguments[1] << ' ' << arguments[2];
  }
}

TEST_F(History, WrongArgumentsAreTwo) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"sessions", "--key", "x"},
        {"sessions", "--address", "host.example"},
        {"sessions", "--since", "yesterday"},
        {"sessions", "--until", "1"},
        {"sessions", "--format", "xml"},
        {"sessions", "findings", "--address", "192.0.2.1"},
        {"sessions", "--address", "192.0.2.1", "keys"},
        {"sessions", "endpoints", "--since", "never"},
        {"sessions", "forget"},
        {"sessions", "forget", "--principal", ""},
        {"sessions", "--since", "1h", "forget", "--principal", "alice"},
        {"sessions", "--until", "1h", "forget", "--principal", "alice"},
        {"sessions", "--limit", "1", "forget", "--principal", "alice"},
        {"sessions", "--key", "x", "forget", "--principal", "alice"},
        {"sessions", "--address", "192.0.2.1", "forget", "--principal", "alice"},
        {"sessions", "--format", "json", "forget", "--principal", "alice"},
        {"events", "tail", "--lines", "-1"},
        {"events"}}) {
    EXPECT_EQ(run(arguments), 2) << arguments[0];
    EXPECT_FALSE(err_.str().empty());
  }
}

TEST_F(History, NoStateIsFour) {
  directory_ = root_.path() / "none";
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"sessions"},
                                                    {"sessions", "endpoints"},
                                                    {"sessions", "findings"},
                                                    {"sessions", "keys"},
                                                    {"sessions", "forget", "--principal", "alice"},
                                                    {"events", "tail"}}) {
    EXPECT_EQ(run(arguments), 4);
    EXPECT_NE(err_.str().find("No such file or directory"), std::string::npos) << err_.str();
  }
}

TEST_F(History, TailShowsTheNewestEvents) {
  tell({}, 20);
  EXPECT_EQ(run({"events", "tail"}), 0);
  EXPECT_EQ(lines(), 10U);
  EXPECT_NE(out_.str().find("\"sequence\":14,"), std::string::npos) << out_.str();
  EXPECT_EQ(run({"events", "tail", "-n", "100"}), 0);
  EXPECT_EQ(lines(), 23U);
  EXPECT_EQ(run({"events", "tail", "-n", "0"}), 0);
  EXPECT_EQ(lines(), 0U);
}

TEST_F(History, TailFollows) {
  int rounds = 0;
  more_ = [&] {
    if (++rounds == 3) return false;
    tell({}, 2);
    return true;
  };
  EXPECT_EQ(run({"events", "tail", "-f", "-n", "1"}), 0);
  EXPECT_EQ(lines(), 1U + 2 * 2);
}

TEST_F(History, SchemaIsPrinted) {
  EXPECT_EQ(run({"events", "schema"}), 0);
  EXPECT_EQ(out_.str(), test::read_file(test::source_dir() / "exporter/codec/event.schema.json"));
}

}  // namespace
}  // namespace wgaudit
