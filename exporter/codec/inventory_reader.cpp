#include "exporter/codec/inventory_reader.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "exporter/codec/text_stream.hpp"

namespace wgaudit::inventory_format {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxDepth = 64;          // the format needs 6
constexpr std::size_t kMaxProblems = 10'000;   // of a file; the others are counted
constexpr std::size_t kMaxPointerToken = 128;  // bytes of a member's name

// RFC 6901 §3.
void append_token(std::string& pointer, std::string_view token) {
  pointer += '/';
  for (const char c : token) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

std::string expected_types(const Node& node) {
  std::string types;
  const auto add = [&](bool allowed, std::string_view name) {
    if (!allowed) return;
    if (!types.empty()) types += " or ";
    types += name;
  };
  add(node.text != nullptr, "a string");
  add(node.flag != nullptr, "true or false");
  add(node.number != nullptr, "an integer");
  add(node.is_object(), "an object");
  add(node.is_array(), "an array");
  return types;
}

class Reader : public nlohmann::json_sax<Json> {
 public:
  Reader(const Node& root, const TextStream& text, const std::string& file, Draft& draft,
         std::vector<Problem>& problems)
      : root_(root), text_(text), file_(file), draft_(draft), problems_(problems) {}

  bool null() override { return refuse_scalar("null"); }
  bool boolean(bool value) override {
    return scalar(
        "true or false", [&](const Node& node) { return node.flag; },
        [&](const Node& node) { return node.flag(draft_, value); });
  }
  bool number_integer(number_integer_t) override {
    return scalar(
        "a negative number", [](const Node& node) { return node.number; },
        [](const Node&) -> Reason { return "must not be negative"; });
  }
  bool number_unsigned(number_unsigned_t value) override {
    return scalar(
        "a number", [](const Node& node) { return node.number; },
        [&](const Node& node) { return node.number(draft_, value); });
  }
  bool number_float(number_float_t, const string_t&) override {
    return refuse_scalar("a number with a fraction or exponent");
  }
  bool string(string_t& value) override {
    return scalar(
        "a string", [](const Node& node) { return node.text; },
        [&](const Node& node) { return node.text(draft_, value); });
  }
  bool binary(binary_t&) override { return false; }  // JSON text has none

  bool start_object(std::size_t) override {
    return start("an object", [](const Node& node) { return node.is_object(); });
  }
  bool start_array(std::size_t) override {
    return start("an array", [](const Node& node) { return node.is_array(); });
  }
  bool key(string_t& name) override;
  bool end_object() override { return end(); }
  bool end_array() override { return end(); }
  bool parse_error(std::size_t byte, const std::string& last_token,
                   const nlohmann::detail::exception& error) override;

  [[nodiscard]] Seen seen() const { return seen_; }
  void finish(bool parsed);

 private:
  struct Frame {
    const Node* node = nullptr;
    const Node* value = nullptr;  // what the next value is; null: to be skipped
    std::string name;             // of the member under way
    bool in_member = false;
    std::size_t index = 0;      // of the array's item under way, from 1
    std::uint64_t members = 0;  // that were seen, by position in the table
    bool malformed = false;     // something within
  };

  const Node* next_value();
  template <typename Has, typename Take>
  bool scalar(std::string_view what, Has has, Take take);
  bool refuse_scalar(std::string_view what);
  template <typename Has>
  bool start(std::string_view what, Has has);
  bool end();
  void check_required(const Frame& frame);
  void note_top_level(std::string_view name);
  void not_json(std::string_view what, std::size_t byte);

  [[nodiscard]] std::string pointer() const;
  [[nodiscard]] bool in_record() const {
    return std::ranges::any_of(stack_, [](const Frame& frame) { return frame.node->record; });
  }
  void add(Problem::Severity severity, std::string reason);
  void malformed(Reason reason);
  void wrong_type(const Node& node, std::string_view what);

  const Node& root_;
  const TextStream& text_;
  const std::string& file_;
  Draft& draft_;
  std::vector<Problem>& problems_;
  std::vector<Frame> stack_;
  std::unordered_set<std::string> map_names_;  // of the one open object with free names
  std::size_t skipped_depth_ = 0;              // open containers that nobody wants
  std::size_t count_ = 0;                      // of problems
  bool dropped_error_ = false;                 // an error among those beyond the limit
  bool top_level_read_ = false;
  Seen seen_;
};

// Down to what holds a member with an endless name, which nobody wants to read.
std::string Reader::pointer() const {
  std::string pointer;
  for (const Frame& frame : stack_) {
    if (frame.node->is_array()) {
      if (frame.index > 0) append_token(pointer, std::to_string(frame.index - 1));
    } else if (frame.in_member) {
      if (frame.name.size() > kMaxPointerToken) break;
      append_token(pointer, frame.name);
    }
  }
  return pointer;
}

void Reader::add(Problem::Severity severity, std::string reason) {
  if (++count_ > kMaxProblems) {
    dropped_error_ = dropped_error_ || severity == Problem::Severity::error;
    return;
  }
  problems_.push_back({severity, file_, pointer(), std::move(reason)});
}

void Reader::malformed(Reason reason) {
  const bool record = in_record();
  for (Frame& frame : stack_) frame.malformed = true;
  add(record ? Problem::Severity::warning : Problem::Severity::error,
      std::string(reason) + (record ? "; the record is ignored" : ""));
}

void Reader::wrong_type(const Node& node, std::string_view what) {
  for (Frame& frame : stack_) frame.malformed = true;
  add(Problem::Severity::error,
      "wrong type: " + expected_types(node) + " is expected, this is " + std::string(what));
}

// The form of the value that begins now; null when it is skipped.
const Node* Reader::next_value() {
  if (skipped_depth_ > 0) return nullptr;
  if (stack_.empty()) return &root_;
  Frame& frame = stack_.back();
  if (frame.node->is_array()) {
    ++frame.index;
    return frame.node->items;
  }
  return frame.value;
}

template <typename Has, typename Take>
bool Reader::scalar(std::string_view what, Has has, Take take) {
  const Node* node = next_value();
  if (node == nullptr) return true;
  if (!has(*node)) {
    wrong_type(*node, what);
  } else if (const Reason reason = take(*node); !reason.empty()) {
    malformed(reason);
  }
  return true;
}

bool Reader::refuse_scalar(std::string_view what) {
  if (const Node* node = next_value(); node != nullptr) wrong_type(*node, what);
  return true;
}

template <typename Has>
bool Reader::start(std::string_view what, Has has) {
  if (stack_.size() + skipped_depth_ >= kMaxDepth) {
    add(Problem::Severity::error, "nested deeper than " + std::to_string(kMaxDepth) + " levels");
    return false;
  }
  const Node* node = next_value();
  if (node != nullptr && !has(*node)) {
    wrong_type(*node, what);
    node = nullptr;
  }
  if (node == nullptr) {
    ++skipped_depth_;
    return true;
  }
  if (node->begin != nullptr) node->begin(draft_);
  if (node->member_name != nullptr) map_names_.clear();
  stack_.emplace_back().node = node;
  return true;
}

void Reader::note_top_level(std::string_view name) {
  seen_.policy = seen_.policy || name == "policy";
  seen_.roles = seen_.roles || name == "roles";
}

bool Reader::key(string_t& name) {
  if (skipped_depth_ > 0) return true;
  Frame& frame = stack_.back();
  frame.name = name;
  frame.in_member = true;
  frame.value = nullptr;
  if (frame.node->member_name != nullptr) {
    if (!map_names_.insert(name).second) {
      add(Problem::Severity::error, "this name is there twice");
    } else if (const Reason reason = frame.node->member_name(draft_, name); !reason.empty()) {
      malformed(reason);
    } else {
      frame.value = frame.node->items;
    }
    return true;
  }
  if (stack_.size() == 1) note_top_level(name);
  const auto found = std::ranges::find(frame.node->members, name, &Member::name);
  if (found == frame.node->members.end()) {
    add(Problem::Severity::error, "unknown field");
    return true;
  }
  const auto bit = std::uint64_t{1} << (found - frame.node->members.begin());
  if ((frame.members & bit) != 0) {
    add(Problem::Severity::error, "this field is there twice");
    return true;
  }
  frame.members |= bit;
  frame.value = found->node;
  return true;
}

// Called with the frame still open but its last member over: the pointer is the object's own.
void Reader::check_required(const Frame& frame) {
  for (std::size_t i = 0; i < frame.node->members.size(); ++i) {
    const Member& member = frame.node->members[i];
    if (!member.required || (frame.members >> i & 1U) != 0) continue;
    malformed('"' + std::string(member.name) + "\" is missing");
  }
}

bool Reader::end() {
  if (skipped_depth_ > 0) {
    --skipped_depth_;
    return true;
  }
  Frame& frame = stack_.back();
  frame.in_member = false;
  frame.index = 0;
  check_required(frame);
  if (!frame.malformed && frame.node->end != nullptr) {
    if (const Reason reason = frame.node->end(draft_); !reason.empty()) malformed(reason);
  }
  const bool was_record = frame.node->record;
  stack_.pop_back();
  // A malformed record costs itself alone: what it stands in goes on.
  if (was_record) {
    for (Frame& outer : stack_) outer.malformed = false;
  }
  top_level_read_ = stack_.empty();
  return true;
}

bool Reader::parse_error(std::size_t byte, const std::string&,
                         const nlohmann::detail::exception& error) {
  // JSON by its grammar, and more than any number that a program holds.
  if (dynamic_cast<const nlohmann::detail::out_of_range*>(&error) != nullptr) {
    const Node* node = next_value();
    add(Problem::Severity::error,
        "a number beyond all bounds at " + text_.position(std::max<std::size_t>(byte, 1)) +
            (node != nullptr ? ": " + expected_types(*node) + " is expected" : ""));
    return false;
  }
  // The library's own message quotes what it read; ours says where, and what kind of byte it was.
  const bool missing = byte > text_.bytes();
  std::string_view what = "syntax error";
  if (missing && text_.at_nul()) {
    what = "a NUL byte";
  } else if (text_.blank()) {
    what = "the file is empty";
  } else if (missing) {
    what = "the text ends too early";
  } else if (static_cast<unsigned char>(text_.at(byte)) >= 0x80) {
    what = "invalid UTF-8, or text outside of a string";
  } else if (top_level_read_) {
    what = "text after the end";
  }
  not_json(what, std::max<std::size_t>(byte, 1));
  return false;
}

void Reader::not_json(std::string_view what, std::size_t byte) {
  stack_.clear();
  add(Problem::Severity::error, "not JSON: " + std::string(what) + " at " + text_.position(byte));
}

void Reader::finish(bool parsed) {
  if (parsed && text_.at_nul()) not_json("a NUL byte", text_.bytes() + 1);
  if (count_ <= kMaxProblems) return;
  stack_.clear();
  problems_.push_back(
      {dropped_error_ ? Problem::Severity::error : Problem::Severity::warning, file_, "",
       "and " + std::to_string(count_ - kMaxProblems) + " more problems of this file"});
}

}  // namespace

Seen read_text(const Node& root, const TextSource& source, const std::string& file, Draft& draft,
               std::vector<Problem>& problems) {
  draft.next_peer = draft.next_gateway = draft.next_posture_entry = 0;
  TextStream text(source);
  Reader reader(root, text, file, draft, problems);
  const bool parsed = Json::sax_parse(TextIterator{&text}, TextIterator{}, &reader);
  reader.finish(parsed);
  return reader.seen();
}

}  // namespace wgaudit::inventory_format
