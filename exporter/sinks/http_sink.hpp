// The `http` sink: batches of events as POSTs to a receiver, in the form that the body's row of
// exporter/codec/http_body.hpp gives them. At least once: what was sent and not answered is sent
// again, each event with the event.id that it had.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "exporter/codec/event_json.hpp"
#include "exporter/codec/gzip.hpp"
#include "exporter/codec/http_body.hpp"
#include "exporter/net/http_client.hpp"
#include "exporter/sinks/http_credentials.hpp"
#include "exporter/sinks/sink.hpp"

namespace wgaudit {

struct HttpSinkOptions {
  HttpUrl url;
  TlsOptions tls;
  HttpBody body = HttpBody::ndjson;
  HttpBodyOptions body_options;
  EventOrigin origin;
  EventFormat format = EventFormat::ecs;
  HttpCredentials credentials;                               // of an https URL
  std::vector<std::pair<std::string, std::string>> headers;  // beside those that the sink sends
  bool gzip = false;
  std::size_t batch_events = 1'000;
  std::size_t batch_bytes = 1'000'000;  // of a body before gzip; one event may have more
  // From the first try to connect to the last byte of the answer.
  std::chrono::milliseconds timeout = std::chrono::seconds{30};
  std::function<WallTime()> now;  // for a Retry-After that is a date
};

class HttpSink : public Sink {
 public:
  explicit HttpSink(HttpSinkOptions options);

  [[nodiscard]] std::uint64_t resume(const std::string& installation,
                                     std::optional<std::uint64_t> cursor) override;
  [[nodiscard]] std::expected<void, Failure> deliver(const EventBatch& batch) override;
  std::expected<void, Failure> tend(bool reopen) override;
  void interrupt() override { client_.interrupt(); }

 private:
  using Events = std::span<const Event>;

  // Of the events from the first on; returns how many fit.
  std::size_t frame(Events events);
  std::expected<void, Failure> send(Events events);
  std::expected<HttpAnswer, HttpClient::Failure> post(const Authorization& authorization);
  std::expected<void, Failure> settle(Events events, const HttpAnswer& answer,
                                      const Authorization& authorization);
  [[nodiscard]] std::expected<void, Failure> settle_items(Events events, BodyVerdict verdict,
                                                          const HttpAnswer& answer,
                                                          const Authorization& authorization);
  [[nodiscard]] Failure failure(std::string why) const;
  [[nodiscard]] std::optional<Duration> retry_after(const HttpAnswer& answer) const;
  void send_less();
  void taken();

  const HttpSinkOptions options_;
  const HttpBodyInfo& body_info_;
  std::string fields_;  // of every request
  HttpClient client_;
  Gzip gzip_;
  std::string body_;
  std::string installation_;
  std::uint64_t delivered_ = 0;
  std::size_t batch_bytes_;      // less than configured where the receiver does not take that
  unsigned taken_in_a_row_ = 0;  // requests
};

}  // namespace wgaudit
