#include "exporter/daemon/event_log.hpp"

#include <gtest/gtest.h>

#include "exporter/daemon/log.hpp"
#include "tests/support/builders.hpp"

namespace wgaudit::test {
namespace {

Event alert_to_log() {
  Event event = make_event(Action::finding_opened, wall("2026-11-22T16:00:00Z"));
  event.kind = EventKind::alert;
  event.facts = {{Field::principal_name, "alice"},
                 {Field::rule_name, "unexpected_endpoint"},
                 {Field::source_ip, "198.51.100.23"},
                 {Field::finding_detail, "198.51.100.23 is outside 203.0.113.0/24"}};
  return event;
}

std::string logged(const Privacy& privacy) {
  set_up_log(LogLevel::info, LogFormat::logfmt);
  testing::internal::CaptureStderr();
  log_events({alert_to_log()}, privacy);
  return testing::internal::GetCapturedStderr();
}

TEST(EventLog, SaysWhatAnEventIsAbout) {
  const std::string line = logged({});
  EXPECT_NE(line.find(" level=warn msg=finding-opened "), std::string::npos) << line;
  EXPECT_NE(line.find(" principal=alice rule=unexpected_endpoint detail=\"198.51.100.23 is outside "
                      "203.0.113.0/24\" source=198.51.100.23\n"),
            std::string::npos)
      << line;
}

TEST(EventLog, HidesWhatEventsHide) {
  const std::string without = logged({AddressPrivacy::none, IdentityPrivacy::none});
  EXPECT_NE(without.find(" rule=unexpected_endpoint "), std::string::npos) << without;
  for (const char* hidden : {"alice", "198.51.100", "203.0.113", "principal=", "source="}) {
    EXPECT_EQ(without.find(hidden), std::string::npos) << without;
  }
  const std::string parts = logged({AddressPrivacy::prefix, IdentityPrivacy::hash});
  EXPECT_NE(parts.find(" principal=hash:"), std::string::npos) << parts;
  EXPECT_NE(parts.find(" source=198.51.100.0\n"), std::string::npos) << parts;
  EXPECT_EQ(parts.find("198.51.100.23"), std::string::npos) << parts;
}

}  // namespace
}  // namespace wgaudit::test
