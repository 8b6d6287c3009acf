#include "exporter/codec/csv.hpp"

#include <utility>

#include "collectors/model/text.hpp"

namespace wgaudit {
namespace {

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {}

  std::expected<std::vector<CsvRecord>, CsvError> read() {
    std::vector<CsvRecord> records;
    while (!text_.empty()) {
      auto record = read_record();
      if (!record) return std::unexpected(record.error());
      const bool blank =
          record->size() == 1 && !record->front().quoted && record->front().text.empty();
      if (!blank) records.push_back(*std::move(record));
    }
    return records;
  }

 private:
  [[nodiscard]] std::unexpected<CsvError> error(std::string_view why) const {
    return std::unexpected(CsvError{line_, column_, why});
  }
  [[nodiscard]] bool at(char c) const { return !text_.empty() && text_.front() == c; }
  [[nodiscard]] bool at_line_end() const { return at('\n') || text_.starts_with("\r\n"); }
  char take() {
    const char c = text_.front();
    text_.remove_prefix(1);
    ++column_;
    if (c == '\n') {
      ++line_;
      column_ = 1;
    }
    return c;
  }

  std::expected<CsvRecord, CsvError> read_record() {
    CsvRecord record;
    for (;;) {
      auto cell = read_cell();
      if (!cell) return std::unexpected(cell.error());
      record.push_back(*std::move(cell));
      if (text_.empty()) return record;
      if (at('\r')) take();
      if (take() == '\n') return record;  // else a comma
    }
  }

  std::expected<CsvCell, CsvError> read_cell() {
    while (at(' ') || at('\t')) take();
    CsvCell cell{"", at('"'), line_, column_};
    if (cell.quoted) {
      if (const auto why = read_quoted(cell.text); !why.empty()) return error(why);
    } else {
      while (!text_.empty() && !at(',') && !at_line_end()) {
        if (at('"')) return error("a quote in a cell that does not begin with one");
        cell.text += take();
      }
      while (cell.text.ends_with(' ') || cell.text.ends_with('\t')) cell.text.pop_back();
    }
    return cell;
  }

  std::string_view read_quoted(std::string& into) {
    take();
    for (;;) {
      if (text_.empty()) return "the text ends within quotes";
      const char c = take();
      if (c != '"') {
        into += c;
      } else if (at('"')) {
        into += take();
      } else {
        break;
      }
    }
    while (at(' ') || at('\t')) take();
    return text_.empty() || at(',') || at_line_end() ? "" : "text after the closing quote";
  }

  std::string_view text_;
  std::size_t line_ = 1, column_ = 1;
};

}  // namespace

std::expected<std::vector<CsvRecord>, CsvError> parse_csv(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (text.find('\0') != text.npos) return std::unexpected(CsvError{0, 0, "holds a NUL byte"});
  if (to_valid_utf8(text) != text) return std::unexpected(CsvError{0, 0, "is not UTF-8"});
  return CsvReader(text).read();
}

}  // namespace wgaudit
