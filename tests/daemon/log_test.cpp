#include "exporter/daemon/log.hpp"

#include <gtest/gtest.h>

namespace wgaudit {
namespace {

TEST(Log, LinesCannotBeForged) {
  const LogField fields[] = {{"interface", "w\"g\\b{x}"}, {"subject", "a\nlevel=error"}, {"n", ""}};
  EXPECT_EQ(log_line(LogFormat::logfmt, "T", "info", "finding-opened", fields),
            "time=T level=info msg=finding-opened interface=\"w\\\"g\\\\b{x}\" "
            "subject=\"a\\\\x0alevel=error\" n=\"\"");
  EXPECT_EQ(log_line(LogFormat::json, "T", "info", "finding-opened", fields),
            "{\"time\":\"T\",\"level\":\"info\",\"msg\":\"finding-opened\","
            "\"interface\":\"w\\\"g\\\\b{x}\",\"subject\":\"a\\\\x0alevel=error\",\"n\":\"\"}");
}

TEST(Log, InvalidUtf8BecomesValid) {
  const LogField fields[] = {{"interface", "wg\xff"}};
  EXPECT_EQ(log_line(LogFormat::logfmt, "T", "warn", "x", fields),
            "time=T level=warn msg=x interface=\"wg\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace wgaudit
