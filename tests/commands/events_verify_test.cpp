// `events keygen` and `events verify`, as one calls them.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/commands/commands_fixture.hpp"
#include "tests/verify/signed_log.hpp"

namespace wgaudit::test {
namespace {

namespace fs = std::filesystem;

class EventsVerify : public CommandsFixture {
 protected:
  void SetUp() override {
    fs::create_directory(log_);
    head_ = write_log(log_, {});
    key_ = directory_.write("key.pub", test_key()->verifying().pem());
  }
  int verify(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"events", "verify"});
    return run(arguments);
  }
  [[nodiscard]] std::string expected(std::size_t digits) const {
    return std::to_string(head_.sequence) + ':' + head_.hash.substr(0, digits);
  }

  fs::path log_ = directory_.path() / "log";
  ChainHead head_;
  std::string key_;
};

TEST_F(EventsVerify, OfAWholeLogSaysWhatIsSignedAndItsHead) {
  EXPECT_EQ(verify({log_, "--public-key", key_, "--expect-head", expected(24), "--deep"}), 0)
      << out_.str() << err_.str();
  EXPECT_TRUE(out_.str().starts_with("WHOLE: ")) << out_.str();
  EXPECT_NE(out_.str().find("\nsigned: " + expected(64) + " at 2026-"), std::string::npos);
  EXPECT_NE(out_.str().find("\nhead: " + expected(64) + '\n'), std::string::npos);
  EXPECT_EQ(err_.str(), "");
}

TEST_F(EventsVerify, SaysThatSignaturesWereNotChecked) {
  EXPECT_EQ(verify({log_}), 0);
  EXPECT_NE(out_.str().find("signatures not checked: no --public-key is given"), std::string::npos);
}

TEST_F(EventsVerify, NamesFileLineAndSequenceOfAnEdit) {
  Files files = read_files(log_);
  const Files before = files;
  std::string& bytes = files.begin()->second;
  const std::size_t third = bytes.find("\"sequence\":3,");
  bytes[bytes.find("wg0", third)] = 'W';
  write_files(log_, files, before);
  EXPECT_EQ(verify({log_, "--public-key", key_}), 1);
  EXPECT_TRUE(out_.str().starts_with(
      "tampered: " + files.begin()->first +
      ":5: sequence 4: does not follow on the line before: one of the two was changed, or lines "
      "between them are gone\nTAMPERED: "))
      << out_.str();
  EXPECT_NE(out_.str().find("\nverified: 3:"), std::string::npos);
}

TEST_F(EventsVerify, OfAnIncompleteLogIsFour) {
  fs::remove(log_ / read_files(log_).begin()->first);
  EXPECT_EQ(verify({log_, "--public-key", key_}), 4);
  EXPECT_TRUE(out_.str().starts_with("incomplete: what was before the first segment"));
}

// Another program's pipe has the name of the last segment: nobody waits for its writer, and nobody
// is accused.
TEST_F(EventsVerify, OfASegmentThatIsNoFileIsFour) {
  const fs::path last = log_ / std::prev(read_files(log_).end())->first;
  fs::remove(last);
  ASSERT_EQ(mkfifo(last.c_str(), 0600), 0);
  EXPECT_EQ(verify({log_, "--public-key", key_}), 4) << out_.str();
  EXPECT_NE(out_.str().find("\nINCOMPLETE: "), std::string::npos) << out_.str();
}

TEST_F(EventsVerify, UsageIsTwo) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"/no/where"},
                                             {log_, "--public-key", "/no/where"},
                                             {log_, "--public-key", directory_.write("bad", "x")},
                                             {log_, "--expect-head", "12"},
                                             {log_, "--expect-head", "12:abc"},
                                             {log_, "--expect-head", ":" + head_.hash},
                                             {log_, "--expect-head", "0:" + head_.hash},
                                             {log_, "--expect-head", "12:" + head_.hash + "0"},
                                             {log_, "--expect-head", "12:" + std::string(24, 'x')},
                                             {log_, "--nothing"}}) {
    EXPECT_EQ(verify(arguments), 2) << out_.str();
    EXPECT_EQ(out_.str(), "");
    EXPECT_TRUE(err_.str().starts_with("wgaudit: ")) << err_.str();
  }
}

TEST_F(EventsVerify, KeygenPrintsThePublicKeyAndNeverOverwrites) {
  const std::string out = directory_.path().string();
  ASSERT_EQ(run({"events", "keygen", "--out", out}), 0) << err_.str();
  const std::string pem = read_file(directory_.path() / "events-signing.pub");
  EXPECT_TRUE(out_.str().starts_with(pem + "fingerprint: ")) << out_.str();
  // What it prints is a public key too.
  EXPECT_EQ(verify({log_, "--public-key", directory_.write("printed", out_.str())}), 1);
  const std::string secret = read_file(directory_.path() / "events-signing.key");
  EXPECT_EQ(run({"events", "keygen", "--out", out}), 4);
  EXPECT_EQ(read_file(directory_.path() / "events-signing.key"), secret);
  EXPECT_EQ(out_.str(), "");
}

}  // namespace
}  // namespace wgaudit::test
