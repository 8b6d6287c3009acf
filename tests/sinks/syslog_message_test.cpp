#include "exporter/sinks/syslog_message.hpp"

#include <gtest/gtest.h>

#include "tests/sinks/events.hpp"

namespace wgaudit::test {
namespace {

SyslogSender sender() {
  return {.facility = 16,
          .app_name = "wgaudit",
          .host_name = "gw1.example.net",
          .process_id = "812",
          .version = "0.1.0"};
}

TEST(SyslogMessage, IsThatOfRfc5424) {
  Event of = event(1042);
  of.action = Action::finding_opened;
  of.severity = Severity::high;
  EXPECT_EQ(syslog_message(of, sender(), R"({"a":"]\""})"),
            "<131>1 " + to_rfc3339(of.at) +
                " gw1.example.net wgaudit 812 finding-opened [meta sequenceId=\"1042\"]"
                "[origin software=\"wgaudit\" swVersion=\"0.1.0\"] {\"a\":\"]\\\"\"}");
}

TEST(SyslogMessage, HeaderWordsAreVisibleAsciiOfALimitedLength) {
  SyslogSender odd = sender();
  odd.host_name = std::string(300, 'h');
  odd.app_name = "a b\n";
  odd.process_id = "";
  odd.version = "1\"]\\";
  const std::string message = syslog_message(event(1), odd, "{}");
  EXPECT_NE(message.find(' ' + std::string(255, 'h') + " a_b_ - "), std::string::npos) << message;
  EXPECT_NE(message.find(R"(swVersion="1\"\]\\")"), std::string::npos) << message;
}

TEST(SyslogMessage, TheLongestFitsADatagram) {
  SyslogSender longest;
  for (std::string* word :
       {&longest.host_name, &longest.app_name, &longest.process_id, &longest.version}) {
    word->assign(500, ']');
  }
  // RFC 768 leaves 65,507 bytes over IPv4; rsyslog cuts at 8,096 unless it is told otherwise.
  EXPECT_LT(syslog_message(event(1), longest, std::string(kMaxLineBytes, 'x')).size(), 65'507U);
  EXPECT_LT(syslog_message(event(1), sender(), std::string(kMaxLineBytes, 'x')).size(), 8'096U);
}

TEST(SyslogMessage, SequenceIdsBeginAgainAfterTheirLast) {
  const auto id_of = [](std::uint64_t sequence) {
    Event of = event(1);
    of.sequence = sequence;
    const std::string message = syslog_message(of, sender(), "{}");
    const auto begin = message.find("sequenceId=\"");
    if (begin == std::string::npos) return std::string();
    return message.substr(begin + 12, message.find('"', begin + 12) - begin - 12);
  };
  EXPECT_EQ(id_of(2'147'483'647), "2147483647");
  EXPECT_EQ(id_of(2'147'483'648), "1");
  EXPECT_EQ(id_of(0), "");  // an event of `events test` has none
}

TEST(SyslogMessage, SeverityFollowsThatOfTheEvent) {
  EXPECT_EQ(syslog_severity(Severity::critical), 2U);
  EXPECT_EQ(syslog_severity(Severity::high), 3U);
  EXPECT_EQ(syslog_severity(Severity::medium), 4U);
  EXPECT_EQ(syslog_severity(Severity::low), 5U);
  EXPECT_EQ(syslog_severity(Severity::info), 6U);
}

TEST(SyslogMessage, FramesCountOctets) {
  std::string stream;
  append_counted(stream, "<1>1 é");
  append_counted(stream, "{}");
  EXPECT_EQ(stream, "7 <1>1 é2 {}");
}

}  // namespace
}  // namespace wgaudit::test
