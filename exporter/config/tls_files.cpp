#include <optional>
#include <utility>

#include "exporter/config/sink_settings.hpp"
#include "exporter/net/tls.hpp"

namespace wgaudit {
namespace {

// nullopt: it speaks no TLS.
std::optional<TlsOptions> tls_of(const SinkKind& kind) {
  const auto options = [](const auto& sink) {
    return TlsOptions{sink.ca_file, sink.cert_file, sink.key_file, sink.server_name};
  };
  if (const auto* http = std::get_if<HttpSinkSettings>(&kind); http != nullptr && http->url.tls) {
    return options(*http);
  }
  const auto* syslog = std::get_if<SyslogSinkSettings>(&kind);
  if (syslog != nullptr && syslog->transport == SyslogTransport::tls) return options(*syslog);
  return std::nullopt;
}

}  // namespace

// Warnings, as of secrets: the daemon starts all the same, and reads them anew for each connection.
std::vector<ConfigProblem> check_certificate_files(const std::vector<SinkSettings>& sinks) {
  std::vector<ConfigProblem> problems;
  for (const SinkSettings& sink : sinks) {
    const auto tls = tls_of(sink.kind);
    if (!tls) continue;
    std::string why = check_tls_files(*tls);
    if (why.empty()) continue;
    problems.push_back(
        {ConfigProblem::Severity::warning, "sinks." + sink.name, "TLS: " + std::move(why)});
  }
  return problems;
}

}  // namespace wgaudit
