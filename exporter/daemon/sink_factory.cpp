#include "exporter/daemon/sink_factory.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>

#include "collectors/clock/clock.hpp"
#include "collectors/secret/secret_file.hpp"
#include "exporter/signing/key_file.hpp"
#include "exporter/sinks/file_sink.hpp"
#include "exporter/sinks/http_credentials.hpp"
#include "exporter/sinks/http_sink.hpp"
#include "exporter/sinks/stdout_sink.hpp"
#include "exporter/sinks/syslog_datagram_sink.hpp"
#include "exporter/sinks/syslog_stream_sink.hpp"
#include "exporter/version/version.hpp"

namespace wgaudit {
namespace {

// systemd's machine-id(5): "" where there is none.
std::string machine_id() {
  std::string id;
  std::ifstream("/etc/machine-id") >> id;
  const bool hex = std::ranges::all_of(
      id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  return hex && id.size() == 32 ? id : "";
}

std::string or_else(const std::string& text, std::string_view otherwise) {
  return text.empty() ? std::string(otherwise) : text;
}

// Without its query, which may say how events are taken and never where they go.
std::string_view path_of(const HttpUrl& url) {
  return std::string_view(url.path).substr(0, url.path.find('?'));
}

HttpBodyOptions body_options(const HttpSinkSettings& settings, const EventOrigin& origin,
                             EventFormat format) {
  HttpBodyOptions options;
  options.index = takes_default_index(settings) ? kDefaultIndex : settings.index;
  options.host = origin.host_name;
  options.source = or_else(settings.source, "wgaudit");
  options.sourcetype =
      or_else(settings.sourcetype, format == EventFormat::ocsf ? "wgaudit:ocsf" : "wgaudit:audit");
  options.labels = settings.labels;
  if (options.labels.empty()) options.labels = {{"host", origin.host_name}, {"job", "wgaudit"}};
  return options;
}

}  // namespace

HttpSinkOptions http_options(const HttpSinkSettings& settings, const EventOrigin& origin,
                             EventFormat format) {
  const HttpBodyInfo& body = http_body_info(settings.body);
  HttpSinkOptions options;
  options.url = settings.url;
  if (path_of(settings.url) == "/") options.url.path.replace(0, 1, body.default_path);
  options.tls = {settings.ca_file, settings.cert_file, settings.key_file, settings.server_name};
  options.body = settings.body;
  options.body_options = body_options(settings, origin, format);
  options.origin = origin;
  options.format = format;
  options.credentials = {settings.token_file, or_else(settings.token_scheme, body.token_scheme),
                         settings.username, settings.password_file};
  options.headers = settings.headers;
  options.gzip = settings.gzip;
  options.batch_events = settings.batch_events;
  options.batch_bytes = settings.batch_bytes;
  options.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(settings.timeout);
  options.now = read_wall_clock;
  return options;
}

namespace {

// One function a type.
struct Maker {
  const EventOrigin& origin;
  EventFormat format;
  const SigningKeys& signing_keys;

  std::unique_ptr<Sink> operator()(const FileSinkSettings& settings) const {
    FileSinkOptions options;
    options.directory = settings.directory;
    options.origin = origin;
    options.format = format;
    options.now = read_wall_clock;
    options.boot = read_boot_clock;
    options.sync = settings.sync == EventSync::batch ? SyncPolicy::batch : SyncPolicy::off;
    options.max_segment_bytes = kSegmentBytes;
    const SegmentSettings& segments = settings.segments;
    const auto key = signing_keys.find(segments.signing_key_file);
    options.checkpoints = {key == signing_keys.end() ? nullptr : key->second,
                           segments.checkpoint_lines, segments.checkpoint_interval};
    options.limits = {segments.max_segments, segments.max_bytes, segments.max_age};
    return std::make_unique<FileSink>(std::move(options));
  }
  std::unique_ptr<Sink> operator()(const StdoutSinkSettings&) const {
    return std::make_unique<StdoutSink>(STDOUT_FILENO, origin, format);
  }
  std::unique_ptr<Sink> operator()(const HttpSinkSettings& settings) const {
    return std::make_unique<HttpSink>(http_options(settings, origin, format));
  }
  std::unique_ptr<Sink> operator()(const SyslogSinkSettings& settings) const {
    const SyslogSender sender{settings.facility, settings.app_name, origin.host_name,
                              std::to_string(getpid()), origin.version};
    const HostPort target{settings.host, port_of(settings)};
    using enum SyslogTransport;
    if (settings.transport == udp || settings.transport == unix_socket) {
      SyslogDatagramOptions options{target, sender, origin, settings.timeout, format};
      if (settings.transport == unix_socket) {
        options.target = settings.path.empty() ? std::string("/dev/log") : settings.path;
      }
      return std::make_unique<SyslogDatagramSink>(std::move(options));
    }
    SyslogStreamOptions options{target, std::nullopt, sender, origin, settings.timeout, format};
    if (settings.transport == tls) {
      options.tls =
          TlsOptions{settings.ca_file, settings.cert_file, settings.key_file, settings.server_name};
    }
    return std::make_unique<SyslogStreamSink>(std::move(options));
  }
};

}  // namespace

EventOrigin origin_of(const Settings& settings) {
  return {settings.gateway_name, settings.host_name, machine_id(), std::string(kVersion),
          settings.privacy};
}

std::expected<SigningKeys, Error> load_signing_keys(const Settings& settings) {
  SigningKeys keys;
  for (const SinkSettings& sink : configured_sinks(settings)) {
    const auto* file = std::get_if<FileSinkSettings>(&sink.kind);
    if (file == nullptr || file->segments.signing_key_file.empty()) continue;
    const std::string& path = file->segments.signing_key_file;
    auto key = load_signing_key(path);
    if (!key) return std::unexpected(key.error());
    keys[path] = std::make_shared<const SigningKey>(*std::move(key));
  }
  return keys;
}

std::vector<ConfigProblem> check_secrets(const Settings& settings) {
  using enum ConfigProblem::Severity;
  const auto sinks = configured_sinks(settings);
  std::vector<ConfigProblem> problems = check_secret_files(sinks);
  for (const SinkSettings& sink : sinks) {
    const auto add = [&](ConfigProblem::Severity severity, std::string_view key,
                         const Error& error) {
      const std::string where = "sinks." + sink.name + '.' + std::string(key);
      // One line of it.
      std::erase_if(problems, [&](const ConfigProblem& problem) {
        return problem.where == where &&
               problem.why.find(": cannot be read: ") != std::string::npos;
      });
      problems.push_back({severity, where, error.message()});
    };
    if (const auto* file = std::get_if<FileSinkSettings>(&sink.kind)) {
      const std::string& path = file->segments.signing_key_file;
      if (path.empty()) continue;
      const auto key = load_signing_key(path);
      const bool later = is_credential(path) && access(path.c_str(), F_OK) != 0;
      if (!key) add(later ? warning : error, "signing_key_file", key.error());
    } else if (const auto* http = std::get_if<HttpSinkSettings>(&sink.kind)) {
      const auto read = read_authorization(http_options(*http, {}, sink.format).credentials);
      if (!read) {
        add(warning, http->token_file.empty() ? "password_file" : "token_file", read.error());
      }
    }
  }
  return problems;
}

std::unique_ptr<Sink> make_sink(const SinkSettings& settings, const EventOrigin& origin,
                                const SigningKeys& signing_keys) {
  return std::visit(Maker{origin, settings.format, signing_keys}, settings.kind);
}

}  // namespace wgaudit
