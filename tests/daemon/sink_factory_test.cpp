#include "exporter/daemon/sink_factory.hpp"

#include <gtest/gtest.h>

namespace wgaudit {
namespace {

HttpSinkOptions http_options_of(HttpBody body, std::string_view url) {
  HttpSinkSettings settings;
  settings.body = body;
  settings.url = *parse_http_url(url);
  return http_options(settings, {}, EventFormat::ecs);
}

TEST(SinkFactory, EventsHaveAnIndexUnlessThePathNamesOne) {
  constexpr std::string_view kDefault = "logs-wireguard.audit-default";
  const struct {
    std::string_view url, path, index;
  } cases[] = {{"https://siem", "/_bulk", kDefault},
               {"https://siem/_bulk", "/_bulk", kDefault},
               {"https://siem/_bulk?pipeline=x", "/_bulk?pipeline=x", kDefault},
               {"https://siem/?pipeline=a/b", "/_bulk?pipeline=a/b", kDefault},
               {"https://siem/vpn/_bulk", "/vpn/_bulk", ""},
               {"https://siem/vpn/_bulk?pipeline=x", "/vpn/_bulk?pipeline=x", ""}};
  for (const auto& [url, path, index] : cases) {
    const HttpSinkOptions options = http_options_of(HttpBody::elasticsearch, url);
    EXPECT_EQ(options.url.path, path) << url;
    EXPECT_EQ(options.body_options.index, index) << url;
  }
  EXPECT_EQ(http_options_of(HttpBody::splunk, "https://siem").body_options.index, "");
}

TEST(SinkFactory, SplunkToldOfEcsIsNotTheSplunkToldOfOcsf) {
  HttpSinkSettings settings;
  settings.body = HttpBody::splunk;
  settings.url = *parse_http_url("https://siem");
  const auto sourcetype = [&](EventFormat format) {
    return http_options(settings, {}, format).body_options.sourcetype;
  };
  EXPECT_EQ(sourcetype(EventFormat::ecs), "wgaudit:audit");
  EXPECT_EQ(sourcetype(EventFormat::ocsf), "wgaudit:ocsf");
  settings.sourcetype = "mine";
  EXPECT_EQ(sourcetype(EventFormat::ocsf), "mine");
}

}  // namespace
}  // namespace wgaudit
