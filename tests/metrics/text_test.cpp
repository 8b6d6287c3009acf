#include <gtest/gtest.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

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

TEST(TextWriter, AnnouncesNoFamilyThatIsEmpty) {
  TextWriter out(0);
  out.begin(MetricId::finding);
  out.begin(MetricId::findings_truncated);
  EXPECT_EQ(out.text(), "");
}

}  // namespace
}  // namespace wgaudit::test
