// What one scrape of /metrics asks for, of its query and headers. Pure.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "exporter/metrics/metric_table.hpp"
#include "exporter/metrics/page_form.hpp"

namespace wgaudit {

// The switches of MindFlavor's exporter that change what it shows, by their long names.
struct MindflavorOptions {
  bool separate_allowed_ips = false;           // -s
  bool export_remote_ip_and_port = false;      // -r
  bool export_latest_handshake_delay = false;  // -d

  friend bool operator==(const MindflavorOptions&, const MindflavorOptions&) = default;
};

struct ScrapeRequest {
  PageForm form = PageForm::text;
  bool gzip = false;
  MetricGroups groups = kAllMetricGroups;
  MindflavorOptions mindflavor{};

  // Nothing about it is of one scraper alone: the page can be that of all who ask for this form.
  [[nodiscard]] bool is_usual() const {
    return groups == kAllMetricGroups && mindflavor == MindflavorOptions{};
  }
  // Before compression.
  [[nodiscard]] bool same_page(const ScrapeRequest& other) const {
    return form == other.form && groups == other.groups && mindflavor == other.mindflavor;
  }
};

// Parameters of the query, as node_exporter has them: `collect[]=NAME` (these groups of metrics
// alone) or `exclude[]=NAME` (all others), repeatable; `compat=mindflavor|mdlayher`, and with the
// first its switches as `NAME=true`. Others are ignored. An error says why a request cannot be
// answered, and holds no byte of it.
[[nodiscard]] std::expected<ScrapeRequest, std::string> parse_scrape_request(
    std::string_view target, std::string_view accept, std::string_view accept_encoding);

}  // namespace wgaudit
