#include "exporter/store/fact_codec.hpp"

#include <bitset>
#include <cassert>
#include <cstdint>
#include <utility>

namespace wgaudit {
namespace {

// facts:  version 1, then for each: u8 length, name, u8 tag, value
// value:  bool u8 · number, date, event, session u64 · text u32 length, bytes
//         texts u32 count, each u32 length, bytes. Little endian.
// The tags are the indices of Value, and part of the format.
constexpr std::uint8_t kVersion = 1;
enum class Tag : std::uint8_t { boolean, number, text, date, texts, event, session };
template <Tag tag, typename T>
constexpr bool kHolds = std::is_same_v<std::variant_alternative_t<std::size_t(tag), Value>, T>;
static_assert(std::variant_size_v<Value> == 7);
static_assert(kHolds<Tag::boolean, bool> && kHolds<Tag::number, std::int64_t> &&
              kHolds<Tag::text, std::string> && kHolds<Tag::date, WallTime> &&
              kHolds<Tag::texts, std::vector<std::string>> && kHolds<Tag::event, EventRef> &&
              kHolds<Tag::session, SessionRef>);

Tag tag_of(FieldType type) {
  switch (type) {
    case FieldType::keyword:
    case FieldType::ip:
      return Tag::text;
    case FieldType::keywords:
    case FieldType::ips:
      return Tag::texts;
    case FieldType::number:
      return Tag::number;
    case FieldType::boolean:
      return Tag::boolean;
    case FieldType::date:
      return Tag::date;
    case FieldType::event_id:
      return Tag::event;
    case FieldType::session_id:
      return Tag::session;
  }
  return Tag::text;
}

struct Writer {
  std::string bytes;

  template <typename T>
  void number(T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      bytes += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xffU);
    }
  }
  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    bytes += value;
  }
  void operator()(bool value) { number(static_cast<std::uint8_t>(value)); }
  void operator()(std::int64_t value) { number(value); }
  void operator()(const std::string& value) { text(value); }
  void operator()(WallTime value) { number(value.time_since_epoch().count()); }
  void operator()(const std::vector<std::string>& values) {
    number(static_cast<std::uint32_t>(values.size()));
    for (const auto& value : values) text(value);
  }
  void operator()(EventRef value) { number(value.sequence); }
  void operator()(SessionRef value) { number(value.number); }
};

// Bounds first: a read beyond the end gives zero or "", and fails the whole.
struct Reader {
  std::string_view rest;
  bool sound = true;

  std::string_view take(std::size_t size) {
    if (size > rest.size()) {
      sound = false;
      rest = {};
      return {};
    }
    const std::string_view taken = rest.substr(0, size);
    rest.remove_prefix(size);
    return taken;
  }
  template <typename T>
  T number() {
    std::uint64_t value = 0;
    const std::string_view taken = take(sizeof(T));
    for (std::size_t i = 0; i < taken.size(); ++i) {
      value |= std::uint64_t{static_cast<std::uint8_t>(taken[i])} << (8 * i);
    }
    return static_cast<T>(value);
  }
  std::string text() { return std::string(take(number<std::uint32_t>())); }
  std::vector<std::string> texts() {
    std::vector<std::string> values;
    const auto count = number<std::uint32_t>();
    for (std::uint32_t i = 0; i < count && sound; ++i) values.push_back(text());
    return values;
  }
  Value value(Tag tag) {
    switch (tag) {
      case Tag::boolean: {
        const auto byte = number<std::uint8_t>();
        sound = sound && byte <= 1;
        return byte == 1;
      }
      case Tag::number:
        return number<std::int64_t>();
      case Tag::text:
        return text();
      case Tag::date:
        return WallTime{Duration{number<std::int64_t>()}};
      case Tag::texts:
        return texts();
      case Tag::event:
        return EventRef{number<std::uint64_t>()};
      case Tag::session:
        return SessionRef{number<std::uint64_t>()};
    }
    sound = false;
    return false;
  }
};

}  // namespace

std::string encode_facts(const std::vector<Fact>& facts) {
  Writer writer;
  writer.number(kVersion);
  for (const Fact& fact : facts) {
    const FieldInfo& info = field_info(fact.field);
    assert(static_cast<std::size_t>(tag_of(info.type)) == fact.value.index());
    writer.number(static_cast<std::uint8_t>(info.ecs.size()));
    writer.bytes += info.ecs;
    writer.number(static_cast<std::uint8_t>(fact.value.index()));
    std::visit(writer, fact.value);
  }
  return std::move(writer.bytes);
}

std::optional<std::vector<Fact>> decode_facts(std::string_view bytes) {
  Reader reader{bytes};
  if (reader.number<std::uint8_t>() != kVersion) return std::nullopt;
  std::vector<Fact> facts;
  std::bitset<kFields> seen;
  while (reader.sound && !reader.rest.empty()) {
    const std::string_view name = reader.take(reader.number<std::uint8_t>());
    const auto tag = Tag{reader.number<std::uint8_t>()};
    Value value = reader.value(tag);
    if (!reader.sound) break;
    const FieldInfo* info = find_field(name);
    if (info == nullptr || tag_of(info->type) != tag) continue;
    const auto index = static_cast<std::size_t>(info->field);
    if (seen[index]) return std::nullopt;
    seen.set(index);
    facts.push_back({info->field, std::move(value)});
  }
  if (!reader.sound) return std::nullopt;
  return facts;
}

}  // namespace wgaudit
