#include "exporter/codec/http_body.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <utility>

#include "exporter/codec/json_writer.hpp"
#include "exporter/codec/receiver_answer.hpp"

namespace wgaudit {
namespace {

using enum BodyVerdict::Kind;
using Layout = JsonWriter::Layout;

constexpr unsigned kBadRequest = 400, kUnauthorized = 401, kForbidden = 403, kNotFound = 404,
                   kConflict = 409, kTooLarge = 413, kUnprocessable = 422, kTooMany = 429;

bool is_success(unsigned status) { return status >= 200 && status < 300; }

std::string status_text(unsigned status) { return "status " + std::to_string(status); }

BodyVerdict status_alone(unsigned status, std::string_view, std::size_t) {
  return judge_status(status);
}

void begin_nothing(std::string&, const HttpBodyOptions&) {}

void add_line(std::string& out, const BodyEvent& event, const HttpBodyOptions&, bool) {
  out.append(event.line).push_back('\n');
}

// `create`: what is there already is left as it is, and answered with 409. A data stream takes
// nothing else.
void add_create(std::string& out, const BodyEvent& event, const HttpBodyOptions& options, bool) {
  JsonWriter action;
  action.begin_object(Layout::compact);
  action.key("create");
  action.begin_object(Layout::compact);
  if (!options.index.empty()) action.text("_index", options.index);
  action.text("_id", event.id);
  action.end_object();
  action.end_object();
  out.append(action.take_line()).push_back('\n');
  out.append(event.line).push_back('\n');
}

std::string item_text(const BulkItem& item) {
  std::string text = status_text(item.status);
  if (!item.type.empty()) text += ": " + item.type;
  if (!item.reason.empty()) text += ": " + item.reason;
  return text;
}

// An index that is not there, is closed or forbidden is no fault of the event.
bool is_poison(unsigned status) {
  constexpr unsigned kNoPoison[] = {kUnauthorized, kForbidden, kNotFound, kTooMany};
  return status >= 400 && status < 500 &&
         std::ranges::find(kNoPoison, status) == std::end(kNoPoison);
}

BodyVerdict read_bulk(unsigned status, std::string_view answer, std::size_t events) {
  if (!is_success(status)) return judge_status(status);
  const auto bulk = parse_bulk_answer(answer, events);
  if (!bulk) return {outage, "not an answer of _bulk"};
  if (!bulk->errors) return {};
  if (bulk->items.size() != events) return {outage, "an answer about other events"};
  BodyVerdict verdict;
  for (std::size_t i = 0; i < events; ++i) {
    const BulkItem& item = bulk->items[i];
    if (is_success(item.status) || item.status == kConflict) continue;
    verdict.exceptions.push_back({i, !is_poison(item.status), item_text(item)});
  }
  return verdict;
}

// Seconds with three digits, as Splunk wants them.
std::string epoch_seconds(WallTime at) {
  using std::chrono::milliseconds;
  const auto time = std::chrono::floor<milliseconds>(at.time_since_epoch());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  std::string rest = std::to_string((time - seconds).count());
  rest.insert(0, 3 - rest.size(), '0');
  return std::to_string(seconds.count()) + '.' + rest;
}

void add_collector_event(std::string& out, const BodyEvent& event, const HttpBodyOptions& options,
                         bool) {
  JsonWriter object;
  object.begin_object(Layout::compact);
  object.key("time");
  object.verbatim(epoch_seconds(event.at));
  const std::pair<std::string_view, const std::string*> texts[] = {
      {"host", &options.host},
      {"source", &options.source},
      {"sourcetype", &options.sourcetype},
      {"index", &options.index}};
  for (const auto& [name, text] : texts) {
    if (!text->empty()) object.text(name, *text);
  }
  object.key("event");
  object.verbatim(event.line);
  object.end_object();
  out.append(object.take_line()).push_back('\n');
}

// Of the collector's codes those that are about an event; the others are about token, index or
// server (Splunk, "Troubleshoot HTTP Event Collector": possible error codes).
struct CollectorCode {
  std::int64_t code;
  std::string_view text;
};
constexpr CollectorCode kEventCodes[] = {{5, "no data"},
                                         {6, "invalid data format"},
                                         {12, "event field is required"},
                                         {13, "event field cannot be blank"},
                                         {15, "error in handling indexed fields"}};

BodyVerdict read_collector(unsigned status, std::string_view answer, std::size_t) {
  const auto collector = parse_collector_answer(answer);
  if (is_success(status)) {
    if (collector && collector->code == 0) return {};
    return {outage, "not an answer of an event collector"};
  }
  BodyVerdict verdict = judge_status(status);
  if (!collector) return verdict;
  verdict.why += ", code " + std::to_string(collector->code);
  if (status != kBadRequest) return verdict;
  const auto* known = std::ranges::find(kEventCodes, collector->code, &CollectorCode::code);
  if (known == std::end(kEventCodes)) {
    verdict.kind = outage;
    return verdict;
  }
  verdict.why.append(": ").append(known->text);
  if (collector->invalid_event) {
    verdict.suspect = static_cast<std::size_t>(*collector->invalid_event);
  }
  return verdict;
}

void begin_streams(std::string& out, const HttpBodyOptions& options) {
  JsonWriter labels;
  labels.begin_object(Layout::compact);
  for (const auto& [name, value] : options.labels) labels.text(name, value);
  labels.end_object();
  out.append(R"({"streams":[{"stream":)").append(labels.take_line()).append(R"(,"values":[)");
}

void add_value(std::string& out, const BodyEvent& event, const HttpBodyOptions&, bool first) {
  JsonWriter value;
  value.begin_array(Layout::compact);
  value.text(std::to_string(event.at.time_since_epoch().count()));  // nanoseconds
  value.text(event.line);
  value.end_array();
  if (!first) out.push_back(',');
  out.append(value.take_line());
}

constexpr std::array<HttpBodyInfo, 4> kBodies = {{
    {HttpBody::ndjson, "ndjson", "application/x-ndjson", "/", "Bearer", begin_nothing, add_line, "",
     status_alone},
    {HttpBody::elasticsearch, "elasticsearch", "application/x-ndjson", "/_bulk", "Bearer",
     begin_nothing, add_create, "", read_bulk},
    {HttpBody::splunk, "splunk", "application/json", "/services/collector/event", "Splunk",
     begin_nothing, add_collector_event, "", read_collector},
    {HttpBody::loki, "loki", "application/json", "/loki/api/v1/push", "Bearer", begin_streams,
     add_value, "]}]}", status_alone},
}};

}  // namespace

std::span<const HttpBodyInfo> http_bodies() { return kBodies; }

const HttpBodyInfo& http_body_info(HttpBody body) {
  return kBodies[static_cast<std::size_t>(body)];
}

const HttpBodyInfo* find_http_body(std::string_view name) {
  const auto* found = std::ranges::find(kBodies, name, &HttpBodyInfo::name);
  return found == kBodies.end() ? nullptr : found;
}

BodyVerdict judge_status(unsigned status) {
  if (is_success(status)) return {};
  constexpr unsigned kAboutTheRequest[] = {kBadRequest, kTooLarge, kUnprocessable};
  const bool about_the_request =
      std::ranges::find(kAboutTheRequest, status) != std::end(kAboutTheRequest);
  std::string why = status_text(status);
  if (status >= 300 && status < 400) why += ": redirects are not followed";
  return {about_the_request ? rejected : outage, std::move(why)};
}

}  // namespace wgaudit
