// The HTTP server: /metrics, /-/healthy, /-/ready, the pages and the API, GET and HEAD alone; plain
// or through TLS, at TCP and unix sockets (WEB.md).
//
// cpp-httplib behind a subclass that bounds what a client can cost: bytes, time, connections. One
// thread owns all sockets (loop.hpp); requests that are complete are answered by at most 40 others,
// which never wait for a client.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/view.hpp"
#include "collectors/model/error.hpp"
#include "collectors/model/time.hpp"
#include "exporter/metrics/scrape_request.hpp"
#include "exporter/pages/site.hpp"
#include "exporter/web/web_security.hpp"

namespace wgaudit {

struct WebOptions {
  // HOST:PORT, [V6]:PORT, :PORT, unix:/PATH
  std::vector<std::string> listen_addresses{"127.0.0.1:9586"};
  bool systemd_socket = false;  // what systemd hands over instead of these
  std::string telemetry_path = "/metrics";
  std::vector<std::string> allowed_hosts =
      {};                      // names, beside its own, by which page and API answer
  unsigned max_requests = 40;  // requests served at once; more get 503. 0: no limit of this kind
  std::shared_ptr<const WebSecurity> security = std::make_shared<const WebSecurity>();  // not null
};

// What the server shows. Called from its threads; each must be safe for that.
struct WebSource {
  // A /metrics page, as asked for. `time_limit` is how long it may wait for a fresh poll: of the
  // X-Prometheus-Scrape-Timeout-Seconds header minus 0.5 s, at most 5 s. Else a sentence says why
  // there is none now.
  using Metrics = std::expected<std::shared_ptr<const std::string>, std::string>;
  std::function<Metrics(const ScrapeRequest& request, Duration time_limit)> metrics;
  std::function<std::optional<std::string>()> not_ready;  // absent: ready; else why not
  std::function<std::shared_ptr<const View>()> view;      // for pages; null before the first poll
  PageSource pages{};                                     // what pages show beside it
};

class WebServer {
 public:
  // Binds every address; "cannot listen: ADDRESS: Address already in use (…hint)" if one cannot be.
  [[nodiscard]] static std::expected<WebServer, Error> bind(const WebOptions& options,
                                                            WebSource source);
  WebServer(WebServer&&) noexcept;
  WebServer& operator=(WebServer&&) noexcept;
  ~WebServer();  // stops

  void start();  // threads of its own; returns at once
  // No new connection; waits for requests under way, at most a second to answer them. It returns
  // only when the functions of WebSource have: who stops the program wakes those that wait there.
  void stop();
  // From any thread: what holds from the next connection, and the next request, on. Not null.
  void use(const std::shared_ptr<const WebSecurity>& security);
  // As bound: port 0 is replaced by the one that was given.
  [[nodiscard]] const std::vector<std::string>& addresses() const;
  // Those that others than this host can reach, as the flag has them.
  [[nodiscard]] const std::vector<std::string>& exposed_addresses() const;

 private:
  struct State;
  explicit WebServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace wgaudit
