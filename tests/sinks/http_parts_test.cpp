#include <gtest/gtest.h>

#include <random>

#include "exporter/codec/gzip.hpp"
#include "exporter/codec/http_body.hpp"
#include "exporter/sinks/http_credentials.hpp"
#include "exporter/sinks/http_retry.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"
#include "tests/support/gunzip.hpp"

namespace wgaudit::test {
namespace {

using std::chrono::seconds;

TEST(Gzip, EachBodyIsWholeByItself) {
  Gzip gzip;
  for (const std::string& text :
       {std::string(500'000, 'x'), std::string(), std::string("a\0b", 3)}) {
    EXPECT_EQ(gunzip(gzip.compress(text)), text);
  }
  EXPECT_LT(gzip.compress(std::string(500'000, 'x')).size(), 5'000U);
}

TEST(Gzip, WhatDoesNotShrinkIsWholeToo) {
  std::mt19937 random(1);
  std::string text(100'000, '\0');
  for (char& byte : text) byte = static_cast<char>(random());
  Gzip gzip;
  for (const std::size_t size : {1U, 127U, 128U, 129U, 1024U, 65'536U, 100'000U}) {
    EXPECT_EQ(gunzip(gzip.compress(text.substr(0, size))), text.substr(0, size)) << size;
  }
}

TEST(RetryAfter, IsSecondsOrADate) {
  const WallTime now = wall("2026-11-27T20:00:00Z");
  EXPECT_EQ(parse_retry_after("120", now), seconds{120});
  EXPECT_EQ(parse_retry_after("0", now), seconds{0});
  EXPECT_EQ(parse_retry_after("Fri, 27 Nov 2026 20:01:30 GMT", now), seconds{90});
  EXPECT_EQ(parse_retry_after("Fri, 27 Nov 2026 19:00:00 GMT", now), seconds{0});
  for (const std::string_view text :
       {"", "soon", "-1", "1.5", "Fri, 31 Feb 2026 20:01:30 GMT", "Fri, 27 Nov 2026 20:01:30 CET",
        "Fri, 27 Xyz 2026 20:01:30 GMT", "99999999999999999999"}) {
    EXPECT_EQ(parse_retry_after(text, now), std::nullopt) << text;
  }
}

TEST(HttpCredentials, ASecretIsOneLine) {
  EXPECT_EQ(secret_in("abc\n"), "abc");
  EXPECT_EQ(secret_in("a b c"), "a b c");
  EXPECT_EQ(secret_in("abc\r\n"), "abc");
  EXPECT_EQ(secret_in("\n").error(), "is empty");
  EXPECT_EQ(secret_in("a\nb\n").error(), "holds more than one line, or a control character");
  EXPECT_EQ(secret_in(std::string(9'000, 'x')).error(), "is longer than 8192 bytes");
}

TEST(HttpCredentials, AreReadFromTheirFilesEachTime) {
  const TempDir directory;
  HttpCredentials token{.token_file = directory.write("token", "abc\n"), .token_scheme = "Bearer"};
  EXPECT_EQ(read_authorization(token)->value, "Bearer abc");
  directory.write("token", "def\n");
  EXPECT_EQ(read_authorization(token)->value, "Bearer def");
  HttpCredentials user{.username = "Aladdin",
                       .password_file = directory.write("password", "open sesame")};
  EXPECT_EQ(read_authorization(user)->value, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");  // RFC 7617
  EXPECT_EQ(read_authorization({})->value, "");
  token.token_file += ".gone";
  EXPECT_EQ(read_authorization(token).error().message(),
            "cannot read a secret: " + token.token_file + ": No such file or directory");
  token.token_file = directory.write("long", std::string(20'000, 'x'));
  EXPECT_EQ(read_authorization(token).error().why, "is longer than 8192 bytes");
}

// It is looked for in all that was said, and only then is that cut.
TEST(HttpCredentials, NoPartOfTheSecretIsToldThatAReceiverRepeatsLate) {
  const std::string token = "s3cret-" + std::string(60, 't');
  for (const char* member : {"type", "reason"}) {
    for (std::size_t before = 150; before < 260; ++before) {
      const std::string answer = R"({"errors":true,"items":[{"create":{"status":400,"error":{")" +
                                 std::string(member) + "\":\"" + std::string(before, 'x') + token +
                                 R"("}}}]})";
      const BodyVerdict verdict = http_body_info(HttpBody::elasticsearch).read(200, answer, 1);
      ASSERT_EQ(verdict.exceptions.size(), 1U);
      EXPECT_EQ(told_by_receiver(verdict.exceptions[0].why, {"Bearer " + token, token}),
                "its words are left out: they repeat the secret")
          << member << ' ' << before;
    }
  }
}

TEST(HttpCredentials, AReceiversWordsAreMadeFitForALog) {
  const Authorization secret{"Bearer s3cret", "s3cret"};
  EXPECT_EQ(told_by_receiver("status 400: x\x1b[31m\n", secret), "status 400: x\\x1b[31m\\x0a");
  EXPECT_EQ(told_by_receiver(std::string(1'000, 'x'), secret).size(), 240U);
  constexpr std::string_view kLeftOut = "its words are left out: they repeat the secret";
  EXPECT_EQ(told_by_receiver("no such token: s3cret", secret), kLeftOut);
  const Authorization basic{"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "open sesame"};
  EXPECT_EQ(told_by_receiver("got QWxhZGRpbjpvcGVuIHNlc2FtZQ==", basic), kLeftOut);
  EXPECT_EQ(told_by_receiver("anything", {}), "anything");
}

}  // namespace
}  // namespace wgaudit::test
