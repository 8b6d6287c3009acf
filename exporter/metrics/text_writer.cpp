#include "exporter/metrics/text_writer.hpp"

#include <algorithm>
#include <cmath>

#include "collectors/model/text.hpp"

namespace wgaudit {
namespace {

bool is_plain(char c) {
  return static_cast<unsigned char>(c) < 0x80 && c != '\\' && c != '"' && c != '\n';
}

}  // namespace

void append_label_value(std::string& out, std::string_view value) {
  if (std::ranges::all_of(value, is_plain)) {
    out += value;
    return;
  }
  for (const char c : to_valid_utf8(value)) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '\\' || c == '"') out += '\\';
      out += c;
    }
  }
}

Labels& Labels::add(std::string_view name, std::string_view value) {
  text_ += text_.empty() ? '{' : ',';
  text_ += name;
  text_ += "=\"";
  append_label_value(text_, value);
  text_ += '"';
  return *this;
}

char* write_value(char* out, double value) {
  constexpr double kWhole = 9'007'199'254'740'992;  // 2^53: up to here each has a double
  if (std::isnan(value)) return std::ranges::copy(std::string_view("NaN"), out).out;
  if (std::isinf(value)) {
    return std::ranges::copy(std::string_view(value > 0 ? "+Inf" : "-Inf"), out).out;
  }
  if (std::abs(value) <= kWhole && value == std::trunc(value)) {
    return std::to_chars(out, out + kMaxValueSize, static_cast<std::int64_t>(value)).ptr;
  }
  return std::to_chars(out, out + kMaxValueSize, value).ptr;
}

char* write_value(char* out, Duration value) {
  constexpr std::uint64_t kNanoseconds = 1'000'000'000;
  auto count = static_cast<std::uint64_t>(value.count());
  if (value.count() < 0) {
    *out++ = '-';
    count = 0 - count;
  }
  out = write_value(out, count / kNanoseconds);
  std::uint64_t fraction = count % kNanoseconds;
  if (fraction == 0) return out;
  *out++ = '.';
  char* const end = out + 9;
  for (char* digit = end; digit != out; fraction /= 10) {
    *--digit = static_cast<char>('0' + fraction % 10);
  }
  char* last = end;
  while (last[-1] == '0') --last;
  return last;
}

void TextWriter::begin(MetricId id) {
  current_ = id;
  announced_ = false;
}

void TextWriter::comment(std::string_view keyword, std::string_view family, std::string_view text) {
  text_ += "# ";
  text_ += keyword;
  text_ += ' ';
  text_ += family;
  text_ += ' ';
  text_ += text;
  text_ += '\n';
}

void TextWriter::announce() {
  if (announced_) return;
  announced_ = true;
  const MetricInfo& info = metric_info(current_);
  std::string_view family = info.name;
  // In OpenMetrics `_total` is of the sample of a counter, not of its family.
  if (form_ == PageForm::openmetrics && info.type == MetricType::counter) {
    family.remove_suffix(std::string_view("_total").size());
  }
  comment("HELP", family, info.help);  // the table holds nothing to escape, by test
  comment("TYPE", family, to_string(info.type));
  // It must be the end of the family's name, which the table is by test.
  if (form_ == PageForm::openmetrics && !info.unit.empty()) comment("UNIT", family, info.unit);
}

}  // namespace wgaudit
