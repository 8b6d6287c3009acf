// What the `http` sink sends and is answered, as a table: a row for each kind of receiver says how
// events become a request body and what an answer means for each of them. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/model/time.hpp"

namespace wgaudit {

enum class HttpBody : std::uint8_t { ndjson, elasticsearch, splunk, loki };

// What a receiver is told of all events alike; each is for the bodies that know it.
struct HttpBodyOptions {
  std::string index{};                         // elasticsearch, splunk; "" = the receiver's default
  std::string host{}, source{}, sourcetype{};  // splunk
  std::map<std::string, std::string> labels{};  // loki: few, and the same for every event
};

// An event that is on its way into a body.
struct BodyEvent {
  std::string_view id;  // event.id
  WallTime at;
  std::string_view line;  // a JSON object
};

// What an answer says of the events of a request.
struct BodyVerdict {
  enum class Kind : std::uint8_t {
    taken,     // all of them, but for `exceptions`
    outage,    // none; it is the receiver's trouble, or the configuration's: again later
    rejected,  // none, because of one of them or of their number
  };
  struct Exception {
    std::size_t position = 0;  // in the request
    bool again = false;        // later; else it will never be taken
    std::string why;
  };
  Kind kind = Kind::taken;
  std::string why;                       // outage, rejected
  std::vector<Exception> exceptions{};   // by position
  std::optional<std::size_t> suspect{};  // rejected: whom the receiver names
};

struct HttpBodyInfo {
  HttpBody body;
  std::string_view name;  // as the configuration has it
  std::string_view content_type;
  std::string_view default_path;  // where the URL has none
  std::string_view token_scheme;  // before a token in the header Authorization
  void (*begin)(std::string& out, const HttpBodyOptions& options);
  void (*add)(std::string& out, const BodyEvent& event, const HttpBodyOptions& options, bool first);
  std::string_view end;
  // Of every answer, whatever its status: bodies begin with what `judge_status` makes of it.
  BodyVerdict (*read)(unsigned status, std::string_view answer, std::size_t events);
};
[[nodiscard]] std::span<const HttpBodyInfo> http_bodies();  // in the order of HttpBody
[[nodiscard]] const HttpBodyInfo& http_body_info(HttpBody body);
[[nodiscard]] const HttpBodyInfo* find_http_body(std::string_view name);

// What the status alone says. 400, 413 and 422 are about the request; every other failure is an
// outage: a wrong path, token or server has nothing to do with any event.
[[nodiscard]] BodyVerdict judge_status(unsigned status);

}  // namespace wgaudit
