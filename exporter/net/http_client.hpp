// POSTs to one receiver over HTTP/1.1, on a connection that is kept. Redirects are not followed and
// no proxy is used: the events go where the configuration says, or nowhere.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/net/connection.hpp"
#include "exporter/net/http_answer.hpp"
#include "exporter/net/http_url.hpp"

namespace wgaudit {

// One thread at a time, but for the interruption.
class HttpClient {
 public:
  // `tls` is of an https URL.
  HttpClient(HttpUrl url, TlsOptions tls, std::size_t max_answer)
      : url_(std::move(url)), tls_(std::move(tls)), max_answer_(max_answer) {}

  struct Failure {
    Error error;
    bool while_sending = false;  // the request did not get through whole
  };
  // `fields`: headers beside those of the transport, each with its line end. A request on a kept
  // connection that turns out to be closed is made again on a new one, once.
  [[nodiscard]] std::expected<HttpAnswer, Failure> post(std::string_view fields,
                                                        std::string_view body, Deadline deadline);
  void close() { connection_.reset(); }
  // Any thread.
  void interrupt() { stop_.interrupt(); }

 private:
  struct Try;
  [[nodiscard]] Try attempt(ReceiverConnection& connection, std::string_view head,
                            std::string_view body, Deadline deadline) const;
  [[nodiscard]] Try read_answer(ReceiverConnection& connection, Deadline deadline) const;

  const HttpUrl url_;
  const TlsOptions tls_;
  const std::size_t max_answer_;
  Interruption stop_;
  Resolver resolver_;
  std::optional<ReceiverConnection> connection_;
};

}  // namespace wgaudit
