// `sessions` and `events`, on a state directory that a store has written.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "exporter/commands/command_line.hpp"
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
                  [](const Settings&) { return 0; },
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
        {"events", "tail", "--lines", "-1"},
        {"events"}}) {
    EXPECT_EQ(run(arguments), 2) << arguments[0];
    EXPECT_FALSE(err_.str().empty());
  }
}

TEST_F(History, NoStateIsFour) {
  directory_ = root_.path() / "none";
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"sessions"}, {"events", "tail"}}) {
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
