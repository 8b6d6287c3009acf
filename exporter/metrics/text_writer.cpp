#include "exporter/metrics/text_writer.hpp"

#include <algorithm>

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

void TextWriter::announce() {
  if (announced_) return;
  announced_ = true;
  const MetricInfo& info = metric_info(current_);
  text_ += "# HELP ";
  text_ += info.name;
  text_ += ' ';
  text_ += info.help;  // the table holds nothing to escape, by test
  text_ += "\n# TYPE ";
  text_ += info.name;
  text_ += ' ';
  text_ += to_string(info.type);
  text_ += '\n';
}

}  // namespace wgaudit
