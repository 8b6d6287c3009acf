#include "exporter/codec/import_csv.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "collectors/model/ascii.hpp"
#include "exporter/codec/csv.hpp"

namespace wgaudit {
namespace {

using Severity = Problem::Severity;

constexpr std::string_view kTagPrefix = "tag.";
constexpr std::string_view kSeparators = ",; \t\r\n";

std::string lower(std::string text) {
  for (char& c : text) c = to_lower(c);
  return text;
}

struct Column {
  const ImportField* field = nullptr;  // null: a tag
  std::string tag;
  [[nodiscard]] std::string name() const {
    return field != nullptr ? std::string(field->name) : std::string(kTagPrefix) + tag;
  }
};

// What the cells of a table become.
class Table {
 public:
  explicit Table(std::string file) : file_(std::move(file)) {}

  void header(const CsvRecord& cells) {
    for (const CsvCell& cell : cells) columns_.push_back(column_of(cell));
    const bool has_key = std::ranges::any_of(columns_, [](const Column& column) {
      return column.field != nullptr && column.field->name == "public_key";
    });
    if (!has_key) say(Severity::error, cells.front().line, 0, "", "no column public_key");
  }

  void record(const CsvRecord& cells) {
    if (cells.size() != columns_.size()) {
      return say(Severity::error, cells.front().line, 0, "",
                 "has " + std::to_string(cells.size()) + " cells, the header has " +
                     std::to_string(columns_.size()));
    }
    ImportRow row;
    row.file = file_;
    row.line = cells.front().line;
    bool whole = true;
    for (std::size_t i = 0; i < cells.size(); ++i)
      whole = take(columns_[i], cells[i], row) && whole;
    if (whole) rows_.push_back(std::move(row));
  }

  void say(Severity severity, std::size_t line, std::size_t column, std::string field,
           std::string why) {
    problems_.push_back({severity, file_, line, column, std::move(field), std::move(why)});
  }

  Imported finish() {
    Imported imported;
    const auto is_error = [](const ImportProblem& p) { return p.severity == Severity::error; };
    if (std::ranges::none_of(problems_, is_error)) imported = import_inventory(rows_, {});
    imported.problems.insert(imported.problems.begin(), problems_.begin(), problems_.end());
    std::ranges::stable_sort(imported.problems, {},
                             [](const ImportProblem& p) { return std::pair(p.line, p.column); });
    return imported;
  }

 private:
  Column column_of(const CsvCell& cell) {
    const std::string name = lower(cell.text);
    Column column{find_import_field(name), ""};
    if (column.field == nullptr) {
      // The name of a tag is the user's own, in its case.
      if (name.starts_with(kTagPrefix)) column.tag = cell.text.substr(kTagPrefix.size());
      if (column.tag.empty()) {
        say(Severity::error, cell.line, cell.column, "",
            cell.text.find(';') != std::string::npos
                ? "the columns are to be separated by commas, not by semicolons"
                : "unknown column (see --help)");
      }
    }
    const bool twice = std::ranges::any_of(columns_, [&](const Column& other) {
      return other.field == column.field && other.tag == column.tag;
    });
    if (twice && (column.field != nullptr || !column.tag.empty())) {
      say(Severity::error, cell.line, cell.column, column.name(), "this column is there twice");
    }
    return column;
  }

  // False: the cell is malformed, and with it the record.
  bool take(const Column& column, const CsvCell& cell, ImportRow& row) {
    if (cell.text.empty()) return true;
    if (column.field == nullptr) {
      row.tags.emplace_back(column.tag, cell.text);
      return true;
    }
    auto items = items_of(column.field->form, cell.text);
    if (!items) {
      say(Severity::warning, cell.line, cell.column, column.name(),
          "not true or false; the record is ignored");
      return false;
    }
    row.cells.push_back({column.field, *std::move(items), cell.line, cell.column});
    return true;
  }

  static std::optional<std::vector<std::string>> items_of(ImportForm form,
                                                          const std::string& text) {
    if (form == ImportForm::text) return std::vector{text};
    if (form != ImportForm::list) {
      const std::string flag = lower(text);
      if (flag == "true" || flag == "false") return std::vector{flag};
      if (form == ImportForm::flag) return std::nullopt;
    }
    std::vector<std::string> items;
    std::string_view rest = text;
    while (!rest.empty()) {
      const auto end = std::min(rest.find_first_of(kSeparators), rest.size());
      if (end > 0) items.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (items.size() == 1 && lower(items[0]) == "none") items.clear();
    return items;
  }

  std::string file_;
  std::vector<Column> columns_;
  std::vector<ImportRow> rows_;
  std::vector<ImportProblem> problems_;
};

}  // namespace

Imported import_csv(std::string_view text, const std::string& file) {
  Table table(file);
  const auto records = parse_csv(text);
  if (!records) {
    const CsvError& error = records.error();
    table.say(Severity::error, error.line, error.column, "", std::string(error.why));
  } else if (records->empty()) {
    table.say(Severity::error, 0, 0, "", "is empty: the first line names the columns");
  } else {
    table.header(records->front());
    for (std::size_t i = 1; i < records->size(); ++i) table.record((*records)[i]);
  }
  return table.finish();
}

std::string csv_columns_help() {
  std::string help;
  for (const ImportField& field : import_fields()) {
    help += "  " + std::string(field.name);
    help.append(24 - field.name.size(), ' ');
    help += std::string(field.help) + '\n';
  }
  return help + "  tag.NAME                a tag\n";
}

}  // namespace wgaudit
