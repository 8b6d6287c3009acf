#include <utility>

#include "exporter/config/sink_settings.hpp"
#include "exporter/net/tls.hpp"

namespace wgaudit {

// Warnings, as of secrets: the daemon starts all the same, and reads them anew for each connection.
std::vector<ConfigProblem> check_certificate_files(const std::vector<SinkSettings>& sinks) {
  std::vector<ConfigProblem> problems;
  for (const SinkSettings& sink : sinks) {
    const auto* http = std::get_if<HttpSinkSettings>(&sink.kind);
    if (http == nullptr || !http->url.tls) continue;
    std::string why = check_tls_files(
        TlsOptions{http->ca_file, http->cert_file, http->key_file, http->server_name});
    if (why.empty()) continue;
    problems.push_back(
        {ConfigProblem::Severity::warning, "sinks." + sink.name, "TLS: " + std::move(why)});
  }
  return problems;
}

}  // namespace wgaudit
