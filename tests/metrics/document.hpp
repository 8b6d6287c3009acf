// exporter/metrics/METRICS.md, generated from the table of metrics.
#pragma once

#include <string>

namespace wgaudit::test {

[[nodiscard]] std::string metrics_document();

}  // namespace wgaudit::test
