// What the verdict says of each thing that can be wrong.
#include "exporter/verify/chain_checker.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sinks/events.hpp"
#include "tests/support/files.hpp"
#include "tests/verify/signed_log.hpp"

namespace wgaudit::test {
namespace {

class ChainCheckerTest : public testing::Test {
 protected:
  void write(const LogSpec& spec) {
    head_ = write_log(directory_.path(), spec);
    original_ = files_ = read_files(directory_.path());
  }
  // What is wrong with `files_`, one text each.
  std::vector<std::string> flaws(VerifyOptions options = {}) {
    write_files(directory_.path(), files_, written_.empty() ? original_ : written_);
    written_ = files_;
    const auto verdict = verify_segments({directory_.path().string()}, options);
    exit_code_ = exit_code_of(*verdict);
    std::vector<std::string> texts;
    for (const Flaw& flaw : verdict->flaws) {
      texts.push_back(
          (flaw.file.empty() ? "" : flaw.file + ':' + std::to_string(flaw.line) + ": ") +
          flaw.what);
    }
    return texts;
  }
  static VerifyOptions with(std::vector<VerifyingKey> keys) {
    VerifyOptions options;
    options.keys = std::move(keys);
    return options;
  }
  static VerifyOptions expecting(std::uint64_t sequence, std::string hash) {
    VerifyOptions options;
    options.heads = {{sequence, std::move(hash)}};
    return options;
  }
  std::string& first() { return files_.begin()->second; }
  std::string& last() { return files_.rbegin()->second; }
  [[nodiscard]] const std::string& first_name() const { return files_.begin()->first; }
  static void replace(std::string& bytes, std::string_view what, std::string_view by) {
    const std::size_t at = bytes.find(what);
    ASSERT_NE(at, std::string::npos);
    bytes.replace(at, what.size(), by);
  }

  TempDir directory_;
  ChainHead head_;
  Files files_, original_, written_;
  int exit_code_ = -1;
};

using Flaws = std::vector<std::string>;

TEST_F(ChainCheckerTest, AWholeLogWithAndWithoutKeyAndDeep) {
  write({});
  EXPECT_EQ(flaws(), Flaws{});
  EXPECT_EQ(exit_code_, 0);
  EXPECT_EQ(flaws(with({test_key()->verifying()})), Flaws{});
  EXPECT_EQ(flaws(expecting(head_.sequence, head_.hash.substr(0, 24))), Flaws{});
  VerifyOptions deep;
  deep.deep = true;
  EXPECT_EQ(flaws(deep), Flaws{});
}

TEST_F(ChainCheckerTest, AChangedLineShowsAtTheNext) {
  write({.segment_bytes = 1'000'000, .is_signed = false});
  replace(first(), "wg0", "wg7");
  EXPECT_EQ(flaws(), (Flaws{first_name() +
                            ":3: does not follow on the line before: one of the two was changed, "
                            "or lines between them are gone"}));
  EXPECT_EQ(exit_code_, 1);
}

TEST_F(ChainCheckerTest, AnEndWithoutSignatureIsIncomplete) {
  write({.events = 15, .segment_bytes = 1'000'000, .stopped = false});
  EXPECT_EQ(flaws(with({test_key()->verifying()})),
            (Flaws{"6 lines after the last checkpoint are not signed"}));
  EXPECT_EQ(exit_code_, 4);
  EXPECT_EQ(flaws(), Flaws{});
}

TEST_F(ChainCheckerTest, ALogThatWasNeverSignedIsIncompleteForWhoHasAKey) {
  write({.is_signed = false});
  EXPECT_EQ(flaws(with({test_key()->verifying()})),
            (Flaws{"nothing is signed: there is no checkpoint that holds"}));
  EXPECT_EQ(exit_code_, 4);
}

TEST_F(ChainCheckerTest, AKeyThatWasNotGiven) {
  write({.events = 5, .segment_bytes = 1'000'000});
  const Flaws found = flaws(with({SigningKey::generate().verifying()}));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0], first_name() + ":7: checkpoint is of key " + test_key()->verifying().id() +
                          ", which was not given");
  EXPECT_EQ(exit_code_, 1);
}

TEST_F(ChainCheckerTest, SegmentsThatAreMissing) {
  write({});
  ASSERT_GE(files_.size(), 4U);
  const auto name = [&](std::ptrdiff_t at) { return std::next(original_.begin(), at)->first; };
  files_.erase(name(0));
  EXPECT_EQ(flaws(), (Flaws{"what was before the first segment is not here, and no "
                            "segments-removed names it: " +
                            name(0)}));
  EXPECT_EQ(exit_code_, 4);
  files_ = original_;
  files_.erase(name(1));
  EXPECT_EQ(flaws()[0], name(2) + ":1: follows on " + name(1) + ", which is not here: " + name(0) +
                            " is before it");
  EXPECT_EQ(exit_code_, 1);
  files_ = original_;
  files_.erase(std::prev(files_.end()));
  ASSERT_EQ(flaws().size(), 1U);
  EXPECT_TRUE(flaws()[0].ends_with("the segment after it is not here"));
  EXPECT_EQ(exit_code_, 4);
  files_.clear();
  EXPECT_EQ(flaws(), (Flaws{"there is no segment"}));
  EXPECT_EQ(exit_code_, 4);
}

TEST_F(ChainCheckerTest, AnEmptySegmentHidesNothing) {
  write({.is_signed = false});
  first().clear();
  EXPECT_EQ(exit_code_of((flaws(), verify_log(directory_.path(), false))), 1);
  files_ = original_;
  last().clear();
  ASSERT_EQ(flaws().size(), 1U);
  EXPECT_TRUE(flaws()[0].ends_with(":0: is empty"));
  EXPECT_EQ(exit_code_, 4);
}

TEST_F(ChainCheckerTest, ATornEndIsIncomplete) {
  write({.segment_bytes = 1'000'000, .is_signed = false});
  first().pop_back();
  ASSERT_EQ(flaws().size(), 1U);
  EXPECT_TRUE(flaws()[0].ends_with("the last line is cut off, and no segment after it says so"));
  EXPECT_EQ(exit_code_, 4);
}

TEST_F(ChainCheckerTest, HeadsThatWereSeenOutside) {
  write({.is_signed = false});
  const Flaws other = flaws(expecting(50, std::string(64, '0')));
  ASSERT_EQ(other.size(), 1U);
  EXPECT_TRUE(other[0].ends_with(": is not the event that was seen outside (--expect-head)"));
  EXPECT_EQ(exit_code_, 1);
  EXPECT_EQ(flaws(expecting(121, std::string(64, '0'))),
            (Flaws{"the log ends before sequence 121 (--expect-head)"}));
  EXPECT_EQ(exit_code_, 1);
  files_.erase(files_.begin());
  EXPECT_EQ(flaws(expecting(1, std::string(64, '0'))).back(),
            "sequence 1 (--expect-head) is not in these files, but may have been before them");
  EXPECT_EQ(exit_code_, 4);
}

// An installation counts from 1 again: its event is not the one of that number before it, of which
// retention may have removed everything.
TEST_F(ChainCheckerTest, AHeadOfAnInstallationThatIsGoneAccusesNobody) {
  write({.segment_bytes = 1'000'000, .is_signed = false});
  const ChainHead before = head_;
  const auto next = [&](std::uint64_t first, std::uint64_t count) {
    FileSinkOptions later =
        log_options(directory_.path(), {.segment_bytes = 20'000, .is_signed = false});
    later.now = [clock = later.now] { return clock() + std::chrono::hours{1}; };
    FileSink sink(std::move(later));
    (void)sink.resume(kOtherInstallation, std::nullopt);
    ASSERT_TRUE(sink.deliver(batch(first, count, kOtherInstallation)));
    head_ = sink.status().head;
  };
  const auto exit_code = [&](const ChainHead& head) {
    (void)flaws(expecting(head.sequence, head.hash));
    return exit_code_;
  };
  const auto look = [&] { written_ = original_ = files_ = read_files(directory_.path()); };
  const std::string no_hash(64, '0');
  next(1, 50);
  look();
  EXPECT_EQ(exit_code(before), 0);
  EXPECT_EQ(exit_code({no_hash, 40}), 1);
  EXPECT_EQ(exit_code({no_hash, 121}), 1);
  files_.erase(files_.begin());
  EXPECT_EQ(exit_code(before), 4) << "its number is not reached here";
  EXPECT_EQ(flaws(expecting(before.sequence, before.hash)).back(),
            "sequence 120 (--expect-head) is not in these files, but may have been before them");
  next(51, 100);
  look();
  ASSERT_GT(files_.size(), 3U);
  EXPECT_EQ(exit_code(before), 4) << "its number is another event's here";
  EXPECT_TRUE(flaws(expecting(before.sequence, before.hash))
                  .back()
                  .ends_with(": is not the event that was seen outside (--expect-head), which may "
                             "have been before these "
                             "files"));
  // What can only have been here is held against what is here.
  files_.erase(files_.begin());
  EXPECT_EQ(exit_code({no_hash, 140}), 1);
  EXPECT_EQ(exit_code({no_hash, 151}), 1);
  EXPECT_EQ(exit_code({no_hash, 2}), 4);
}

// A key may be replaced; then it is not used again.
TEST_F(ChainCheckerTest, KeysAndTheirSpans) {
  const SigningKey other = SigningKey::generate();
  const auto run = [&](const SigningKey& key, std::uint64_t from) {
    auto options = log_options(directory_.path(), {.segment_bytes = 1'000'000});
    options.checkpoints.key = std::make_shared<const SigningKey>(key);
    FileSink sink(std::move(options));
    EXPECT_EQ(sink.resume(kInstallation, std::nullopt), from - 1);
    EXPECT_TRUE(sink.deliver(batch(from, 15)));
    sink.end();
  };
  run(*test_key(), 1);
  run(other, 16);
  const VerifyOptions both = with({other.verifying(), test_key()->verifying()});
  auto verdict = verify_segments({directory_.path().string()}, both);
  EXPECT_EQ(exit_code_of(*verdict), 0) << to_text(*verdict);
  ASSERT_EQ(verdict->keys.size(), 2U);
  EXPECT_EQ(verdict->keys[0].key_id, test_key()->verifying().id());
  EXPECT_EQ(verdict->keys[0].last_sequence, 15U);
  EXPECT_EQ(verdict->keys[1].last_sequence, 30U);
  const std::string bytes = read_files(directory_.path()).begin()->second;
  EXPECT_NE(bytes.find("\"previous_key_id\":\"" + test_key()->verifying().id()), std::string::npos);
  run(*test_key(), 31);
  verdict = verify_segments({directory_.path().string()}, both);
  EXPECT_EQ(exit_code_of(*verdict), 1);
  EXPECT_EQ(verdict->flaws[0].what, "checkpoint is of a key that was replaced before");
}

// The outbox dropped them, or they were before the sink: the segments say so where they are
// missing.
TEST_F(ChainCheckerTest, EventsThatNeverCameAreRecorded) {
  for (const bool is_signed : {false, true}) {
    std::filesystem::remove_all(directory_.path());
    std::filesystem::create_directory(directory_.path());
    written_.clear();
    LogSpec spec{.segment_bytes = 1'000'000, .is_signed = is_signed};
    FileSink sink(log_options(directory_.path(), spec));
    (void)sink.resume(kInstallation, std::nullopt);
    EventBatch events = batch(3, 2);
    events.events.push_back(event(10));
    events.events.push_back(event(11));
    ASSERT_TRUE(sink.deliver(events));
    sink.end();
    const LogVerdict verdict = verify_log(directory_.path(), is_signed);
    EXPECT_EQ(exit_code_of(verdict), 0) << to_text(verdict);
    EXPECT_EQ(verdict.lost_events, 2U + 5U);
    original_ = read_files(directory_.path());
    ASSERT_EQ(original_.size(), 2U);
    for (const std::string_view other : {R"("first":6,"last":9)", R"("first":5,"last":8)"}) {
      files_ = original_;
      const auto second = std::ranges::find_if(
          files_, [](const auto& file) { return file.first.ends_with("-10.jsonl"); });
      ASSERT_NE(second, files_.end());
      replace(second->second, R"("first":5,"last":9)", other);
      const Flaws found = flaws();
      ASSERT_FALSE(found.empty());
      EXPECT_EQ(found[0], second->first + ":1: begins with sequence 10 after 4");
      EXPECT_EQ(exit_code_, 1);
    }
  }
}

TEST_F(ChainCheckerTest, ADeepLookFindsWhatTheChainDoesNotSay) {
  // Without a key the last line can be anything that looks like one.
  struct Case {
    std::string_view what, by, flaw;
  };
  for (const auto& [what, by, flaw] :
       {Case{R"("event":{"sequence":3,)", R"("event":{"sequence":3,"sequence":4,)",
             "event.sequence is there twice"},
        Case{R"("module":"wireguard")", R"("modula":"wireguard")", "event.modula is no field"},
        Case{R"("severity":2)", R"("severity":"2")", "event.severity is of another type"},
        Case{R"("severity":2)", R"("severity":2e1)", "event.severity is no whole number"},
        Case{R"("module":"wireguard")", R"("module":)", "no JSON"},
        Case{R"("module":"wireguard")", R"("a.b":"wireguard")", "event.a.b is no field"},
        Case{R"("module":"wireguard")", R"("module":null)", "event.module is null"},
        Case{R"("module":"wireguard")", R"("module":{})", "event.module is no field"},
        Case{R"(["configuration"])", R"([["configuration"]])", "event.category holds a list"},
        Case{R"(["configuration"])", R"([7])", "event.category holds something else than texts"}}) {
    std::filesystem::remove_all(directory_.path());
    std::filesystem::create_directory(directory_.path());
    write({.events = 3, .is_signed = false});
    written_.clear();
    const std::size_t at = first().rfind(what);
    ASSERT_NE(at, std::string::npos) << what;
    first().replace(at, what.size(), by);
    VerifyOptions deep;
    deep.deep = true;
    EXPECT_EQ(flaws(deep), (Flaws{first_name() + ":4: " + std::string(flaw)}));
  }
}

TEST_F(ChainCheckerTest, PathsThatCannotBeVerified) {
  const auto error = [](const std::string& path) {
    return verify_segments({path}, {}).error().message();
  };
  EXPECT_EQ(error("/no/where"), "cannot verify: /no/where: No such file or directory");
  const std::string other = directory_.write("other.jsonl", "{}\n");
  EXPECT_EQ(error(other),
            "cannot verify: " + other + ": no name of a segment (audit-TIME-NUMBER.jsonl)");
}

TEST_F(ChainCheckerTest, FilesInAnyOrderAreTheDirectory) {
  write({});
  std::vector<std::string> paths;
  for (const auto& [name, bytes] : files_) paths.push_back((directory_.path() / name).string());
  std::ranges::reverse(paths);
  EXPECT_EQ(exit_code_of(*verify_segments(paths, with({test_key()->verifying()}))), 0);
}

// A terminal obeys what is between ESC and the end of a name, and U+009B as if it were ESC [.
TEST(Verdict, PrintsNoControlCharacterOfAName) {
  LogVerdict verdict;
  verdict.add({Fault::tampered, "a\x1b[2J\u009b2J", 1, 0, "no installation \u009b2J\n of ours"});
  const std::string text = to_text(verdict);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\u009b"), std::string::npos) << text;
  EXPECT_EQ(std::ranges::count(text.substr(0, text.find("TAMPERED")), '\n'), 1);
}

}  // namespace
}  // namespace wgaudit::test
