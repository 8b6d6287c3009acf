#include "tests/codec/line_checks.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <vector>

#include "exporter/codec/event_json.hpp"

namespace wgaudit::test {

using Json = nlohmann::json;

bool has_double_key(const std::string& line) {
  std::vector<std::set<std::string>> levels;
  bool found = false;
  const Json document = Json::parse(line, [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) levels.emplace_back();
    if (event == Json::parse_event_t::object_end) levels.pop_back();
    if (event == Json::parse_event_t::key) {
      found = !levels.back().insert(value.get<std::string>()).second || found;
    }
    return true;
  });
  return found || !document.is_object();
}

void expect_one_line(const std::string& line) {
  EXPECT_LE(line.size(), kMaxLineBytes);
  for (const char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << line;
  for (const std::string_view end : {"\x7f", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"}) {
    EXPECT_EQ(line.find(end), std::string::npos) << line;
  }
  ASSERT_TRUE(Json::accept(line)) << line;  // valid UTF-8 too
  EXPECT_FALSE(has_double_key(line)) << line;
}

}  // namespace wgaudit::test
