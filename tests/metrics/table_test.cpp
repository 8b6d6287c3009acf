#include <gtest/gtest.h>

#include <ranges>
#include <set>

#include "exporter/codec/label_name.hpp"
#include "exporter/metrics/metric_table.hpp"
#include "tests/metrics/document.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {
namespace {

TEST(MetricTable, NamesTypesAndUnitsAgree) {
  std::set<std::string_view> names;
  for (const MetricInfo& metric : metrics()) {
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name << " twice";
    EXPECT_EQ(&metric_info(metric.id), &metric);
    const bool counter = metric.type == MetricType::counter;
    EXPECT_EQ(metric.name.ends_with("_total"), counter) << metric.name;
    const std::string unit = metric.unit.empty() ? "" : "_" + std::string(metric.unit);
    EXPECT_TRUE(metric.name.ends_with(unit + (counter ? "_total" : ""))) << metric.name;
    // Neither writer escapes HELP.
    EXPECT_EQ(metric.help.find_first_of("\\\"\n"), std::string_view::npos) << metric.name;
    EXPECT_FALSE(metric.help.empty()) << metric.name;
  }
}

// `inventory sd` refuses them as labels of targets.
TEST(MetricTable, HasTheLabelsThatAreKnownBelow) {
  std::set<std::string_view> labels;
  for (const MetricInfo& metric : metrics()) {
    for (const auto label : std::views::split(metric.labels, std::string_view(", "))) {
      if (!label.empty()) labels.emplace(std::string_view(label));
    }
  }
  EXPECT_TRUE(std::ranges::equal(labels, kLabelsOfMetrics));
}

TEST(MetricsDocument, IsUpToDate) {
  EXPECT_TRUE(matches_golden("../exporter/metrics/METRICS.md", metrics_document()));
}

TEST(MetricsDocument, HasEveryMetric) {
  const std::string document = read_file(source_dir() / "exporter/metrics/METRICS.md");
  for (const MetricInfo& metric : metrics()) {
    EXPECT_NE(document.find("| `" + std::string(metric.name) + "` |"), std::string::npos)
        << metric.name;
  }
}

}  // namespace
}  // namespace wgaudit::test
