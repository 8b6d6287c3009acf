// A first inventory from what others wrote: records as text, checked by the inventory's own reader.
// Where a record came from (file, line, column) stands in its problems. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/inventory.hpp"

namespace wgaudit {

enum class ImportForm : std::uint8_t { text, list, flag, flag_or_list };

// A field of a record that an import may give.
struct ImportField {
  std::string_view name;  // as the inventory has it
  ImportForm form;
  std::string_view help;
};
[[nodiscard]] std::span<const ImportField> import_fields();
[[nodiscard]] const ImportField* find_import_field(std::string_view name);

// A field of one record: one item of a text; of a flag "true" or "false".
struct ImportCell {
  const ImportField* field = nullptr;
  std::vector<std::string> items;
  std::size_t line = 0, column = 0;  // 0: not said
};

struct ImportRow {
  std::string file;
  std::size_t line = 0;
  std::vector<ImportCell> cells;
  std::vector<std::pair<std::string, std::string>> tags;

  void set(std::string_view field, std::vector<std::string> items, std::size_t at_line = 0);
  [[nodiscard]] const ImportCell* find(std::string_view field) const;
  // A tag that is there with another value is kept: this one becomes NAME_2, NAME_3 …
  void add_tag(std::string_view name, std::string_view value);
};

struct ImportProblem {
  Problem::Severity severity = Problem::Severity::warning;
  std::string file;
  std::size_t line = 0, column = 0;  // 0: not said
  std::string field;                 // "" = none
  std::string why;
  friend bool operator==(const ImportProblem&, const ImportProblem&) = default;
};
// "FILE: line 3, column 7, allowed_ips: WHY".
[[nodiscard]] std::string to_string(const ImportProblem& problem);

struct ImportGateway {
  std::string name;
  std::vector<std::string> interfaces;
};

struct Imported {
  std::string json;         // "" = rejected
  std::size_t records = 0;  // in it
  std::vector<ImportProblem> problems;
};

// Writes them in their order. A record without a principal is `unnamed-<first 8>` and, where it
// says no status, unreviewed. Of two active records of one device of one principal the second is
// left unreviewed: which key replaces which nobody has said. A malformed record is left out, with a
// warning; what rejects an inventory rejects this one.
[[nodiscard]] Imported import_inventory(std::vector<ImportRow> rows,
                                        const std::vector<ImportGateway>& gateways);

// The members of a flat object, numbers and truth values as text. `why` not "": what it is instead
// (static text), and then nothing is taken. A member whose value is an object, an array or null is
// among `refused` by position only.
struct FriendlyJson {
  std::vector<std::pair<std::string, std::string>> members;
  std::size_t refused = 0;
  std::string_view why;
};
[[nodiscard]] FriendlyJson parse_friendly_json(std::string_view text);

}  // namespace wgaudit
