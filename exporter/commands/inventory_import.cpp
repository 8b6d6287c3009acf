#include <ostream>

#include "collectors/wgconf/read.hpp"
#include "exporter/codec/import_csv.hpp"
#include "exporter/codec/inventory_files.hpp"
#include "exporter/commands/audit_once.hpp"
#include "exporter/commands/commands.hpp"
#include "exporter/commands/import_conf.hpp"
#include "exporter/daemon/exit_code.hpp"

namespace wgaudit {
namespace {

Imported unreadable(const std::string& file, const std::string& why) {
  return {"", 0, {{Problem::Severity::error, file, 0, 0, "", "cannot be read: " + why}}};
}

Imported import_conf_files(const Settings& settings, const std::vector<std::string>& files) {
  std::vector<ConfSource> sources;
  Imported failed;
  for (const std::string& text : files) {
    const DumpArgument named = parse_dump_argument(text);
    auto conf = read_conf(named.file);
    if (!conf) {
      Imported why = unreadable(named.file, conf.error());
      failed.problems.push_back(std::move(why.problems.front()));
      continue;
    }
    std::string interface = conf->networkd ? conf->interface_name : conf_interface_name(named.file);
    sources.push_back({named.file, named.gateway.empty() ? settings.gateway_name : named.gateway,
                       std::move(interface), *std::move(conf)});
  }
  return failed.problems.empty() ? import_confs(std::move(sources)) : failed;
}

Imported import_csv_file(const std::string& path) {
  auto file = InventoryFile::open(path);
  if (!file) return unreadable(path, file.error());
  std::string text;
  std::vector<char> buffer(std::size_t{1} << 16U);
  while (const std::size_t length = file->read(buffer)) text.append(buffer.data(), length);
  if (!file->failure().empty()) return unreadable(path, file->failure());
  return import_csv(text, path);
}

}  // namespace

int run_inventory_import(System& system, const Settings& settings,
                         const ImportArguments& arguments) {
  if (arguments.from != "wg-conf" && arguments.from != "csv") {
    return fail(system, {kExitUsage, "--from: not one of wg-conf, csv"});
  }
  for (const std::string& file : arguments.files) {
    if (parse_dump_argument(file).gateway == "*") {
      return fail(system, {kExitUsage, "\"*\": not the name of a gateway"});
    }
  }
  const bool csv = arguments.from == "csv";
  if (csv && arguments.files.size() != 1) {
    return fail(system, {kExitUsage, "--from csv: one file at a time"});
  }
  const Imported imported =
      csv ? import_csv_file(arguments.files.front()) : import_conf_files(settings, arguments.files);
  system.out << imported.json;
  for (const ImportProblem& problem : imported.problems) {
    const bool error = problem.severity == Problem::Severity::error;
    fail(system, {kExitUsage, (error ? "import: " : "import warning: ") + to_string(problem)});
  }
  if (imported.json.empty()) return kExitUsage;
  return imported.problems.empty() ? kExitFine : kExitFindings;
}

}  // namespace wgaudit
