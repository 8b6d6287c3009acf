#include "exporter/codec/event_check.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "audit/event.hpp"
#include "collectors/model/text.hpp"
#include "exporter/codec/event_line.hpp"

namespace wgaudit {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxLineDepth = 16;

enum class Shape : std::uint8_t { text, number, boolean, list };

Shape shape_of(FieldType type) {
  switch (type) {
    case FieldType::number:
      return Shape::number;
    case FieldType::boolean:
      return Shape::boolean;
    case FieldType::keywords:
    case FieldType::ips:
      return Shape::list;
    case FieldType::keyword:
    case FieldType::date:
    case FieldType::ip:
    case FieldType::event_id:
    case FieldType::session_id:
      return Shape::text;
  }
  return Shape::text;
}

// What stands beside a list that is cut.
bool is_beside_list(std::string_view path, std::string_view suffix) {
  if (!path.ends_with(suffix)) return false;
  const FieldInfo* list = find_field(path.substr(0, path.size() - suffix.size()));
  return list != nullptr && has_count(*list);
}

bool fits(const std::string& path, Shape shape) {
  if (const FieldInfo* field = find_field(path)) return shape_of(field->type) == shape;
  if (is_beside_list(path, kCountSuffix)) return shape == Shape::number;
  return is_beside_list(path, kDigestSuffix) && shape == Shape::text;
}

bool is_known(const std::string& path) {
  return find_field(path) != nullptr || is_beside_list(path, kCountSuffix) ||
         is_beside_list(path, kDigestSuffix);
}

bool is_object(const std::string& path) {
  return std::ranges::any_of(fields(), [&](const FieldInfo& field) {
    return field.ecs.size() > path.size() && field.ecs.starts_with(path) &&
           field.ecs[path.size()] == '.';
  });
}

// Follows the path of the value that it is at.
class LineChecker : public nlohmann::json_sax<Json> {
 public:
  explicit LineChecker(bool ocsf) : ocsf_(ocsf) {}
  bool null() override { return stop("is null"); }
  bool boolean(bool /*value*/) override { return value(Shape::boolean); }
  bool number_integer(number_integer_t /*value*/) override { return value(Shape::number); }
  bool number_unsigned(number_unsigned_t /*value*/) override { return value(Shape::number); }
  bool number_float(number_float_t /*value*/, const string_t& /*digits*/) override {
    return stop("is no whole number");
  }
  bool string(string_t& /*value*/) override { return value(Shape::text); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override {
    if (in_list_ && !ocsf_) return stop("holds an object");
    if (!ocsf_ && !path_.empty() && !is_object(path_)) return stop_unknown();
    if (names_.size() == kMaxLineDepth) return stop("is too deep");
    names_.emplace_back();
    return true;
  }
  bool start_array(std::size_t /*size*/) override {
    if (in_list_ && !ocsf_) return stop("holds a list");
    in_list_ = true;
    return check(Shape::list);
  }
  bool key(string_t& name) override {
    auto& names = names_.back();
    if (!names.empty()) path_.resize(path_.size() - names.back().size());
    if (!path_.empty() && names.empty()) path_ += '.';
    const bool twice = std::ranges::find(names, name) != names.end();
    names.push_back(name);
    path_ += name;
    // Two spellings of one path would be read as one by some receivers.
    if (name.contains('.')) return stop_unknown();
    return !twice || stop("is there twice");
  }
  bool end_object() override {
    if (!names_.back().empty()) path_.resize(path_.size() - names_.back().back().size());
    if (path_.ends_with('.')) path_.pop_back();
    names_.pop_back();
    return true;
  }
  bool end_array() override {
    in_list_ = false;
    return true;
  }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return false;
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  bool value(Shape shape) {
    if (in_list_ && !ocsf_) {
      return shape == Shape::text || stop("holds something else than texts");
    }
    return check(shape);
  }
  bool check(Shape shape) {
    if (ocsf_) return true;
    if (names_.empty()) return stop("is no object");
    if (fits(path_, shape)) return true;
    return is_known(path_) ? stop("is of another type") : stop_unknown();
  }
  bool stop_unknown() { return stop("is no field"); }
  bool stop(std::string_view why) {
    constexpr std::size_t kMaxShown = 200;
    problem_ = to_printable(path_.empty() ? "the line" : path_.substr(0, kMaxShown)) + ' ' +
               std::string(why);
    return false;
  }

  const bool ocsf_;
  std::string path_;
  std::vector<std::vector<std::string>> names_;  // of the members so far, object by object
  bool in_list_ = false;
  std::string problem_;
};

}  // namespace

std::string check_event_line(std::string_view line) {
  // Of OCSF the paths differ by class: its schema is for who wants to know.
  LineChecker checker(line.starts_with(R"({"time":)"));
  if (Json::sax_parse(line, &checker)) return "";
  return checker.problem().empty() ? "no JSON" : checker.problem();
}

}  // namespace wgaudit
