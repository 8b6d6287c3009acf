// Writes the Prometheus text format 0.0.4, or OpenMetrics 1.0.0, straight into one string. Pure.
// Samples read the same in both; what differs is what stands before a family, and the end.
//
// A family is announced with begin(); its HELP and TYPE lines appear with its first sample, so that
// a family without any leaves no trace.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "collectors/model/time.hpp"
#include "exporter/metrics/metric_table.hpp"
#include "exporter/metrics/page_form.hpp"

namespace wgaudit {

// Appends a label value: valid UTF-8, with backslash, quote and line feed escaped.
void append_label_value(std::string& out, std::string_view value);

// `{a="x",b="y"`, without the closing brace, so that more labels can follow.
class Labels {
 public:
  Labels& add(std::string_view name, std::string_view value);
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

inline constexpr std::size_t kMaxValueSize = 32;  // what write_value() needs at most

inline char* write_value(char* out, std::uint64_t value) {
  return std::to_chars(out, out + kMaxValueSize, value).ptr;
}
// A whole number without a fraction or an exponent, else what reads back as the same double.
char* write_value(char* out, double value);
// Seconds, exact: a double would round a kernel's nanoseconds to about 200 of them.
char* write_value(char* out, Duration value);
inline char* write_value(char* out, WallTime value) {
  return write_value(out, value.time_since_epoch());
}

class TextWriter {
 public:
  explicit TextWriter(std::size_t expected_size, PageForm form = PageForm::text) : form_(form) {
    text_.reserve(expected_size);
  }

  void begin(MetricId id);
  template <typename Value>
  void sample(const Labels& labels, Value value) {
    announce();
    text_ += metric_info(current_).name;
    text_ += labels.text();
    text_ += labels.text().empty() ? " " : "} ";
    finish(value);
  }
  // For what writes many samples by itself: `write` gets where to write and returns the end of it,
  // at most `max_size` further on.
  template <typename Write>
  void raw(std::size_t max_size, Write write) {
    announce();
    const std::size_t old = text_.size();
    text_.resize_and_overwrite(old + max_size, [&](char* data, std::size_t) {
      return static_cast<std::size_t>(write(data + old) - data);
    });
  }
  // After the last family.
  void end() {
    if (form_ == PageForm::openmetrics) text_ += "# EOF\n";
  }
  [[nodiscard]] std::string& text() { return text_; }

 private:
  void announce();
  void comment(std::string_view keyword, std::string_view family, std::string_view text);
  template <typename Value>
  void finish(Value value) {
    char digits[kMaxValueSize];
    text_.append(digits, write_value(digits, value));
    text_ += '\n';
  }

  std::string text_;
  PageForm form_;
  MetricId current_{};
  bool announced_ = false;
};

}  // namespace wgaudit
