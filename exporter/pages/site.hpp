// The pages and the API of a gateway: which path gives what. Pure but for the functions of
// PageSource; any thread. Who may see them, and headers, are for exporter/web.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "audit/history_query.hpp"
#include "audit/view.hpp"
#include "collectors/model/error.hpp"
#include "exporter/codec/event_json.hpp"
#include "exporter/codec/query.hpp"
#include "exporter/metrics/delivery_health.hpp"

namespace wgaudit {

// What pages show beside the View. Called from the threads of the web server; each function must be
// safe for that.
struct PageSource {
  std::function<WallTime()> now;
  std::function<DeliveryHealth()> delivery;
  // From the state database, within a limit of time: else an error says why. Nothing is hidden yet.
  std::function<std::expected<HistoryAnswer, Error>(const HistoryRequest&)> history;
  EventOrigin origin;                                // of events; its privacy is that of the past
  Duration poll_interval = std::chrono::seconds{5};  // collector.interval
};

struct PageRequest {
  const View* view;  // as it may be shown (codec/privacy_view.hpp); null: no poll has ended yet
  const PageSource* source;
  std::string_view telemetry_path;
  Query query;
};

struct Page {
  int status = 200;
  std::string_view content_type = "text/html; charset=utf-8";
  std::string body{};
  bool lasting = false;  // never another body at this address: may be kept
};

// nullopt: no page of that path. `path` is decoded.
[[nodiscard]] std::optional<Page> page_for(std::string_view path, const PageRequest& request);
// What is at `path` may be seen by who may see the pages alone, whether it is there or not.
[[nodiscard]] bool is_page(std::string_view path);

}  // namespace wgaudit
