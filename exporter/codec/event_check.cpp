#include "exporter/codec/event_check.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "collectors/model/text.hpp"
#include "exporter/codec/event_paths.hpp"

namespace wgaudit {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxLineDepth = 16;
constexpr std::string_view kInList = "[]";  // in a path: an object of the list

// Follows the path of the value that it is at.
class LineChecker : public nlohmann::json_sax<Json> {
 public:
  explicit LineChecker(EventFormat format) : format_(format) {}
  bool null() override { return stop("is null"); }
  bool boolean(bool /*value*/) override { return value(LineShape::boolean); }
  bool number_integer(number_integer_t /*value*/) override { return value(LineShape::number); }
  bool number_unsigned(number_unsigned_t /*value*/) override { return value(LineShape::number); }
  bool number_float(number_float_t /*value*/, const string_t& /*digits*/) override {
    return stop("is no whole number");
  }
  bool string(string_t& /*value*/) override { return value(LineShape::text); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override {
    if (in_list_) {
      if (!holds_objects()) return stop("holds an object");
      path_ += kInList;
      in_list_ = false;
    } else if (!path_.empty() && !is_object_at(format_, path_)) {
      return stop_unknown();
    }
    if (names_.size() == kMaxLineDepth) return stop("is too deep");
    names_.emplace_back();
    return true;
  }
  bool start_array(std::size_t /*size*/) override {
    if (in_list_) return stop("holds a list");
    in_list_ = true;
    return holds_objects() || check(LineShape::list);
  }
  bool key(string_t& name) override {
    auto& names = names_.back();
    if (!names.empty()) path_.resize(path_.size() - names.back().size());
    if (!path_.empty() && names.empty()) path_ += '.';
    const bool twice = std::ranges::find(names, name) != names.end();
    names.push_back(name);
    path_ += name;
    // Two spellings of one path would be read as one by some receivers.
    if (name.find_first_of(".[") != std::string::npos) return stop_unknown();
    return !twice || stop("is there twice");
  }
  bool end_object() override {
    if (!names_.back().empty()) path_.resize(path_.size() - names_.back().back().size());
    if (path_.ends_with('.')) path_.pop_back();
    names_.pop_back();
    if (path_.ends_with(kInList)) {  // no name of a member does
      path_.resize(path_.size() - kInList.size());
      in_list_ = true;
    }
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
  [[nodiscard]] bool holds_objects() const {
    return is_object_at(format_, path_ + std::string(kInList));
  }
  bool value(LineShape shape) {
    if (!in_list_) return check(shape);
    if (holds_objects()) return stop("holds something else than objects");
    return shape == LineShape::text || stop("holds something else than texts");
  }
  bool check(LineShape shape) {
    if (names_.empty()) return stop("is no object");
    const auto expected = shape_at(format_, path_);
    if (!expected) return stop_unknown();
    return expected == shape || stop("is of another type");
  }
  bool stop_unknown() { return stop("is no field"); }
  bool stop(std::string_view why) {
    constexpr std::size_t kMaxShown = 200;
    problem_ = to_printable(path_.empty() ? "the line" : path_.substr(0, kMaxShown)) + ' ' +
               std::string(why);
    return false;
  }

  const EventFormat format_;
  std::string path_;
  std::vector<std::vector<std::string>> names_;  // of the members so far, object by object
  bool in_list_ = false;
  std::string problem_;
};

}  // namespace

std::string check_event_line(std::string_view line) {
  const bool ocsf = line.starts_with(R"({"time":)");
  LineChecker checker(ocsf ? EventFormat::ocsf : EventFormat::ecs);
  if (Json::sax_parse(line, &checker)) return "";
  return checker.problem().empty() ? "no JSON" : checker.problem();
}

}  // namespace wgaudit
