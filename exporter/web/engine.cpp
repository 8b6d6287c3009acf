#include "exporter/web/engine.hpp"

#include <httplib.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace wgaudit {
namespace {

// One request under way.
struct Exchange {
  const RequestHead* head = nullptr;
  Visitor visitor;
  bool handled = false;
  std::string body;
  std::shared_ptr<const std::string> shared_body;
  std::chrono::milliseconds hold{};
};
// process_request() hands its handlers nothing of ours; it runs in the thread that called it.
thread_local Exchange* exchange = nullptr;

// The head as httplib reads it, and what it writes.
class MemoryStream : public httplib::Stream {
 public:
  explicit MemoryStream(std::string input) : input_(std::move(input)) {}
  bool is_readable() const override { return position_ < input_.size(); }
  bool is_writable() const override { return true; }
  ssize_t read(char* out, std::size_t size) override {
    const std::size_t count = std::min(size, input_.size() - position_);
    std::memcpy(out, input_.data() + position_, count);
    position_ += count;
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char* data, std::size_t size) override {
    output_.append(data, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return 0; }  // only compared with FD_SETSIZE
  [[nodiscard]] std::string& output() { return output_; }

 private:
  std::string input_, output_;
  std::size_t position_ = 0;
};

std::string text_for_httplib(const RequestHead& head) {
  return (head.head_only ? "HEAD " : "GET ") + head.target + " HTTP/1.1\r\n\r\n";
}

}  // namespace

class Engine::Server : public httplib::Server {
 public:
  Server(Engine::Handler handler, unsigned idle_seconds, unsigned requests_per_connection)
      : handler_(std::move(handler)) {
    set_keep_alive_timeout(idle_seconds);
    set_keep_alive_max_count(requests_per_connection);
    // Before routing: its routes are std::regex over what the client sent.
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      reply_to(request, response);
      return HandlerResponse::Handled;
    });
    // Without one, the text of the exception is sent as a header.
    set_exception_handler(
        [](const httplib::Request&, httplib::Response& response, std::exception_ptr) {
          fill(response, {.status = 500, .body = "internal error\n", .headers = {}});
        });
  }

  Answer answer(const RequestHead& head, const Visitor& visitor, bool last) {
    Exchange current{.head = &head, .visitor = visitor, .body = {}, .shared_body = {}};
    exchange = &current;
    MemoryStream stream(text_for_httplib(head));
    bool closed = last || !head.keep_alive;
    process_request(stream, closed, closed, nullptr);
    exchange = nullptr;
    if (!current.handled) return refusal(400);
    Answer answer{.head = std::move(stream.output()), .body = {}, .close = closed};
    answer.hold = current.hold;
    if (head.head_only) return answer;
    answer.body = std::move(current.body);
    answer.shared_body = std::move(current.shared_body);
    return answer;
  }

 private:
  void reply_to(const httplib::Request& request, httplib::Response& response) const {
    fill(response, handler_(request.path, *exchange->head, exchange->visitor));
  }

  // The body goes past httplib: it would compress it, cut it to ranges and copy it twice.
  static void fill(httplib::Response& response, Reply reply) {
    response.status = reply.status;
    response.headers.clear();
    response.set_header("Content-Type", reply.content_type);
    response.set_header("Content-Length", std::to_string(reply.bytes().size()));
    response.set_header("Accept-Ranges", "none");
    for (const auto& [name, value] : reply.headers) response.set_header(name, value);
    if (!response.has_header("X-Content-Type-Options")) {
      response.set_header("X-Content-Type-Options", "nosniff");
    }
    exchange->body = std::move(reply.body);
    exchange->shared_body = std::move(reply.shared_body);
    exchange->hold = reply.hold;
    exchange->handled = true;
  }

  Engine::Handler handler_;  // httplib::Server has a Handler of its own
};

Engine::Engine(Handler handler, unsigned idle_seconds, unsigned requests_per_connection)
    : server_(std::make_unique<Server>(std::move(handler), idle_seconds, requests_per_connection)) {
}
Engine::~Engine() = default;
Answer Engine::answer(const RequestHead& head, const Visitor& visitor, bool last) {
  return server_->answer(head, visitor, last);
}

}  // namespace wgaudit
