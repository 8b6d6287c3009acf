// The comment `friendly_json` of prometheus_wireguard_exporter.
#include <nlohmann/json.hpp>

#include "exporter/codec/inventory_import.hpp"

namespace wgaudit {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxFriendlyDepth = 8;

// Takes the members of the outermost object; a string, a number or a truth value each.
class FlatReader : public nlohmann::json_sax<Json> {
 public:
  explicit FlatReader(FriendlyJson& result) : result_(result) {}
  bool null() override { return refuse(); }
  bool boolean(bool value) override { return take(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return take(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return take(std::to_string(value)); }
  // As it is written.
  bool number_float(number_float_t, const string_t& digits) override { return take(digits); }
  bool string(string_t& value) override { return take(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override {
    is_object_ = is_object_ || depth_ == 0;
    return open();
  }
  bool start_array(std::size_t) override { return open(); }
  bool key(string_t& name) override {
    if (depth_ == 1) name_ = name;
    return true;
  }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }
  [[nodiscard]] bool is_object() const { return is_object_; }

 private:
  bool take(std::string value) {
    if (depth_ == 1 && is_object_) result_.members.emplace_back(name_, std::move(value));
    return true;
  }
  bool refuse() {
    if (depth_ == 1 && is_object_) ++result_.refused;
    return true;
  }
  bool open() {
    refuse();
    return ++depth_ <= kMaxFriendlyDepth;
  }
  bool close() {
    --depth_;
    return true;
  }

  FriendlyJson& result_;
  std::size_t depth_ = 0;
  bool is_object_ = false;
  std::string name_;
};

}  // namespace

FriendlyJson parse_friendly_json(std::string_view text) {
  FriendlyJson result;
  FlatReader reader(result);
  const bool parsed = Json::sax_parse(text, &reader);
  if (parsed && reader.is_object()) return result;
  return {{}, 0, parsed ? "is no JSON object" : "is not JSON"};
}

}  // namespace wgaudit
