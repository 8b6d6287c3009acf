// Writes the values of an event as one line of nested JSON, whatever its schema.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/event.hpp"
#include "exporter/codec/json_writer.hpp"

namespace wgaudit {

// SHA-256 of whole lists by path, each entry followed by a line feed; kept because a line may be
// written several times.
using ListDigests = std::map<std::string_view, std::string>;

// Most bytes of JSON that one text and one list may take.
struct LineLimits {
  std::size_t text = 1024, list = 4096;
};

// Of a digest or a word of a schema. A longer one comes from elsewhere, and is cut as all texts.
inline constexpr std::size_t kLongestName = 64;

// Where a value stands. The path outlives the line; a name that ends in "[]" is that of a list with
// one object.
struct LineMember {
  std::string_view path;
  // A name or digest of at most so many bytes is never cut: half of one would name nothing.
  std::size_t whole = 0;
  bool counted = false;  // beside a list that is cut stand its count and digest
};
// At this path instead of its own.
[[nodiscard]] LineMember member_of(Field field, std::string_view path);

// What OCSF calls an observable.
struct Observable {
  std::string_view name;  // path of the member that holds it
  int type_id = 0;
  std::string_view type;  // its caption
  std::string value;
};

class EventLine {
 public:
  EventLine(LineLimits limits, ListDigests& digests) : limits_(limits), digests_(digests) {
    out_.reserve(kUsualBytes);
    out_.begin_object(JsonWriter::Layout::compact);
  }
  // REQUIRES: the members of one object come one after the other.
  void add(const LineMember& member, const Value& value);
  void add_observables(std::string_view path, std::span<const Observable> observables);
  [[nodiscard]] bool cut() const { return cut_; }
  [[nodiscard]] std::string take();

 private:
  static constexpr std::size_t kUsualBytes = 1536;

  std::string_view move_to(std::string_view path);
  void close();
  void add_list(const LineMember& member, std::string_view name,
                const std::vector<std::string>& entries);

  LineLimits limits_;
  ListDigests& digests_;
  JsonWriter out_;
  std::string_view open_;  // path of the innermost open object, "" for the line
  bool cut_ = false;
};

// A line of at most kMaxLineBytes, as far as what is never cut lets it: `write` is called until it
// fits, with narrower limits each time, and `truncated` once something is cut.
[[nodiscard]] std::string write_line(
    const std::function<void(EventLine& line, bool truncated)>& write);

// Names of the members beside a list that is cut. ECS has none for its own lists.
inline constexpr std::string_view kCountSuffix = "_count", kDigestSuffix = "_sha256";
[[nodiscard]] bool has_count(const FieldInfo& field);

}  // namespace wgaudit
