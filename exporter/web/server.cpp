#include "exporter/web/server.hpp"

#include <unistd.h>

#include <climits>
#include <system_error>
#include <thread>
#include <utility>

#include "exporter/web/engine.hpp"
#include "exporter/web/listen.hpp"
#include "exporter/web/loop.hpp"
#include "exporter/web/routes.hpp"

namespace wgaudit {
namespace {

std::string host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  return gethostname(name, HOST_NAME_MAX) == 0 ? name : "";
}

}  // namespace

struct WebServer::State {
  State(const WebOptions& options, WebSource source, std::vector<Socket> listeners)
      : site{options.telemetry_path, host_name(), options.allowed_hosts, std::move(source)},
        engine([this](const std::string& path, const RequestHead& head,
                      const Visitor& visitor) { return reply_to(site, path, head, visitor); },
               static_cast<unsigned>(kIdleTime.count()), kRequestsPerConnection),
        loop(std::move(listeners), options.max_requests,
             [this](const RequestHead& head, const Visitor& visitor, bool last) {
               return engine.answer(head, visitor, last);
             }) {}
  ~State() { stop(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void stop() {
    loop.stop();
    if (thread.joinable()) thread.join();
  }

  Site site;
  Engine engine;
  Loop loop;
  std::thread thread;
  std::vector<std::string> addresses;
};

std::expected<WebServer, Error> WebServer::bind(const WebOptions& options, WebSource source) {
  std::vector<Socket> sockets;
  std::vector<std::string> addresses;
  for (const std::string& address : options.listen_addresses) {
    auto listener = listen_on(address);
    if (!listener) return std::unexpected(std::move(listener.error()));
    sockets.push_back(std::move(listener->socket));
    addresses.push_back(std::move(listener->address));
  }
  try {
    auto state = std::make_unique<State>(options, std::move(source), std::move(sockets));
    state->addresses = std::move(addresses);
    return WebServer(std::move(state));
  } catch (const std::system_error& error) {
    return std::unexpected(Error{"cannot start the HTTP server", "", error.what()});
  }
}

WebServer::WebServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
WebServer::WebServer(WebServer&&) noexcept = default;
WebServer& WebServer::operator=(WebServer&&) noexcept = default;
WebServer::~WebServer() = default;

void WebServer::start() {
  state_->thread = std::thread([state = state_.get()] { state->loop.run(); });
}
void WebServer::stop() { state_->stop(); }
const std::vector<std::string>& WebServer::addresses() const { return state_->addresses; }

}  // namespace wgaudit
