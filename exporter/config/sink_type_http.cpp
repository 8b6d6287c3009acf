#include <algorithm>
#include <iterator>

#include "collectors/model/ascii.hpp"
#include "collectors/model/number.hpp"
#include "collectors/model/time.hpp"
#include "exporter/codec/label_name.hpp"
#include "exporter/config/sink_type.hpp"

namespace wgaudit {
namespace {

constexpr std::size_t kMaxLabels = 15;  // Loki's default limit of label names

HttpSinkSettings& of(SinkSettings& sink) { return std::get<HttpSinkSettings>(sink.kind); }
const HttpSinkSettings& of(const SinkSettings& sink) {
  return std::get<HttpSinkSettings>(sink.kind);
}

template <auto Field>
constexpr auto kText = take_sink_text<HttpSinkSettings, Field>;
template <auto Field>
constexpr auto kPath = take_sink_path<HttpSinkSettings, Field>;

// RFC 9110: what a header's value may be made of; a name is a token.
bool is_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}
bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

Reason take_url(SinkSettings& sink, std::string_view value) {
  const auto url = parse_http_url(value);
  if (!url) return url.error();
  of(sink).url = *url;
  return {};
}

Reason take_body(SinkSettings& sink, std::string_view value) {
  const HttpBodyInfo* info = find_http_body(value);
  if (info == nullptr) return "not one of ndjson, elasticsearch, splunk, loki";
  of(sink).body = info->body;
  return {};
}

Reason take_compression(SinkSettings& sink, std::string_view value) {
  if (value != "none" && value != "gzip") return "not one of none, gzip";
  of(sink).gzip = value == "gzip";
  return {};
}

Reason take_scheme(SinkSettings& sink, std::string_view value) {
  if (!is_token(value)) return "not a word such as Bearer, Splunk or ApiKey";
  of(sink).token_scheme = value;
  return {};
}

Reason take_username(SinkSettings& sink, std::string_view value) {
  // RFC 7617: a colon would end it.
  const bool fine = !value.empty() && is_value(value) && value.find(':') == std::string_view::npos;
  if (!fine) return "not a user: visible ASCII without ':'";
  of(sink).username = value;
  return {};
}

Reason take_header(SinkSettings& sink, std::string_view name, std::string_view value) {
  // Those that say how the request is framed are the sink's; secrets come from files.
  constexpr std::string_view kOwn[] = {
      "accept-encoding", "connection", "content-encoding",  "content-length", "content-type",
      "expect",          "host",       "transfer-encoding", "upgrade"};
  if (!is_token(name)) return "not the name of a header";
  if (!is_value(value)) return "not the value of a header: visible ASCII";
  std::string small(name);
  std::ranges::transform(small, small.begin(), to_lower);
  if (std::ranges::find(kOwn, small) != std::end(kOwn)) return "the sink sets this header itself";
  if (small == "authorization" || small == "proxy-authorization" || small == "cookie") {
    return "secrets come from files: token_file, or username and password_file";
  }
  of(sink).headers.emplace_back(name, value);
  return {};
}

Reason take_label(SinkSettings& sink, std::string_view name, std::string_view value) {
  if (!is_label_name(name))
    return "not the name of a label: letters, digits and '_', no digit first";
  if (value.empty()) return "must not be empty";
  auto& labels = of(sink).labels;
  if (labels.size() == kMaxLabels) return "more than 15 labels";
  labels.insert_or_assign(std::string(name), std::string(value));
  return {};
}

Reason take_batch_events(SinkSettings& sink, std::string_view value) {
  const auto number = parse_number<std::size_t>(value);
  if (!number || *number < 1 || *number > 10'000) return "not a number from 1 to 10000";
  of(sink).batch_events = *number;
  return {};
}

Reason take_batch_bytes(SinkSettings& sink, std::string_view value) {
  constexpr std::uint64_t kLeast = std::uint64_t{16} << 10U, kMost = std::uint64_t{64} << 20U;
  const auto size = parse_size(value);
  if (!size || *size < kLeast || *size > kMost) return "not a size from 16KB to 64MB";
  of(sink).batch_bytes = static_cast<std::size_t>(*size);
  return {};
}

constexpr SinkKey kKeys[] = {
    {.name = "url", .take = take_url, .required = true},
    {.name = "body", .take = take_body, .required = true},
    {.name = "index", .take = kText<&HttpSinkSettings::index>},
    {.name = "source", .take = kText<&HttpSinkSettings::source>},
    {.name = "sourcetype", .take = kText<&HttpSinkSettings::sourcetype>},
    {.name = "labels", .take_member = take_label},
    {.name = "headers", .take_member = take_header},
    {.name = "token_file", .take = kPath<&HttpSinkSettings::token_file>},
    {.name = "token_scheme", .take = take_scheme},
    {.name = "username", .take = take_username},
    {.name = "password_file", .take = kPath<&HttpSinkSettings::password_file>},
    {.name = "ca_file", .take = kPath<&HttpSinkSettings::ca_file>},
    {.name = "cert_file", .take = kPath<&HttpSinkSettings::cert_file>},
    {.name = "key_file", .take = kPath<&HttpSinkSettings::key_file>},
    {.name = "server_name", .take = kText<&HttpSinkSettings::server_name>},
    {.name = "compression", .take = take_compression},
    {.name = "batch_events", .take = take_batch_events},
    {.name = "batch_bytes", .take = take_batch_bytes},
    {.name = "timeout", .take = take_sink_timeout<HttpSinkSettings>},
};

// A key that has a meaning for one body alone.
struct OfBody {
  std::string_view key;
  bool is_set;
  bool has_meaning;
  std::string_view bodies;
};

void check_bodies(const HttpSinkSettings& http, std::vector<SinkIssue>& issues) {
  const bool elasticsearch = http.body == HttpBody::elasticsearch;
  const bool splunk = http.body == HttpBody::splunk;
  const OfBody keys[] = {
      {"index", !http.index.empty(), elasticsearch || splunk, "elasticsearch and splunk"},
      {"source", !http.source.empty(), splunk, "splunk"},
      {"sourcetype", !http.sourcetype.empty(), splunk, "splunk"},
      {"labels", !http.labels.empty(), http.body == HttpBody::loki, "loki"}};
  for (const OfBody& one : keys) {
    if (!one.is_set || one.has_meaning) continue;
    issues.push_back({one.key, "is for the body " + std::string(one.bodies)});
  }
}

void check_secrets(const HttpSinkSettings& http, std::vector<SinkIssue>& issues) {
  const bool token = !http.token_file.empty(), user = !http.username.empty();
  if (user == http.password_file.empty()) {
    issues.push_back(
        {user ? "username" : "password_file", "username and password_file go together"});
  }
  if (token && user) issues.push_back({"token_file", "a token or a user, not both"});
  if (!http.token_scheme.empty() && !token)
    issues.push_back({"token_scheme", "there is no token_file"});
  if (http.body == HttpBody::splunk && !token && !user) {
    issues.push_back({"", "has no token_file, which Splunk asks for"});
  }
  if (http.url.tls) return;
  if (token)
    issues.push_back({"token_file", "a token over plain http can be read on its way: https"});
  if (user)
    issues.push_back({"password_file", "a password over plain http can be read on its way: https"});
}

std::string_view path_of(const HttpSinkSettings& http) {
  return std::string_view(http.url.path).substr(0, http.url.path.find('?'));
}

constexpr std::string_view kStreams = "logs-wireguard.audit-";

// Any part of it: a proxy may have one before the receiver's own.
bool names_stream(std::string_view path) { return path.contains('/' + std::string(kStreams)); }

// Its template's pipeline drops what has no event.id, and tells it as a success.
void check_format(const SinkSettings& sink, std::vector<SinkIssue>& issues) {
  if (sink.format != EventFormat::ocsf || of(sink).body != HttpBody::elasticsearch) return;
  if (takes_default_index(of(sink))) {
    issues.push_back({"format", "the default index is for ecs: name one for ocsf by index"});
    return;
  }
  const std::string why = "the data streams " + std::string(kStreams) + "* are for ecs";
  if (of(sink).index.starts_with(kStreams)) issues.push_back({"index", why});
  if (names_stream(path_of(of(sink)))) issues.push_back({"url", why});
}

std::vector<SinkIssue> check(const SinkSettings& sink) {
  std::vector<SinkIssue> issues;
  check_format(sink, issues);
  check_bodies(of(sink), issues);
  check_secrets(of(sink), issues);
  check_tls_keys(of(sink), of(sink).url.tls ? "" : "is for https", issues);
  return issues;
}

std::string_view promise(const SinkSettings& sink) {
  if (of(sink).body == HttpBody::elasticsearch) {
    return "at least once, and stored once in an index or backing index: an event.id that is there "
           "already is not stored again";
  }
  return "at least once: what was not answered is sent again, with the same event.id";
}

std::vector<SecretFile> secrets(const SinkSettings& sink) {
  std::vector<SecretFile> files;
  const HttpSinkSettings& http = of(sink);
  for (const auto& [key, path] : {std::pair{"token_file", &http.token_file},
                                  {"password_file", &http.password_file},
                                  {"key_file", &http.key_file}}) {
    if (!path->empty()) files.push_back({key, *path});
  }
  return files;
}

}  // namespace

bool takes_default_index(const HttpSinkSettings& http) {
  // Without its query, which may say how events are taken and never where they go.
  const std::string_view path = path_of(http);
  return http.body == HttpBody::elasticsearch && http.index.empty() &&
         (path == "/" || path == "/_bulk");
}

const SinkType kHttpSinkType = {.name = "http",
                                .make = [] { return SinkKind{HttpSinkSettings{}}; },
                                .keys = kKeys,
                                .promise = promise,
                                .check = check,
                                .secrets = secrets};

}  // namespace wgaudit
