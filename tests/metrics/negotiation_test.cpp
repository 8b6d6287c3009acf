#include "exporter/metrics/negotiation.hpp"

#include <gtest/gtest.h>

namespace wgaudit::test {
namespace {

using enum PageForm;

// What Prometheus sends: scrape/scrape.go of the versions named.
constexpr std::string_view kPrometheus2 =
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
constexpr std::string_view kPrometheus2Old =
    "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
constexpr std::string_view kPrometheus3 =
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
constexpr std::string_view kPrometheus3Protobuf =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;"
    "q=0.7,application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
// With scrape_protocols: [PrometheusText1.0.0, PrometheusText0.0.4].
constexpr std::string_view kPrometheus3Text =
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.2";

TEST(Negotiation, GivesEachScraperWhatItUnderstands) {
  const struct {
    std::string_view accept;
    PageForm want;
  } cases[] = {
      {"", text},
      {kPrometheus2, openmetrics},
      {kPrometheus2Old, text},
      {kPrometheus3, openmetrics},
      {kPrometheus3Protobuf, openmetrics},
      {kPrometheus3Text, text},
      {"application/openmetrics-text; version=1.0.0; charset=utf-8, text/plain;q=0.9", openmetrics},
      {"text/plain", text},
      {"application/openmetrics-text", openmetrics},
      {"Application/OpenMetrics-Text;Version=1.0.0", openmetrics},
      {"application/openmetrics-text ; version = \"1.0.0\" ; charset=UTF-8", openmetrics},
      {"application/openmetrics-text;charset=latin1", text},
      {"application/openmetrics-text;version=2.0.0", text},
      // Browsers, curl, what we do not have.
      {"text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8", text},
      {"*/*", text},
      {"application/*", openmetrics},
      {"text/*", text},
      {"application/json", text},
      {"application/vnd.google.protobuf", text},
      // The highest quality, whatever the order; the more exact name where they are equal.
      {"text/plain;q=0.5,application/openmetrics-text;q=0.6", openmetrics},
      {"application/openmetrics-text;q=0.5,text/plain;q=0.6", text},
      {"application/openmetrics-text,text/plain", text},
      {"application/openmetrics-text;version=1.0.0,text/plain", openmetrics},
      {"application/openmetrics-text,*/*", openmetrics},
      {"application/openmetrics-text;q=0.001,text/plain;q=0", openmetrics},
      {"application/openmetrics-text;q=0,*/*", text},
      {"application/openmetrics-text;q=0.1,*/*;q=0.9", text},
      // What is no quality disqualifies its element alone.
      {"application/openmetrics-text;q=2,text/plain;q=0.1", text},
      {"application/openmetrics-text;q=1.001", text},
      {"application/openmetrics-text;q=0.1234", text},
      {"application/openmetrics-text;q=", text},
      {"application/openmetrics-text;q=1.000", openmetrics},
      {"application/openmetrics-text;q=1.", openmetrics},
      {"application/openmetrics-text;x=\"a,b;q=0\"", openmetrics},
      {"application/openmetrics-text;x=\"a\\\",b\";q=1", openmetrics},
      {"application/openmetrics-text;x=\"never closed,text/plain", openmetrics},
      {",,;,=;,\t,application/openmetrics-text,,", openmetrics},
      {"\xff\x01;;==\"\\", text},
  };
  for (const auto& [accept, want] : cases) {
    EXPECT_EQ(to_string(negotiate_form(accept)), to_string(want)) << accept;
  }
}

TEST(Negotiation, CompressesWhereThatIsNoLessWelcome) {
  const struct {
    std::string_view accept_encoding;
    bool want;
  } cases[] = {
      {"", false},
      {"gzip", true},
      {"GZIP", true},
      {"x-gzip", true},
      {"gzip;q=0", false},
      {"gzip;q=0.000", false},
      {"gzip;q=0.001", true},
      {"gzip ; q=0.5", true},
      {"gzip;q=nonsense", false},
      {"deflate, gzip;q=0.8, br", true},
      {"br, zstd", false},
      {"*", true},
      {"*;q=0", false},
      {"gzip;q=0, *", false},
      {"identity", false},
      {"identity, gzip;q=0.5", false},
      {"identity;q=0.5, gzip", true},
      {"identity;q=0.5, gzip;q=0.5", true},
      {"gzipped", false},
      {"identity;q=0", false},
  };
  for (const auto& [accept_encoding, want] : cases) {
    EXPECT_EQ(negotiate_gzip(accept_encoding), want) << accept_encoding;
  }
}

}  // namespace
}  // namespace wgaudit::test
