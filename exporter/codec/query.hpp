// The query of a request, and the queries of links (application/x-www-form-urlencoded). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wgaudit {

// Parameters in the order in which they came, decoded: any bytes. An empty one is as good as none:
// forms send all their fields.
class Query {
 public:
  Query() = default;
  // Of "/path?a=b&c=d"; what is malformed is taken as it stands.
  [[nodiscard]] static Query of_target(std::string_view target);

  // The value; "" where there is none.
  [[nodiscard]] std::string_view operator[](std::string_view name) const;
  void set(std::string_view name, std::string_view value);  // "" removes it
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const {
    return parameters_;
  }
  // "path?a=b&c=d", percent-encoded; not yet escaped for HTML.
  [[nodiscard]] std::string link(std::string_view path) const;

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace wgaudit
