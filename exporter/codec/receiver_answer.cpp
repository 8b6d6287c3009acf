#include "exporter/codec/receiver_answer.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace wgaudit {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxDepth = 64, kMaxName = 256;

// Follows where in the document it is; what a reader does not ask for is passed over.
class PathReader : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool value) override { return on_boolean(value), true; }
  bool number_integer(number_integer_t value) override { return on_number(value), true; }
  bool number_unsigned(number_unsigned_t value) override {
    // Beyond 63 bits it is no status, no code and no position.
    if (value <= INT64_MAX) on_number(static_cast<std::int64_t>(value));
    return true;
  }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t& value) override { return on_text(value), true; }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(true); }
  bool start_array(std::size_t) override { return open(false); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    path_.back().name = name.substr(0, kMaxName);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }
  [[nodiscard]] bool is_object() const { return is_object_; }

 protected:
  // The open objects and arrays from the outside in, each with the member that is being read.
  struct Level {
    bool object = false;
    std::string name{};
  };
  [[nodiscard]] const std::vector<Level>& path() const { return path_; }
  [[nodiscard]] bool at(std::size_t level, std::string_view name) const {
    return level < path_.size() && path_[level].object && path_[level].name == name;
  }

  virtual void on_boolean(bool) {}
  virtual void on_number(std::int64_t) {}
  virtual void on_text(const std::string&) {}
  virtual bool on_open() { return true; }  // whether to read on

 private:
  bool open(bool object) {
    if (path_.empty()) is_object_ = object;
    if (path_.size() == kMaxDepth) return false;
    path_.push_back({object});
    return on_open();
  }
  bool close() {
    path_.pop_back();
    return true;
  }

  std::vector<Level> path_;
  bool is_object_ = false;
};

// {"errors": true, "items": [{"create": {"status": 400, "error": {"type": …, "reason": …}}}]}
class BulkReader : public PathReader {
 public:
  explicit BulkReader(std::size_t max_items) : max_items_(max_items) {}
  std::optional<BulkAnswer> take() {
    if (!is_object() || !has_errors_) return std::nullopt;
    return std::move(answer_);
  }

 private:
  static constexpr std::size_t kOfItem = 3, kOfAction = 4, kOfError = 5;  // levels

  [[nodiscard]] bool in_item() const { return at(0, "items") && !answer_.items.empty(); }
  bool on_open() override {
    if (path().size() != kOfItem || !at(0, "items")) return true;
    answer_.items.emplace_back();
    return answer_.items.size() <= max_items_;
  }
  void on_boolean(bool value) override {
    if (path().size() != 1 || !at(0, "errors")) return;
    answer_.errors = value;
    has_errors_ = true;
  }
  void on_number(std::int64_t value) override {
    constexpr std::int64_t kLeast = 100, kMost = 599;
    if (!in_item() || path().size() != kOfAction || !at(kOfAction - 1, "status")) return;
    if (value >= kLeast && value <= kMost) {
      answer_.items.back().status = static_cast<unsigned>(value);
    }
  }
  void on_text(const std::string& value) override {
    if (!in_item()) return;
    BulkItem& item = answer_.items.back();
    const bool of_error = path().size() == kOfError && at(kOfAction - 1, "error");
    if (of_error && at(kOfError - 1, "type")) item.type = value;
    if (of_error && at(kOfError - 1, "reason")) item.reason = value;
  }

  const std::size_t max_items_;
  BulkAnswer answer_;
  bool has_errors_ = false;
};

class CollectorReader : public PathReader {
 public:
  std::optional<CollectorAnswer> take() {
    if (!is_object() || !has_code_) return std::nullopt;
    return answer_;
  }

 private:
  void on_number(std::int64_t value) override {
    if (path().size() != 1) return;
    if (at(0, "code")) {
      answer_.code = value;
      has_code_ = true;
    } else if (at(0, "invalid-event-number") && value >= 0) {
      answer_.invalid_event = static_cast<std::uint64_t>(value);
    }
  }

  CollectorAnswer answer_;
  bool has_code_ = false;
};

}  // namespace

std::optional<BulkAnswer> parse_bulk_answer(std::string_view json, std::size_t max_items) {
  BulkReader reader(max_items);
  if (!Json::sax_parse(json, &reader)) return std::nullopt;
  return reader.take();
}

std::optional<CollectorAnswer> parse_collector_answer(std::string_view json) {
  CollectorReader reader;
  if (!Json::sax_parse(json, &reader)) return std::nullopt;
  return reader.take();
}

}  // namespace wgaudit
