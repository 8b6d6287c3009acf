#include "exporter/sinks/http_sink.hpp"

#include <algorithm>
#include <utility>

#include "exporter/sinks/http_retry.hpp"

namespace wgaudit {
namespace {

// An answer of _bulk has some 300 bytes an event. Beyond this it is nothing that can be used.
constexpr std::size_t kMaxAnswer = std::size_t{8} << 20U;
constexpr std::size_t kLeastBatchBytes = 16'384;

std::string fields_of(const HttpSinkOptions& options, const HttpBodyInfo& body) {
  std::string fields =
      "User-Agent: wgaudit/" + options.origin.version +
      "\r\nAccept: application/json\r\nContent-Type: " + std::string(body.content_type) + "\r\n";
  if (options.gzip) fields += "Content-Encoding: gzip\r\n";
  for (const auto& [name, value] : options.headers) fields += name + ": " + value + "\r\n";
  return fields;
}

}  // namespace

HttpSink::HttpSink(HttpSinkOptions options)
    : options_(std::move(options)),
      body_info_(http_body_info(options_.body)),
      fields_(fields_of(options_, body_info_)),
      client_(options_.url, options_.tls, kMaxAnswer),
      batch_bytes_(options_.batch_bytes) {}

std::uint64_t HttpSink::resume(const std::string&, std::optional<std::uint64_t> cursor) {
  return cursor.value_or(0);
}

std::expected<void, Sink::Failure> HttpSink::tend(bool reopen) {
  if (reopen) client_.close();  // certificates may be others now
  return {};
}

std::expected<void, Sink::Failure> HttpSink::deliver(const EventBatch& batch) {
  installation_ = batch.installation;
  // What is not asked for any more has arrived, or was set aside.
  delivered_ = batch.events.front().sequence - 1;
  Events rest = batch.events;
  std::optional<Failure> refusing;
  while (!rest.empty()) {
    const Events events = rest.first(frame(rest));
    auto sent = send(events);
    if (!sent) {
      Failure& failure = sent.error();
      const bool passed = failure.delivered == events.back().sequence;
      if (refusing) {
        failure.refused.insert(failure.refused.begin(), refusing->refused.begin(),
                               refusing->refused.end());
      }
      if (!passed) return sent;
      refusing = std::move(failure);
    }
    rest = rest.subspan(events.size());
    if (refusing) refusing->delivered = delivered_;
  }
  if (refusing) return std::unexpected(*std::move(refusing));
  return {};
}

std::size_t HttpSink::frame(Events events) {
  body_.clear();
  body_info_.begin(body_, options_.body_options);
  std::size_t count = 0;
  for (const Event& event : events.first(std::min(events.size(), options_.batch_events))) {
    const std::size_t before = body_.size();
    const std::string line = encode(event, options_.format, options_.origin, installation_);
    const std::string id = event_id(installation_, event.sequence);
    body_info_.add(body_, {id, event.at, line}, options_.body_options, count == 0);
    if (count > 0 && body_.size() + body_info_.end.size() > batch_bytes_) {
      body_.resize(before);
      break;
    }
    ++count;
  }
  body_.append(body_info_.end);
  return count;
}

std::expected<void, Sink::Failure> HttpSink::send(Events events) {
  const auto authorization = read_authorization(options_.credentials);
  if (!authorization) {
    return std::unexpected(Failure{authorization.error(), delivered_});
  }
  const auto answer = post(*authorization);
  if (answer) return settle(events, *answer, *authorization);
  // A receiver, or what stands before it, may close instead of saying that this is too much.
  if (answer.error().while_sending) send_less();
  return std::unexpected(Failure{answer.error().error, delivered_});
}

std::expected<HttpAnswer, HttpClient::Failure> HttpSink::post(const Authorization& authorization) {
  std::string fields = fields_;
  if (!authorization.value.empty()) fields += "Authorization: " + authorization.value + "\r\n";
  const auto deadline = std::chrono::steady_clock::now() + options_.timeout;
  if (!options_.gzip) return client_.post(fields, body_, deadline);
  return client_.post(fields, gzip_.compress(body_), deadline);
}

std::expected<void, Sink::Failure> HttpSink::settle(Events events, const HttpAnswer& answer,
                                                    const Authorization& authorization) {
  BodyVerdict verdict = body_info_.read(answer.status, answer.body, events.size());
  if (verdict.kind == BodyVerdict::Kind::taken) {
    return settle_items(events, std::move(verdict), answer, authorization);
  }
  Failure failed = failure(told_by_receiver(verdict.why, authorization));
  failed.retry_after = retry_after(answer);
  if (verdict.kind == BodyVerdict::Kind::outage) return std::unexpected(std::move(failed));
  constexpr unsigned kTooLarge = 413;
  if (answer.status == kTooLarge && events.size() > 1) send_less();
  failed.rejected = Rejection{events.back().sequence};
  if (verdict.suspect && *verdict.suspect < events.size()) {
    failed.rejected->suspect = events[*verdict.suspect].sequence;
  }
  return std::unexpected(std::move(failed));
}

// What comes after the first event that has to come again comes again too: in order, and a receiver
// that tells events by their ids has no more of them.
std::expected<void, Sink::Failure> HttpSink::settle_items(Events events, BodyVerdict verdict,
                                                          const HttpAnswer& answer,
                                                          const Authorization& authorization) {
  std::vector<Refusal> refused;
  std::string why;
  for (BodyVerdict::Exception& exception : verdict.exceptions) {
    const std::uint64_t sequence = events[exception.position].sequence;
    why = told_by_receiver(exception.why, authorization);
    if (!exception.again) {
      refused.push_back({sequence, why});
      continue;
    }
    delivered_ = sequence - 1;
    Failure failed = failure(std::move(why));
    failed.refused = std::move(refused);
    failed.retry_after = retry_after(answer);
    return std::unexpected(std::move(failed));
  }
  delivered_ = events.back().sequence;
  taken();
  if (refused.empty()) return {};
  Failure failed = failure(std::move(why));
  failed.refused = std::move(refused);
  return std::unexpected(std::move(failed));
}

Sink::Failure HttpSink::failure(std::string why) const {
  return {{"cannot deliver events", to_string(options_.url.target), std::move(why)}, delivered_};
}

std::optional<Duration> HttpSink::retry_after(const HttpAnswer& answer) const {
  return parse_retry_after(answer.retry_after, options_.now());
}

void HttpSink::send_less() {
  taken_in_a_row_ = 0;
  batch_bytes_ = std::min(batch_bytes_, std::max(kLeastBatchBytes, body_.size() / 2));
}

// A limit can be lifted, and a broken connection says little about one.
void HttpSink::taken() {
  constexpr unsigned kMany = 100;
  if (batch_bytes_ == options_.batch_bytes || ++taken_in_a_row_ < kMany) return;
  batch_bytes_ = std::min(options_.batch_bytes, batch_bytes_ * 2);
  taken_in_a_row_ = 0;
}

}  // namespace wgaudit
