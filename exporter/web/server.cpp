#include "exporter/web/server.hpp"

#include <unistd.h>

#include <climits>
#include <stdexcept>
#include <thread>
#include <utility>

#include "exporter/web/engine.hpp"
#include "exporter/web/gate.hpp"
#include "exporter/web/listen.hpp"
#include "exporter/web/loop.hpp"
#include "exporter/web/routes.hpp"

namespace wgaudit {
namespace {

std::string host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  return gethostname(name, HOST_NAME_MAX) == 0 ? name : "";
}

std::expected<std::vector<Listener>, Error> listen_as(const WebOptions& options) {
  if (options.systemd_socket) return take_systemd_sockets();
  std::vector<Listener> listeners;
  for (const std::string& address : options.listen_addresses) {
    auto listener = listen_on(address);
    if (!listener) return std::unexpected(std::move(listener.error()));
    listeners.push_back(*std::move(listener));
  }
  return listeners;
}

std::vector<Socket> take_sockets(std::vector<Listener>& listeners) {
  std::vector<Socket> sockets;
  for (Listener& listener : listeners) sockets.push_back(std::move(listener.socket));
  return sockets;
}

}  // namespace

struct WebServer::State {
  State(const WebOptions& options, WebSource source, std::vector<Listener> listening)
      : site{options.telemetry_path, host_name(), options.allowed_hosts, std::move(source)},
        gate(options.security),
        engine([this](const std::string& path, const RequestHead& head,
                      const Visitor& visitor) { return answer(path, head, visitor); },
               static_cast<unsigned>(kIdleTime.count()), kRequestsPerConnection),
        loop(take_sockets(listening), options.max_requests, options.security->tls,
             [this](const RequestHead& head, const Visitor& visitor, bool last) {
               return engine.answer(head, visitor, last);
             }) {
    for (Listener& listener : listening) {
      if (listener.exposed) exposed.push_back(listener.said);
      addresses.push_back(std::move(listener.address));
      paths.push_back(std::move(listener.path));
    }
  }
  ~State() { stop(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Reply answer(const std::string& path, const RequestHead& head, Visitor visitor) {
    auto stopped = gate.stop(head, visitor, std::chrono::steady_clock::now());
    Reply reply = stopped ? *std::move(stopped) : reply_to(site, path, head, visitor);
    gate.add_headers(reply);
    return reply;
  }

  void stop() {
    paths.clear();  // first: who starts meanwhile finds no name, and not one that is stale
    gate.stop_checks();
    loop.stop();
    if (thread.joinable()) thread.join();
  }

  Site site;
  Gate gate;
  Engine engine;
  Loop loop;
  std::thread thread;
  std::vector<std::string> addresses, exposed;
  std::vector<UnixPath> paths;
};

std::expected<WebServer, Error> WebServer::bind(const WebOptions& options, WebSource source) {
  if (is_page(options.telemetry_path)) {
    return std::unexpected(
        Error{"cannot serve metrics", "--web.telemetry-path " + options.telemetry_path,
              "a page of the server, or its API, is there; choose another path"});
  }
  auto listeners = listen_as(options);
  if (!listeners) return std::unexpected(std::move(listeners.error()));
  try {
    return WebServer(std::make_unique<State>(options, std::move(source), *std::move(listeners)));
  } catch (const std::runtime_error& error) {  // std::system_error is one
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
void WebServer::use(const std::shared_ptr<const WebSecurity>& security) {
  state_->gate.use(security);
  state_->loop.use_tls(security->tls);
}
const std::vector<std::string>& WebServer::addresses() const { return state_->addresses; }
const std::vector<std::string>& WebServer::exposed_addresses() const { return state_->exposed; }

}  // namespace wgaudit
