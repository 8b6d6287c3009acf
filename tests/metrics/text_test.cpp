#include <gtest/gtest.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>

#include "exporter/metrics/text_writer.hpp"
#include "tests/support/builders.hpp"

namespace wgaudit::test {
namespace {

std::string sample(std::string_view value) {
  TextWriter out(0);
  out.begin(MetricId::finding);
  out.sample(Labels{}.add("subject", value), std::uint64_t{1});
  return out.text().substr(out.text().rfind('\n', out.text().size() - 2) + 1);
}

TEST(TextWriter, EscapesLabelValuesAsPrometheusCppDoes) {
  for (const std::string text : {"plain", "w\"g\\b{x}", "a\nb", "wg\xc3\xa9", "\\\\\"\"\n\n", ""}) {
    prometheus::MetricFamily family{"wgaudit_finding", "", prometheus::MetricType::Gauge, {{}}};
    family.metric[0].label = {{"subject", text}};
    family.metric[0].gauge.value = 1;
    const std::string page =
        prometheus::TextSerializer{}.prometheus::Serializer::Serialize({family});
    EXPECT_EQ(page.substr(page.find("wgaudit_finding{")), sample(text));
  }
}

TEST(TextWriter, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(sample("a\xff\"b\xc3"),
            "wgaudit_finding{subject=\"a\xef\xbf\xbd\\\"b\xef\xbf\xbd\"} 1\n");
}

TEST(TextWriter, WritesInstantsExactly) {
  const struct {
    Duration value;
    std::string_view want;
  } cases[] = {
      {Duration{0}, "0"},
      {Duration{1}, "0.000000001"},
      {Duration{1'795'365'538'175'447'795}, "1795365538.175447795"},
      {Duration{1'795'365'538'100'000'000}, "1795365538.1"},
      {Duration{1'795'365'538'000'000'000}, "1795365538"},
      {Duration{1'000'000'010}, "1.00000001"},
      {Duration{-1'500'000'000}, "-1.5"},
      {Duration::max(), "9223372036.854775807"},
      {Duration::min(), "-9223372036.854775808"},
  };
  for (const auto& [value, want] : cases) {
    char text[kMaxValueSize];
    EXPECT_EQ(std::string_view(text, static_cast<std::size_t>(write_value(text, value) - text)),
              want);
  }
}

TEST(TextWriter, WritesDoublesExactly) {
  const struct {
    double value;
    std::string_view want;
  } cases[] = {
      {0, "0"},
      {1, "1"},
      {-3, "-3"},
      {1'000'000, "1000000"},
      {9'007'199'254'740'991, "9007199254740991"},
      {1'795'386'598.175, "1795386598.175"},
      {0.00125, "0.00125"},
      {1e300, "1e+300"},
      {-1.7976931348623157e308, "-1.7976931348623157e+308"},
      {2.2250738585072014e-308, "2.2250738585072014e-308"},
      {std::numeric_limits<double>::infinity(), "+Inf"},
      {-std::numeric_limits<double>::infinity(), "-Inf"},
      {std::numeric_limits<double>::quiet_NaN(), "NaN"},
  };
  for (const auto& [value, want] : cases) {
    char text[kMaxValueSize];
    EXPECT_EQ(std::string_view(text, static_cast<std::size_t>(write_value(text, value) - text)),
              want);
  }
}

TEST(TextWriter, AnnouncesFamiliesAsTheFormWantsIt) {
  const auto written = [](PageForm form) {
    TextWriter out(0, form);
    out.begin(MetricId::process_cpu);
    out.sample(Labels{}, 1.5);
    out.begin(MetricId::process_threads);
    out.sample(Labels{}, std::uint64_t{3});
    out.end();
    return out.text();
  };
  EXPECT_EQ(written(PageForm::text),
            "# HELP process_cpu_seconds_total Total user and system CPU time spent in seconds.\n"
            "# TYPE process_cpu_seconds_total counter\n"
            "process_cpu_seconds_total 1.5\n"
            "# HELP process_threads Number of threads of the process.\n"
            "# TYPE process_threads gauge\n"
            "process_threads 3\n");
  EXPECT_EQ(written(PageForm::openmetrics),
            "# HELP process_cpu_seconds Total user and system CPU time spent in seconds.\n"
            "# TYPE process_cpu_seconds counter\n"
            "# UNIT process_cpu_seconds seconds\n"
            "process_cpu_seconds_total 1.5\n"
            "# HELP process_threads Number of threads of the process.\n"
            "# TYPE process_threads gauge\n"
            "process_threads 3\n"
            "# EOF\n");
}

TEST(TextWriter, AnnouncesNoFamilyThatIsEmpty) {
  TextWriter out(0);
  out.begin(MetricId::finding);
  out.begin(MetricId::findings_truncated);
  EXPECT_EQ(out.text(), "");
}

}  // namespace
}  // namespace wgaudit::test
