// The sinks of a daemon: exchanged while they deliver, with a real store and real directories.
#include "exporter/daemon/outputs.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "exporter/signing/key_file.hpp"
#include "tests/daemon/database_lock.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;
using Names = std::vector<std::string>;

template <typename Predicate>
bool wait_until(Predicate predicate) {
  const auto limit = SteadyClock::now() + 20s;
  while (!predicate() && SteadyClock::now() < limit) std::this_thread::sleep_for(1ms);
  return predicate();
}

class OutputsTest : public testing::Test {
 protected:
  OutputsTest() {
    settings_.gateway_name = settings_.host_name = "gw1";
    auto opened = store_.open(std::nullopt, now_);
    EXPECT_TRUE(opened);
    memory_ = std::move(opened->memory);
  }
  SinkSettings file_sink(const std::string& name, const std::string& key = "") {
    FileSinkSettings file{path(name)};
    file.segments.signing_key_file = key;
    return {name, file};
  }
  std::string path(const std::string& name) const { return (root_.path() / name).string(); }
  void commit(std::size_t count) {
    Step step;
    step.delta.program = memory_.program;
    for (std::size_t i = 0; i < count; ++i) {
      Event& event = step.events.emplace_back(make_event(Action::heartbeat, now_.wall));
      event.sequence = ++step.delta.program.sequence;
    }
    ASSERT_TRUE(store_.commit(step, now_));
    memory_.apply(step.delta);
    if (outputs_) outputs_->wake();
  }
  void start() {
    outputs_.emplace(settings_, store_, *load_signing_keys(settings_),
                     [](const std::string&, const Error&) {});
    outputs_->start();
  }
  SinkChanges reload() {
    auto keys = load_signing_keys(settings_);
    EXPECT_TRUE(keys);
    return outputs_->reload(settings_, *std::move(keys));
  }
  bool delivered(const std::string& name, std::uint64_t sequence) {
    return wait_until([&] { return store_.cursor(name) == sequence; });
  }
  // Of all segments of a file sink.
  std::string lines(const std::string& name) const {
    std::string text;
    std::vector<std::filesystem::path> files;
    if (!std::filesystem::exists(path(name))) return text;
    for (const auto& entry : std::filesystem::directory_iterator(path(name))) {
      files.push_back(entry.path());
    }
    std::ranges::sort(files);
    for (const auto& file : files) text += test::read_file(file);
    return text;
  }
  static std::size_t count(const std::string& text, std::string_view what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
    return found;
  }

  test::TempDir root_;
  Now now_{test::wall("2026-11-01T12:00:00Z"), test::boot(1h), "boot"};
  Store store_{(root_.path() / "state").string()};
  Memory memory_;
  Settings settings_;
  std::optional<Outputs> outputs_;
};

TEST_F(OutputsTest, AReloadChangesWhatChanged) {
  settings_.sinks = {file_sink("a"), file_sink("b"), file_sink("c")};
  start();
  commit(3);
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(delivered(name, 3));
  std::get<FileSinkSettings>(settings_.sinks[1].kind).directory = path("b2");
  settings_.sinks[2] = file_sink("d");
  const auto [added, changed, removed] = reload();
  EXPECT_EQ(added, Names{"d"});
  EXPECT_EQ(changed, Names{"b"});
  EXPECT_EQ(removed, Names{"c"});
  ASSERT_TRUE(delivered("d", 3)) << "a new one gets what is kept";
  commit(2);
  for (const char* name : {"a", "b", "d"}) ASSERT_TRUE(delivered(name, 5));
  EXPECT_EQ(count(lines("a"), "\"action\":\"heartbeat\""), 5U);
  EXPECT_EQ(count(lines("b"), "\"action\":\"heartbeat\""), 3U);
  EXPECT_EQ(count(lines("b2"), "\"action\":\"heartbeat\""), 2U) << "it goes on at its cursor";
  EXPECT_EQ(count(lines("c"), "\"action\":\"heartbeat\""), 3U);
  EXPECT_EQ(count(lines("d"), "\"action\":\"heartbeat\""), 5U);
  EXPECT_EQ(store_.cursor("c"), 3U);
  outputs_->forget_others();
  EXPECT_EQ(store_.cursor("c"), std::nullopt);
  Names names;
  for (const SinkHealth& sink : outputs_->health().sinks) {
    names.push_back(sink.name);
    EXPECT_EQ(sink.delivered_events_total, 5U) << sink.name << ": counters do not fall";
  }
  EXPECT_EQ(names, (Names{"a", "b", "d"}));
  for (const SinkStatus& sink : outputs_->statuses()) {
    EXPECT_EQ(sink.delivered_events_total, 5U) << sink.name << ": nor does what the API says";
  }
}

// Who forgets waits for the disk; who reloads does not wait for that.
TEST_F(OutputsTest, AReloadDoesNotWaitForWhatIsForgotten) {
  settings_.sinks = {file_sink("a"), file_sink("b")};
  start();
  commit(1);
  ASSERT_TRUE(delivered("a", 1) && delivered("b", 1));
  settings_.sinks.pop_back();
  EXPECT_EQ(reload().removed, Names{"b"});
  std::thread forgets;
  {
    const test::DatabaseLock disk(root_.path() / "state" / "state.db");
    forgets = std::thread([&] { outputs_->forget_others(); });
    std::this_thread::sleep_for(50ms);
    const auto begun = SteadyClock::now();
    settings_.sinks.push_back(SinkSettings{"out", StdoutSinkSettings{}, true});
    EXPECT_EQ(reload().added, Names{"out"});
    EXPECT_LT(SteadyClock::now() - begun, 500ms);
  }
  forgets.join();
  EXPECT_EQ(store_.cursor("b"), std::nullopt);
}

// One that hangs where it stores how far it came is not waited for, and what takes its name begins
// behind it: nothing is written twice.
TEST_F(OutputsTest, ASinkThatHangsMayGoAndComeBack) {
  settings_.sinks = {file_sink("a")};
  start();
  commit(3);
  ASSERT_TRUE(delivered("a", 3));
  const auto with_d = std::vector{file_sink("a"), file_sink("d")};
  {
    const test::DatabaseLock disk(root_.path() / "state" / "state.db");
    settings_.sinks = with_d;
    EXPECT_EQ(reload().added, Names{"d"});
    ASSERT_TRUE(wait_until([&] { return count(lines("d"), "\"action\":\"heartbeat\"") == 3; }));
    settings_.sinks = {file_sink("a")};
    const auto begun = SteadyClock::now();
    EXPECT_EQ(reload().removed, Names{"d"});
    settings_.sinks = with_d;
    EXPECT_EQ(reload().added, Names{"d"});
    EXPECT_LT(SteadyClock::now() - begun, 4s);
  }
  ASSERT_TRUE(delivered("d", 3));
  commit(1);
  ASSERT_TRUE(delivered("d", 4));
  EXPECT_EQ(count(lines("d"), "\"action\":\"heartbeat\""), 4U);
}

TEST_F(OutputsTest, AReloadThatChangesNothingBeginsSegments) {
  settings_.sinks = {file_sink("a")};
  start();
  commit(3);
  ASSERT_TRUE(delivered("a", 3));
  const auto [added, changed, removed] = reload();
  EXPECT_TRUE(added.empty() && changed.empty() && removed.empty());
  ASSERT_TRUE(wait_until([&] { return count(lines("a"), "\"reason\":\"reopen\"") == 1; }));
}

// The path is the same, the key is another: what is signed from now on has to be signed by that.
TEST_F(OutputsTest, AKeyThatWasReplacedIsUsedAfterAReload) {
  const auto make_key = [&] {
    auto key = SigningKey::generate();
    std::filesystem::remove(root_.path() / kSigningKeyName);
    std::filesystem::remove(root_.path() / kVerifyingKeyName);
    EXPECT_TRUE(write_key_files(root_.path().string(), key));
    return key.verifying().id();
  };
  const std::string first = make_key();
  settings_.sinks = {file_sink("a", path(kSigningKeyName)), file_sink("b")};
  start();
  commit(1);
  ASSERT_TRUE(delivered("a", 1));
  EXPECT_EQ(reload().changed, Names{});
  const std::string second = make_key();
  EXPECT_EQ(reload().changed, Names{"a"});
  commit(1);
  ASSERT_TRUE(delivered("a", 2));
  outputs_->request_stop();
  outputs_->stop_by(SteadyClock::now() + 20s);
  const std::string text = lines("a");
  EXPECT_GE(count(text, "\"key_id\":\"" + first), 1U);
  EXPECT_GE(count(text, "\"key_id\":\"" + second), 1U);
  EXPECT_EQ(count(text, "\"previous_key_id\":\"" + first), 1U);
}

// A restored backup is behind what any of the file sinks has.
TEST_F(OutputsTest, WhatWasWrittenLastIsTheFurthestOfAllFileSinks) {
  EXPECT_EQ(written_tail_of({}), std::nullopt);
  settings_.sinks = {file_sink("a"), file_sink("b"), {"out", StdoutSinkSettings{}, true}};
  settings_.sinks[0].paused = true;
  start();
  commit(4);
  ASSERT_TRUE(delivered("b", 4));
  settings_.sinks[0].paused = false;
  settings_.sinks[1].paused = true;
  reload();
  ASSERT_TRUE(delivered("a", 4));
  commit(2);
  ASSERT_TRUE(delivered("a", 6));
  outputs_.reset();
  const std::string installation = store_.read_after(0, 1)->installation;
  for (int i = 0; i < 2; ++i) {
    const auto tail = written_tail_of(settings_.sinks);
    ASSERT_TRUE(tail);
    EXPECT_EQ(tail->installation, installation);
    EXPECT_EQ(tail->sequence, 6U);
    std::swap(settings_.sinks[0], settings_.sinks[1]);
  }
  (void)root_.write("none", "");
  settings_.sinks.insert(settings_.sinks.begin(), file_sink("none"));
  EXPECT_EQ(written_tail_of(settings_.sinks)->sequence, 6U) << "one that cannot be read";
}

TEST_F(OutputsTest, WhatWasWrittenOfAnotherInstallationIsKnownToo) {
  settings_.sinks = {file_sink("a"), file_sink("b")};
  start();
  commit(4);
  ASSERT_TRUE(delivered("a", 4) && delivered("b", 4));
  outputs_.reset();
  const std::string before = store_.read_after(0, 1)->installation;
  Store another((root_.path() / "another").string());
  auto opened = another.open(std::nullopt, now_);
  Step step;
  step.delta.program = opened->memory.program;
  step.events.push_back(make_event(Action::heartbeat, now_.wall));
  step.events[0].sequence = ++step.delta.program.sequence;
  ASSERT_TRUE(another.commit(step, now_));
  Settings only;
  only.gateway_name = only.host_name = "gw1";
  only.sinks = {file_sink("a")};
  {
    Outputs outputs(only, another, {}, [](const std::string&, const Error&) {});
    outputs.start();
    ASSERT_TRUE(wait_until([&] { return another.cursor("a") == 1U; }));
  }
  for (int i = 0; i < 2; ++i) {
    const auto tail = written_tail_of(settings_.sinks);
    ASSERT_TRUE(tail);
    const std::string now = another.read_after(0, 1)->installation;
    auto all = tail->earlier;
    all[tail->installation] = tail->sequence;
    EXPECT_EQ(all, (std::map<std::string, std::uint64_t>{{before, 4}, {now, 1}}));
    std::swap(settings_.sinks[0], settings_.sinks[1]);
  }
}

}  // namespace
}  // namespace wgaudit
