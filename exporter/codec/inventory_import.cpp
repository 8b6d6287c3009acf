#include "exporter/codec/inventory_import.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "exporter/codec/inventory_json.hpp"
#include "exporter/codec/json_writer.hpp"

namespace wgaudit {
namespace {

using enum ImportForm;

constexpr ImportField kFields[] = {
    {"public_key", text, "base64, 44 characters; the only one that must be there"},
    {"principal", text, "who the key belongs to; empty: unnamed-..., unreviewed"},
    {"kind", text, "user, device, service or gateway"},
    {"device", text, "which device of the principal"},
    {"role", text, "a role; it is defined, without a policy of its own"},
    {"owner", text, "who answers for it"},
    {"comment", text, "anything"},
    {"status", text, "active, unreviewed, disabled or revoked"},
    {"revoked_at", text, "RFC 3339"},
    {"issued_at", text, "RFC 3339"},
    {"expires_at", text, "RFC 3339"},
    {"replaces", text, "the old key, in a rotation"},
    {"at", list, "GATEWAY/[NETNS:]INTERFACE"},
    {"allowed_ips", list, "prefixes, exactly these"},
    {"allowed_ips_max", list, "prefixes, at most these"},
    {"endpoints", list, "outer prefixes that it may come from"},
    {"always_on", flag_or_list, "true or false, or gateways"},
    {"session_timeout", text, "a duration"},
    {"stale_after", text, "a duration"},
    {"dormant_after", text, "a duration"},
    {"rotation_overlap", text, "a duration"},
    {"max_key_age", text, "a duration"},
    {"posture_max_age", text, "a duration"},
    {"require_preshared_key", flag, "true or false"},
    {"require_posture", flag, "true or false"},
};

bool is_flag(const ImportCell& cell) {
  return cell.items.size() == 1 && (cell.items[0] == "true" || cell.items[0] == "false");
}

std::string text_of(const ImportRow& row, std::string_view field) {
  const ImportCell* cell = row.find(field);
  return cell == nullptr || cell->items.empty() ? "" : cell->items.front();
}

// --- what follows from the rows before anything is written ---

void name_unnamed(ImportRow& row) {
  if (!text_of(row, "principal").empty()) return;
  const auto key = parse_key(text_of(row, "public_key"));
  if (!key) return;  // the reader says so
  row.set("principal", {"unnamed-" + short_form(*key)});
  if (row.find("status") == nullptr) row.set("status", {"unreviewed"});
}

bool is_active(const ImportRow& row) {
  const std::string status = text_of(row, "status");
  return status.empty() || status == "active";
}

void leave_unclear_devices(std::vector<ImportRow>& rows, std::vector<ImportProblem>& problems) {
  std::map<std::pair<std::string, std::string>, const ImportRow*> active;
  std::set<std::string> replaced;
  for (const ImportRow& row : rows) replaced.insert(text_of(row, "replaces"));
  for (ImportRow& row : rows) {
    const std::string device = text_of(row, "device");
    if (device.empty() || !is_active(row) || replaced.contains(text_of(row, "public_key")))
      continue;
    const auto [found, fresh] = active.try_emplace({text_of(row, "principal"), device}, &row);
    if (fresh) continue;
    row.set("status", {"unreviewed"});
    problems.push_back({Problem::Severity::warning, row.file, row.line, 0, "device",
                        "a second key of this device of this principal (the other: " +
                            found->second->file + ": line " + std::to_string(found->second->line) +
                            "): left unreviewed until one \"replaces\" the other"});
  }
}

// --- writing ---

void write_cell(JsonWriter& out, const ImportCell& cell) {
  out.key(cell.field->name);
  const ImportForm form = cell.field->form;
  if (form == text) return out.text(cell.items.empty() ? "" : cell.items.front());
  if (form == flag || (form == flag_or_list && is_flag(cell))) {
    return out.boolean(cell.items.front() == "true");
  }
  out.begin_array(JsonWriter::Layout::inline_);
  for (const std::string& item : cell.items) out.text(item);
  out.end_array();
}

void write_row(JsonWriter& out, const ImportRow& row) {
  out.begin_object();
  for (const ImportField& field : import_fields()) {
    if (const ImportCell* cell = row.find(field.name)) write_cell(out, *cell);
  }
  if (!row.tags.empty()) {
    out.key("tags");
    out.begin_object(JsonWriter::Layout::inline_);
    for (const auto& [name, value] : row.tags) out.text(name, value);
    out.end_object();
  }
  out.end_object();
}

void write_roles(JsonWriter& out, const std::vector<ImportRow>& rows) {
  std::set<std::string> roles;
  for (const ImportRow& row : rows) {
    if (const ImportCell* cell = row.find("role")) roles.insert(cell->items.front());
  }
  if (roles.empty()) return;
  out.key("roles");
  out.begin_object();
  for (const std::string& role : roles) {
    out.key(role);
    out.begin_object();
    out.end_object();
  }
  out.end_object();
}

void write_gateways(JsonWriter& out, const std::vector<ImportGateway>& gateways) {
  if (gateways.empty()) return;
  out.key("gateways");
  out.begin_array();
  for (const ImportGateway& gateway : gateways) {
    out.begin_object();
    out.text("name", gateway.name);
    out.key("interfaces");
    out.begin_array();
    for (const std::string& interface : gateway.interfaces) {
      out.begin_object(JsonWriter::Layout::inline_);
      out.text("name", interface);
      out.end_object();
    }
    out.end_array();
    out.end_object();
  }
  out.end_array();
}

std::string write_inventory(const std::vector<ImportRow>& rows,
                            const std::vector<ImportGateway>& gateways) {
  JsonWriter out;
  out.begin_object();
  out.number("version", 1);
  write_roles(out, rows);
  write_gateways(out, gateways);
  out.key("peers");
  out.begin_array();
  for (const ImportRow& row : rows) write_row(out, row);
  out.end_array();
  out.end_object();
  return out.take();
}

// --- what the reader says of it, told of the source ---

// The position and the field of "/peers/7/allowed_ips/0"; absent: it points elsewhere.
struct PeerPointer {
  std::size_t position = 0;
  std::string_view field;
};
std::optional<PeerPointer> parse_pointer(std::string_view pointer) {
  constexpr std::string_view kPeers = "/peers/";
  if (!pointer.starts_with(kPeers)) return std::nullopt;
  pointer.remove_prefix(kPeers.size());
  PeerPointer parsed;
  const char* end = pointer.data() + pointer.size();
  const auto [rest, error] = std::from_chars(pointer.data(), end, parsed.position);
  if (error != std::errc{}) return std::nullopt;
  pointer.remove_prefix(static_cast<std::size_t>(rest - pointer.data()));
  if (pointer.starts_with('/')) parsed.field = pointer.substr(1, pointer.find('/', 1) - 1);
  return parsed;
}

// A reason may name another record by its pointer in a text that nobody has seen.
std::string with_lines(std::string reason, const std::vector<ImportRow>& rows) {
  const auto at = reason.find("/peers/");
  if (at == std::string::npos) return reason;
  const auto end = std::min(reason.find_first_not_of("0123456789", at + 7), reason.size());
  const auto pointer = parse_pointer(std::string_view(reason).substr(at, end - at));
  if (!pointer || pointer->position >= rows.size()) return reason;
  const ImportRow& row = rows[pointer->position];
  return reason.replace(at, end - at, row.file + ": line " + std::to_string(row.line));
}

ImportProblem told(const Problem& problem, const std::vector<ImportRow>& rows) {
  ImportProblem told{problem.severity, "", 0, 0, "", with_lines(problem.reason, rows)};
  const auto pointer = parse_pointer(problem.pointer);
  if (!pointer || pointer->position >= rows.size()) {
    told.field = problem.pointer;
    return told;
  }
  const ImportRow& row = rows[pointer->position];
  told.file = row.file;
  told.line = row.line;
  told.field = pointer->field;
  if (const ImportCell* cell = row.find(pointer->field)) {
    told.line = cell->line != 0 ? cell->line : row.line;
    told.column = cell->column;
  }
  return told;
}

// Those that the reader ignored: malformed ones, and those that say the same as another.
std::vector<ImportRow> taken_rows(std::vector<ImportRow> rows, const Inventory& inventory) {
  std::vector<bool> taken(rows.size());
  for (const Record& record : inventory.records) taken[record.source.position] = true;
  std::size_t i = 0;
  std::erase_if(rows, [&](const ImportRow&) { return !taken[i++]; });
  return rows;
}

}  // namespace

std::span<const ImportField> import_fields() { return kFields; }

const ImportField* find_import_field(std::string_view name) {
  const auto* found = std::ranges::find(kFields, name, &ImportField::name);
  return found == std::end(kFields) ? nullptr : found;
}

void ImportRow::set(std::string_view field, std::vector<std::string> items, std::size_t at_line) {
  std::erase_if(cells, [&](const ImportCell& cell) { return cell.field->name == field; });
  cells.push_back({find_import_field(field), std::move(items), at_line, 0});
}

const ImportCell* ImportRow::find(std::string_view field) const {
  const auto found = std::ranges::find_if(
      cells, [&](const ImportCell& cell) { return cell.field->name == field; });
  return found == cells.end() ? nullptr : &*found;
}

void ImportRow::add_tag(std::string_view name, std::string_view value) {
  std::string candidate(name);
  for (int number = 2;; ++number) {
    const auto found =
        std::ranges::find(tags, candidate, &std::pair<std::string, std::string>::first);
    if (found == tags.end()) break;
    if (found->second == value) return;
    candidate = std::string(name) + '_' + std::to_string(number);
  }
  tags.emplace_back(std::move(candidate), value);
}

std::string to_string(const ImportProblem& problem) {
  std::string place;
  const auto add = [&](const std::string& part) {
    if (!part.empty()) place += (place.empty() ? "" : ", ") + part;
  };
  if (problem.line != 0) add("line " + std::to_string(problem.line));
  if (problem.column != 0) add("column " + std::to_string(problem.column));
  add(problem.field);
  if (!place.empty()) place += ": ";
  return (problem.file.empty() ? "" : problem.file + ": ") + place + problem.why;
}

Imported import_inventory(std::vector<ImportRow> rows, const std::vector<ImportGateway>& gateways) {
  Imported imported;
  for (ImportRow& row : rows) name_unnamed(row);
  leave_unclear_devices(rows, imported.problems);
  std::string json = write_inventory(rows, gateways);
  const LoadedInventory loaded = parse_inventory(json, "");
  for (const Problem& problem : loaded.problems) imported.problems.push_back(told(problem, rows));
  if (!loaded.inventory) return imported;
  imported.records = loaded.inventory->records.size();
  if (imported.records != rows.size()) {
    json = write_inventory(taken_rows(std::move(rows), *loaded.inventory), gateways);
  }
  imported.json = std::move(json);
  return imported;
}

}  // namespace wgaudit
