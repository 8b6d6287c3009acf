#include "exporter/daemon/web_source.hpp"

#include <gtest/gtest.h>

#include "tests/support/files.hpp"
#include "tests/web/certificates.hpp"

namespace wgaudit::test {
namespace {

using namespace std::chrono_literals;

constexpr BootTime kStart{100s};

class WebSource : public testing::Test {
 protected:
  WebSource() {
    const Certified authority = make_authority("ca"), pair = make_certificate(authority, "gw1");
    dir_.write("server.crt", pair.cert);
    dir_.write("server.key", pair.key);
    path_ = dir_.write("web.yml", kTls);
  }
  static constexpr auto kTls = "tls_server_config: {cert_file: server.crt, key_file: server.key}";

  TempDir dir_;
  std::string path_;
};

TEST_F(WebSource, WithoutAFileIsPlainAndNeverDue) {
  WebSecuritySource source("", kStart);
  EXPECT_EQ(source.load(Cause::start, kStart), LoadOutcome::accepted);
  ASSERT_NE(source.security(), nullptr);
  EXPECT_EQ(source.security()->tls, nullptr);
  EXPECT_FALSE(source.due(kStart + 1h));
}

TEST_F(WebSource, IsDueASecondAfterAnyOfItsFilesChanged) {
  WebSecuritySource source(path_, kStart);
  EXPECT_EQ(source.load(Cause::start, kStart), LoadOutcome::accepted);
  EXPECT_EQ(source.fds().size(), 3U);  // the file, certificate and key
  EXPECT_FALSE(source.due(kStart + 31s));
  const auto first = source.security();
  const Certified renewed = make_certificate(make_authority("ca"), "gw1");
  dir_.write("server.crt", renewed.cert);
  dir_.write("server.key", renewed.key);
  source.drain(kStart + 40s);
  EXPECT_FALSE(source.due(kStart + 40s + 900ms));
  EXPECT_EQ(source.due_in(kStart + 40s), Duration{1s});
  EXPECT_TRUE(source.due(kStart + 41s));
  EXPECT_EQ(source.load(Cause::change, kStart + 41s), LoadOutcome::accepted);
  EXPECT_NE(source.security()->tls, first->tls);
  EXPECT_FALSE(source.due(kStart + 41s));
}

TEST_F(WebSource, KeepsTheLastGoodOneAndGoesOnWatchingItsFiles) {
  WebSecuritySource source(path_, kStart);
  EXPECT_EQ(source.load(Cause::start, kStart), LoadOutcome::accepted);
  const auto good = source.security();
  dir_.write("web.yml", "tls_server_config: [");
  EXPECT_EQ(source.load(Cause::hangup, kStart), LoadOutcome::rejected);
  EXPECT_EQ(source.security(), good);
  ASSERT_EQ(source.problems().size(), 1U);
  EXPECT_TRUE(source.problems()[0].why.starts_with("not YAML: "));
  EXPECT_EQ(source.fds().size(), 3U);
  dir_.write("web.yml", kTls);
  EXPECT_EQ(source.load(Cause::hangup, kStart), LoadOutcome::accepted);
  EXPECT_TRUE(source.problems().empty());
  EXPECT_EQ(source.security()->tls, good->tls);  // nothing of it is new
}

constexpr auto kUser =
    "basic_auth_users: {alice: $2b$04$wgauditwgauditwgauditun.PIV1wIjD1zpUoIlhlNVUdde2RVG.W}\n";

// `: > web.yml`, a disk that is full, a deployment that went wrong.
TEST_F(WebSource, IsNotOpenedByAFileThatWasCutShort) {
  dir_.write("web.yml", std::string(kTls) + '\n' + kUser);
  WebSecuritySource source(path_, kStart);
  EXPECT_EQ(source.load(Cause::start, kStart), LoadOutcome::accepted);
  const auto good = source.security();
  const struct {
    std::string text, lost;
  } cases[] = {
      {"", "TLS, basic_auth_users"},
      {std::string(kTls) + '\n', "basic_auth_users"},
      {kUser, "TLS"},
  };
  for (const auto& [text, lost] : cases) {
    dir_.write("web.yml", text);
    EXPECT_EQ(source.load(Cause::change, kStart), LoadOutcome::rejected);
    EXPECT_EQ(source.security(), good);
    ASSERT_EQ(source.problems().size(), 1U);
    EXPECT_EQ(to_string(source.problems()[0]),
              path_ + ": would switch off " + lost + ": only SIGHUP takes what asks for less");
    EXPECT_EQ(source.fds().size(), 3U) << "what is in force is watched still";
  }
  // Another user and another certificate ask for as much.
  dir_.write("web.yml", std::string(kTls) + '\n' + std::string(kUser).replace(19, 5, "carol"));
  EXPECT_EQ(source.load(Cause::change, kStart), LoadOutcome::accepted);
  EXPECT_TRUE(source.lost().empty());
}

TEST_F(WebSource, IsOpenedByWhoSaysSo) {
  dir_.write("web.yml", std::string(kTls) + '\n' + kUser);
  WebSecuritySource source(path_, kStart);
  EXPECT_EQ(source.load(Cause::start, kStart), LoadOutcome::accepted);
  EXPECT_TRUE(source.lost().empty());
  dir_.write("web.yml", "");
  EXPECT_EQ(source.load(Cause::hangup, kStart), LoadOutcome::accepted);
  EXPECT_EQ(source.lost(), (std::vector<std::string>{"TLS", "basic_auth_users"}));
  EXPECT_EQ(source.security()->tls, nullptr);
  EXPECT_TRUE(source.security()->file.users.empty());
  EXPECT_EQ(source.load(Cause::hangup, kStart), LoadOutcome::accepted);
  EXPECT_TRUE(source.lost().empty()) << "said once";
}

TEST_F(WebSource, IsNothingWhereItWasNeverGood) {
  WebSecuritySource source(dir_.path() / "none.yml", kStart);
  EXPECT_EQ(source.load(Cause::start, kStart), LoadOutcome::rejected);
  EXPECT_EQ(source.security(), nullptr);
  EXPECT_EQ(source.problems()[0].why, "cannot be read: No such file or directory");
}

}  // namespace
}  // namespace wgaudit::test
