#include "exporter/commands/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>

#include "collectors/model/text.hpp"
#include "exporter/codec/import_csv.hpp"
#include "exporter/commands/commands.hpp"
#include "exporter/commands/setting_flags.hpp"
#include "exporter/daemon/exit_code.hpp"
#include "exporter/version/version.hpp"

namespace wgaudit {
namespace {

constexpr const char* kExitCodes =
    "Exit codes:\n"
    "  0  fine\n"
    "  1  a finding at or above --fail-on; check: warnings alone\n"
    "  2  usage, configuration or inventory\n"
    "  3  a missing capability (it is named, with how to give it)\n"
    "  4  cannot start or write, or what was asked for is incomplete\n";

// The parsed command line, and the settings that it and the other layers give.
class CommandLine {
 public:
  explicit CommandLine(System& system) : system_(system) {}
  int run(std::vector<std::string> arguments);

 private:
  using Run = std::function<int()>;
  using RunWithSettings = std::function<int(const Settings&)>;
  using RunWithLoaded = std::function<int(const LoadedSettings&)>;

  CLI::App& add(CLI::App& parent, const std::string& name, const std::string& what, Run run);
  void add_with_settings(CLI::App& app, SettingFlags::Which which, const RunWithSettings& run);
  void add_with_loaded(CLI::App& app, SettingFlags::Which which, RunWithLoaded run);
  void add_commands();
  void add_report();
  void add_metrics();
  void add_check();
  void add_inventory();
  void add_import(CLI::App& inventory);
  void add_diff(CLI::App& inventory);
  void add_targets(CLI::App& inventory);
  void add_sessions();
  void add_history(CLI::App& app, HistoryPart part);
  void add_events();
  void add_dead(CLI::App& events);
  void add_verify(CLI::App& events);
  static void add_dumps(CLI::App& app, std::vector<std::string>& dumps);
  [[nodiscard]] LoadedSettings load() const;
  int with_settings(const RunWithLoaded& run);

  System& system_;
  CLI::App app_{"Says who is on your WireGuard gateway, and what is wrong."};
  SettingFlags flags_;
  Run run_;
  ReportArguments report_;
  MetricsArguments metrics_;
  std::vector<std::string> init_dumps_;
  std::string config_file_, inventory_path_;
  SessionsArguments sessions_;
  bool forget_dry_run_ = false;
  TailArguments tail_;
  std::string dead_sink_;
  std::string schema_format_ = "ecs", tested_sink_;
  VerifyArguments verify_;
  std::string keygen_directory_ = ".";
  ImportArguments import_;
  DiffArguments diff_;
  std::string targets_output_;
  bool schema_of_posture_ = false;
};

LoadedSettings CommandLine::load() const {
  return load_settings({flags_.values(), system_.environment, system_.host_name});
}

int CommandLine::with_settings(const RunWithLoaded& run) {
  const LoadedSettings loaded = load();
  for (const ConfigProblem& problem : loaded.problems) {
    const bool error = problem.severity == ConfigProblem::Severity::error;
    fail(system_, {kExitUsage,
                   (error ? "configuration: " : "configuration warning: ") + to_string(problem)});
  }
  return has_errors(loaded.problems) ? kExitUsage : run(loaded);
}

CLI::App& CommandLine::add(CLI::App& parent, const std::string& name, const std::string& what,
                           Run run) {
  CLI::App& app = *parent.add_subcommand(name, what);
  if (run) {
    app.callback([this, run = std::move(run)] { run_ = run; });
  } else {
    app.require_subcommand(1);
  }
  return app;
}

void CommandLine::add_with_settings(CLI::App& app, SettingFlags::Which which,
                                    const RunWithSettings& run) {
  add_with_loaded(app, which, [run](const LoadedSettings& loaded) { return run(loaded.settings); });
}

void CommandLine::add_with_loaded(CLI::App& app, SettingFlags::Which which, RunWithLoaded run) {
  flags_.add_to(app, which);
  // The program's own callback comes after that of a subcommand, which goes before it.
  app.callback([this, run = std::move(run)] {
    if (!run_) run_ = [this, run] { return with_settings(run); };
  });
}

void CommandLine::add_dumps(CLI::App& app, std::vector<std::string>& dumps) {
  app.add_option("--from-dump", dumps,
                 "Text of `wg show all dump` from files (- for standard input) instead of this "
                 "host; GW= names the gateway of each. Repeatable.")
      ->type_name("[GW=]FILE|- ...");
}

void CommandLine::add_report() {
  CLI::App& app = *app_.add_subcommand("report", "One audit: who is there and what is wrong.");
  add_dumps(app, report_.dumps);
  app.add_option("--at", report_.at, "Judge as of this time [now].")->type_name("TIME");
  app.add_option("--format", report_.format, "Form of the report [text].")
      ->type_name("text|json|markdown|html");
  app.add_option("--fail-on", report_.fail_on,
                 "Exit with 1 where a finding is at or above this severity.")
      ->type_name("info|low|medium|high|critical");
  app.add_option("--rules", report_.rules, "Only findings of these rules, by name or code.")
      ->type_name("RULE,...")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--principal", report_.principal, "Only peers and findings of this principal.")
      ->type_name("NAME");
  app.add_option("--state.directory", report_.state_directory,
                 "What the daemon remembers, read only: since when, and who was ever there [empty "
                 "memory].")
      ->type_name("DIR");
  app.add_option("--explain", report_.explain,
                 "Say what a rule means and what to do about it, and end.")
      ->type_name("RULE|all");
  add_with_settings(app, SettingFlags::Which::collecting, [this](const Settings& settings) {
    return run_report(system_, settings, report_);
  });
}

void CommandLine::add_metrics() {
  CLI::App& app = *app_.add_subcommand(
      "metrics", "One page of metrics: on standard output, or for the textfile collector.");
  add_dumps(app, metrics_.dumps);
  app.add_option("--output", metrics_.output,
                 "Replace this file, as a whole and readable by all, instead of printing.")
      ->type_name("FILE");
  add_with_settings(
      app, SettingFlags::Which::collecting_and_metrics,
      [this](const Settings& settings) { return run_metrics(system_, settings, metrics_); });
}

void CommandLine::add_check() {
  CLI::App& check = add(app_, "check", "Check a file: each problem a line.", nullptr);
  add(check, "config", "Check a configuration file.",
      [this] { return run_check_config(system_, config_file_); })
      .add_option("file", config_file_, "YAML file")
      ->type_name("FILE")
      ->required();
  add(check, "web-config", "Check a web configuration file, and the certificates that it names.",
      [this] { return run_check_web_config(system_, config_file_); })
      .add_option("file", config_file_, "YAML file")
      ->type_name("FILE")
      ->required();
  add(check, "inventory", "Check an inventory.",
      [this] { return run_check_inventory(system_, inventory_path_); })
      .add_option("file", inventory_path_, "JSON file, or directory of them")
      ->type_name("FILE")
      ->required();
}

void CommandLine::add_inventory() {
  CLI::App& inventory = add(app_, "inventory", "Make and describe inventories.", nullptr);
  CLI::App& init =
      *inventory.add_subcommand("init", "A first inventory from what is configured, unreviewed.");
  add_dumps(init, init_dumps_);
  add_with_settings(init, SettingFlags::Which::collecting, [this](const Settings& settings) {
    return run_inventory_init(system_, settings, init_dumps_);
  });
  add_import(inventory);
  add(inventory, "schema", "JSON Schema of the inventory.", [this] {
    return run_inventory_schema(system_, schema_of_posture_);
  }).add_flag("--posture", schema_of_posture_, "That of a posture file instead.");
  add_diff(inventory);
  add_targets(inventory);
}

void CommandLine::add_import(CLI::App& inventory) {
  CLI::App& app = *inventory.add_subcommand(
      "import", "An inventory from WireGuard configurations or a table, on standard output.");
  app.add_option("--from", import_.from, "What the files are.")
      ->type_name("wg-conf|csv")
      ->required();
  app.add_option(
         "file", import_.files,
         "wg-conf: files of wg-quick or networkd, with friendly_name and friendly_json; GW= "
         "names the gateway of one. csv: a table.")
      ->type_name("[GW=]FILE")
      ->required();
  app.footer("Columns of a table (the first line names them, in any order):\n" +
             csv_columns_help() +
             "Items of a list are separated by commas, semicolons or blanks; `none` is an empty "
             "list.\n\n"
             "Exit codes:\n  0  fine\n  1  imported, with warnings\n  2  not imported\n");
  add_with_settings(app, SettingFlags::Which::gateway, [this](const Settings& settings) {
    return run_inventory_import(system_, settings, import_);
  });
}

void CommandLine::add_diff(CLI::App& inventory) {
  CLI::App& app = add(inventory, "diff", "What one inventory changes in another.",
                      [this] { return run_inventory_diff(system_, diff_); });
  app.add_option("before", diff_.before, "JSON file, or directory of them")
      ->type_name("A")
      ->required();
  app.add_option("after", diff_.after, "likewise")->type_name("B")->required();
  app.add_option("--format", diff_.format, "Form of the list [text].")->type_name("text|json");
  app.footer("Exit codes:\n  0  no difference\n  1  differences\n  2  one cannot be used\n");
}

void CommandLine::add_targets(CLI::App& inventory) {
  CLI::App& app =
      *inventory.add_subcommand("sd", "Its gateways as targets of Prometheus (file_sd).");
  app.add_option("--output", targets_output_,
                 "Replace this file, whole at any time [standard output].")
      ->type_name("FILE");
  add_with_settings(app, SettingFlags::Which::inventory, [this](const Settings& settings) {
    return run_inventory_targets(system_, settings, targets_output_);
  });
}

void CommandLine::add_sessions() {
  CLI::App& app =
      *app_.add_subcommand("sessions", "The history: sessions, and what belongs to them.");
  app.require_subcommand(0, 1);
  add_history(app, HistoryPart::sessions);
  add_history(*app.add_subcommand("endpoints", "Outer addresses that sessions were seen from."),
              HistoryPart::endpoints);
  add_history(*app.add_subcommand("findings", "Findings, those that have closed too."),
              HistoryPart::findings);
  add_history(*app.add_subcommand("keys", "When each key was on an interface."), HistoryPart::keys);
  CLI::App& forget =
      *app.add_subcommand("forget", "Take a principal out of the history, beside the daemon too.");
  forget.add_option("--principal", sessions_.principal, "Of whom nothing is to be kept.")
      ->type_name("NAME");
  forget.add_flag("--dry-run", forget_dry_run_, "Only say what would go.");
  add_with_settings(forget, SettingFlags::Which::state, [this](const Settings& settings) {
    return run_sessions_forget(system_, settings, sessions_, forget_dry_run_);
  });
}

// The same values whether an option stands before the subcommand or after it.
void CommandLine::add_history(CLI::App& app, HistoryPart part) {
  app.add_option("--principal", sessions_.principal, "Only of this principal.")->type_name("NAME");
  app.add_option("--key", sessions_.key, "Only of this public key.")->type_name("KEY");
  if (part == HistoryPart::sessions || part == HistoryPart::endpoints) {
    app.add_option("--address", sessions_.address,
                   "Only from this outer address, at any time of a session.")
        ->type_name("IP");
  }
  app.add_option("--since", sessions_.since, "Only what was at this time or later.")
      ->type_name("TIME|DURATION");
  app.add_option("--until", sessions_.until, "Only what was at this time or before.")
      ->type_name("TIME|DURATION");
  app.add_option("--limit", sessions_.limit, "The newest so many [all].")
      ->type_name("NUMBER")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--format", sessions_.format, "Form of the list [table].")
      ->type_name("table|json|csv");
  add_with_settings(app, SettingFlags::Which::state, [this, part](const Settings& settings) {
    return run_sessions(system_, settings, part, sessions_);
  });
}

void CommandLine::add_events() {
  CLI::App& events = add(app_, "events", "Events, as a SIEM gets them.", nullptr);
  add_dead(events);
  CLI::App& tail = *events.add_subcommand("tail", "The newest events as JSON lines.");
  tail.add_option("-n,--lines", tail_.lines, "So many [10].")
      ->type_name("NUMBER")
      ->check(CLI::NonNegativeNumber);
  tail.add_flag("-f,--follow", tail_.follow, "Go on with those that come, until Ctrl-C.");
  add_with_settings(tail, SettingFlags::Which::state_and_events, [this](const Settings& settings) {
    return run_events_tail(system_, settings, tail_);
  });
  add(events, "schema", "JSON Schema of the events.",
      [this] { return run_events_schema(system_, schema_format_); })
      .add_option("--format", schema_format_, "Of events in this format [ecs].")
      ->type_name("ecs|ocsf");
  CLI::App& test = *events.add_subcommand(
      "test", "One example of every event through the configured sinks, marked as a test.");
  test.add_option("--sink", tested_sink_, "Only through the sink of this name [all].")
      ->type_name("NAME");
  test.footer(
      "Their installation is one of their own (test-...), their tags hold \"test\". A file sink\n"
      "writes them to the directory `test` beside its segments, never into these.\n");
  add_with_settings(test, SettingFlags::Which::sinks, [this](const Settings& settings) {
    return run_events_test(system_, settings, tested_sink_);
  });
  add_verify(events);
  add(events, "keygen", "A new key that signs checkpoints: events-signing.key and .pub.",
      [this] { return run_events_keygen(system_, keygen_directory_); })
      .add_option("--out", keygen_directory_, "Where they are put [this directory].")
      ->type_name("DIR");
}

void CommandLine::add_verify(CLI::App& events) {
  CLI::App& app = add(events, "verify", "Whether files of the file sink are what it wrote.",
                      [this] { return run_events_verify(system_, verify_); });
  app.add_option("file", verify_.paths, "Segments, or directories of them")
      ->type_name("FILE|DIR")
      ->required();
  app.add_option("--public-key", verify_.public_keys,
                 "Checkpoints have to be signed by one of these keys (PEM). Repeatable.")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_option("--expect-head", verify_.expected_heads,
                 "An event as it was seen elsewhere has to be there, unchanged: its sequence, and "
                 "24 digits at least of its SHA-256. Repeatable.")
      ->type_name("SEQ:HASH")
      ->allow_extra_args(false);
  app.add_flag("--deep", verify_.deep, "Parse each line, and hold it against the schema's fields.");
  app.footer("Exit codes:\n  0  whole\n  1  tampered\n  2  usage\n  4  incomplete\n");
}

void CommandLine::add_dead(CLI::App& events) {
  CLI::App& dead = *events.add_subcommand(
      "dead", "Those that a receiver refused for good, as JSON lines, each with sink and reason.");
  dead.add_option("--sink", dead_sink_, "Of this sink [all].")->type_name("NAME");
  add_with_settings(dead, SettingFlags::Which::state, [this](const Settings& settings) {
    return run_events_dead(system_, settings, dead_sink_);
  });
}

void CommandLine::add_commands() {
  app_.name("wgaudit");
  app_.footer(kExitCodes);
  use_wgaudit_help(app_);
  app_.set_version_flag("--version", "wgaudit " + std::string(kVersion) + " (revision " +
                                         std::string(kRevision) + ')');
  app_.require_subcommand(0, 1);
  const RunWithLoaded serve = [this](const LoadedSettings& loaded) {
    return system_.serve(loaded, [this] { return load(); });
  };
  add_with_loaded(app_, SettingFlags::Which::all, serve);
  add_with_loaded(*app_.add_subcommand("serve", "Watch and serve metrics (the default)."),
                  SettingFlags::Which::all, serve);
  add_report();
  add_metrics();
  add_check();
  add_inventory();
  add_sessions();
  add_events();
}

int CommandLine::run(std::vector<std::string> arguments) {
  add_commands();
  std::ranges::reverse(arguments);  // as CLI11 takes them
  try {
    app_.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    system_.out << app_.help();
    return kExitFine;
  } catch (const CLI::CallForVersion& version) {
    system_.out << version.what() << '\n';
    return kExitFine;
  } catch (const CLI::ParseError& error) {
    return fail(system_, {kExitUsage, std::string("usage: ") + error.what() + " (see --help)"});
  }
  return run_();
}

}  // namespace

int run_command_line(System& system, const std::vector<std::string>& arguments) {
  return CommandLine(system).run(arguments);
}

}  // namespace wgaudit
