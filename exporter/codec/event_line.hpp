// Writes the values of an event as one line of nested JSON.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "audit/event.hpp"
#include "exporter/codec/json_writer.hpp"

namespace wgaudit {

// SHA-256 of whole lists, each entry followed by a line feed; kept because a line may be written
// several times.
using ListDigests = std::map<Field, std::string>;

// Most bytes of JSON that one text and one list may take.
struct LineLimits {
  std::size_t text = 1024, list = 4096;
};

class EventLine {
 public:
  EventLine(LineLimits limits, ListDigests& digests) : limits_(limits), digests_(digests) {
    out_.begin_object(JsonWriter::Layout::compact);
  }
  // REQUIRES: in the order of fields().
  void add(const FieldInfo& field, const Value& value);
  [[nodiscard]] bool cut() const { return cut_; }
  [[nodiscard]] std::string take();

 private:
  std::string_view move_to(std::string_view path);
  void add_list(const FieldInfo& field, std::string_view name,
                const std::vector<std::string>& entries);

  LineLimits limits_;
  ListDigests& digests_;
  JsonWriter out_;
  std::string_view open_;  // path of the innermost open object, "" for the line
  bool cut_ = false;
};

// Names of the members beside a list that is cut. ECS has none for its own lists.
inline constexpr std::string_view kCountSuffix = "_count", kDigestSuffix = "_sha256";
[[nodiscard]] bool has_count(const FieldInfo& field);

}  // namespace wgaudit
