// A server under test, and what it shows.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include "exporter/web/server.hpp"

namespace wgaudit::test {

inline std::shared_ptr<const View> small_view() {
  auto view = std::make_shared<View>();
  view->gateway = "gw<1>";
  view->inventory = std::make_shared<Inventory>();
  view->rule_settings = std::make_shared<RuleSettings>();
  return view;
}

inline std::shared_ptr<const std::string> shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

inline WebSource plain_source() {
  return {.metrics = [](const ScrapeRequest&, Duration) { return shared("up 1\n"); },
          .not_ready = [] { return std::optional<std::string>(); },
          .view = [] { return small_view(); },
          .pages = {.now = [] { return WallTime{}; },
                    .delivery = [] { return DeliveryHealth{}; },
                    .history = {},
                    .origin = {}}};
}

class Running {
 public:
  explicit Running(WebSource source = plain_source(), WebOptions options = {}) {
    if (options.listen_addresses == WebOptions{}.listen_addresses) {
      options.listen_addresses = {"127.0.0.1:0"};
    }
    auto bound = WebServer::bind(options, std::move(source));
    if (!bound) throw std::runtime_error(bound.error().message());
    server_.emplace(*std::move(bound));
    server_->start();
  }
  [[nodiscard]] const std::string& address() const { return server_->addresses().front(); }
  WebServer& operator*() { return *server_; }

 private:
  std::optional<WebServer> server_;
};

}  // namespace wgaudit::test
