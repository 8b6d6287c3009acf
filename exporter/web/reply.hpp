// What is sent back: as a handler means it, and as bytes.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collectors/model/time.hpp"

namespace wgaudit {

struct Reply {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};  // beside type and length
  std::chrono::milliseconds hold{};  // not to be sent before so long: who tries is to try slowly
  // In place of `body`: one that many replies have in common.
  std::shared_ptr<const std::string> shared_body = nullptr;

  [[nodiscard]] std::string_view bytes() const { return shared_body ? *shared_body : body; }
};

// Ready to be sent: status line and headers, then the body, which is large and never copied.
struct Answer {
  std::string head;
  std::string body = {};
  bool close = false;                                        // the connection, when sent
  std::chrono::milliseconds hold{};                          // as of Reply
  std::shared_ptr<const std::string> shared_body = nullptr;  // in place of `body`

  [[nodiscard]] std::string_view bytes() const { return shared_body ? *shared_body : body; }
};

// RFC 9110, 6.6.1: a server that has a clock says when it answers.
void add_date(Answer& answer, WallTime now);

// For what is refused before any handler sees it: 400, 405, 408, 414, 431, 500, 503, 505. Closes.
// `text` instead of the usual one.
[[nodiscard]] Answer refusal(int status, std::string_view text = {});

}  // namespace wgaudit
