#include "exporter/net/http_client.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace wgaudit {
namespace {

// How long an answer is waited for that came while the request was not yet through: a receiver that
// refuses a large request answers and closes.
constexpr auto kEarlyAnswer = std::chrono::seconds{1};

}  // namespace

struct HttpClient::Try {
  std::optional<HttpAnswer> answer;
  Failure failure;       // no answer
  bool unheard = false;  // not a byte came back
};

HttpClient::Try HttpClient::read_answer(ReceiverConnection& connection, Deadline deadline) const {
  HttpAnswerReader reader(max_answer_);
  std::array<char, 16384> buffer;
  while (reader.state() == HttpAnswerReader::State::more) {
    const auto size = connection.read(buffer, deadline);
    if (!size) return {std::nullopt, {size.error()}, !reader.has_begun()};
    if (*size == 0) {
      reader.finish();
    } else {
      reader.add(std::string_view(buffer.data(), *size));
    }
  }
  if (reader.state() == HttpAnswerReader::State::done) return {reader.take(), {}, false};
  return {std::nullopt,
          {{"no answer", to_string(url_.target), std::string(reader.why())}},
          !reader.has_begun()};
}

HttpClient::Try HttpClient::attempt(ReceiverConnection& connection, std::string_view head,
                                    std::string_view body, Deadline deadline) const {
  auto sent = connection.write(head, deadline);
  if (sent) sent = connection.write(body, deadline);
  if (sent) return read_answer(connection, deadline);
  const auto soon = std::min(deadline, std::chrono::steady_clock::now() + kEarlyAnswer);
  Try early = read_answer(connection, soon);
  if (early.answer) {
    early.answer->reusable = false;
    return early;
  }
  return {std::nullopt, {std::move(sent.error()), true}, early.unheard};
}

std::expected<HttpAnswer, HttpClient::Failure> HttpClient::post(std::string_view fields,
                                                                std::string_view body,
                                                                Deadline deadline) {
  std::string head = "POST " + url_.path + " HTTP/1.1\r\nHost: " + host_header(url_) +
                     "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  head.append(fields).append("\r\n");
  if (connection_ && !connection_->is_quiet()) connection_.reset();
  for (bool kept = connection_.has_value();; kept = false) {
    if (!connection_) {
      auto opened = ReceiverConnection::open(
          resolver_, url_.target, url_.tls ? std::optional(tls_) : std::nullopt, deadline, stop_);
      if (!opened) return std::unexpected(Failure{std::move(opened.error())});
      connection_.emplace(*std::move(opened));
    }
    Try tried = attempt(*connection_, head, body, deadline);
    if (!tried.answer || !tried.answer->reusable) connection_.reset();
    if (tried.answer) return *std::move(tried.answer);
    const bool again = kept && tried.unheard && std::chrono::steady_clock::now() < deadline;
    if (!again) return std::unexpected(std::move(tried.failure));
  }
}

}  // namespace wgaudit
