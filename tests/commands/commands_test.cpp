#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <sstream>

#include "exporter/commands/audit_once.hpp"
#include "exporter/commands/command_line.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

// A gateway gw1 whose wg0 has alice, and eve who is revoked.
Observation two_peers() {
  Observation observation;
  observation.sources.resize(1);
  observation.devices = {test::device("wg0", {{.name = "alice", .allowed_ips = {"10.0.0.2/32"}},
                                              {.name = "eve", .allowed_ips = {"10.0.0.3/32"}}})};
  return observation;
}

class Commands : public testing::Test {
 protected:
  int run(const std::vector<std::string>& arguments) {
    out_.str("");
    err_.str("");
    System system{out_,
                  err_,
                  [this](const std::string& name) -> std::optional<std::string> {
                    const auto found = environment_.find(name);
                    if (found == environment_.end()) return std::nullopt;
                    return found->second;
                  },
                  "gw1",
                  [] { return Now{test::wall("2026-11-01T12:00:00Z"), test::boot({}), "boot"}; },
                  [this](const Targets& targets) {
                    targets_ = targets;
                    return observed_;
                  },
                  [this](const LoadedSettings& loaded, const ReadSettings& read_settings) {
                    served_ = loaded.settings;
                    if (while_serving_) while_serving_(loaded, read_settings);
                    return 0;
                  },
                  [this](Duration) { return more_ && more_(); }};
    return run_command_line(system, arguments);
  }

  std::string inventory(const std::string& eve_more = R"(, "status": "revoked")") {
    return directory_.write(
        "inv.json",
        R"({"version": 1, "gateways": [{"name": "gw1"}], "peers": [{"public_key": ")" +
            to_string(test::key("alice")) + R"(", "principal": "alice"}, {"public_key": ")" +
            to_string(test::key("eve")) + R"(", "principal": "eve")" + eve_more + "}]}");
  }

  test::TempDir directory_;
  std::map<std::string, std::string> environment_;
  std::expected<Observation, Failure> observed_ = two_peers();
  Targets targets_;
  std::optional<Settings> served_;
  std::function<void(const LoadedSettings&, const ReadSettings&)> while_serving_;
  std::function<bool()> more_;  // of `events tail --follow`
  std::ostringstream out_, err_;
};

TEST_F(Commands, WithoutASubcommandItServes) {
  EXPECT_EQ(run({"--log.level", "debug", "--no-collector.uapi"}), 0) << err_.str();
  ASSERT_TRUE(served_);
  EXPECT_EQ(served_->log_level, LogLevel::debug);
  EXPECT_FALSE(served_->collector_uapi);
  served_.reset();
  EXPECT_EQ(run({"serve", "--web.listen-address", ":1", "--web.listen-address", ":2"}), 0);
  ASSERT_TRUE(served_);
  EXPECT_EQ(served_->web_listen_addresses, (std::vector<std::string>{":1", ":2"}));
}

TEST_F(Commands, WhatServesReadsAllLayersAnew) {
  const std::string file = directory_.write("c.yml", "log: {level: debug}\n");
  std::string sinks, restart;
  while_serving_ = [&](const LoadedSettings& loaded, const ReadSettings& read_settings) {
    directory_.write("c.yml",
                     "log: {level: warn}\ncollector: {interval: 5s}\n"
                     "sinks: [{name: out, type: stdout}]\n");
    const LoadedSettings again = read_settings();
    for (const SinkSettings& sink : configured_sinks(again.settings)) sinks += sink.name + ' ';
    for (const std::string& name : need_restart(loaded, again)) restart += name + ' ';
  };
  EXPECT_EQ(run({"serve", "--config.file", file, "--events.directory", "/e"}), 0) << err_.str();
  EXPECT_EQ(sinks, "file out ");
  EXPECT_EQ(restart, "log.level ");  // 5s is the default
}

TEST_F(Commands, OtherSubcommandsDoNotServe) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"report"},
                                             {"metrics"},
                                             {"inventory", "init"},
                                             {"inventory", "schema"},
                                             {"inventory", "schema", "--posture"},
                                             {"report", "--explain", "all"}}) {
    EXPECT_EQ(run(arguments), 0) << arguments.front() << err_.str();
    EXPECT_FALSE(served_);
    EXPECT_FALSE(out_.str().empty());
  }
}

TEST_F(Commands, HelpIsEverywhereWithTheExitCodes) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"serve"},
                                             {"report"},
                                             {"metrics"},
                                             {"check"},
                                             {"check", "config"},
                                             {"check", "inventory"},
                                             {"inventory"},
                                             {"inventory", "init"},
                                             {"inventory", "schema"},
                                             {"inventory", "import"},
                                             {"inventory", "diff"},
                                             {"events", "verify"},
                                             {"events", "keygen"}}) {
    auto with_help = arguments;
    with_help.emplace_back("--help");
    EXPECT_EQ(run(with_help), 0);
    EXPECT_NE(out_.str().find("Exit codes:"), std::string::npos);
    EXPECT_EQ(err_.str(), "");
  }
  EXPECT_EQ(run({"--version"}), 0);
  EXPECT_TRUE(out_.str().starts_with("wgaudit ")) << out_.str();
  EXPECT_NE(out_.str().find("(revision "), std::string::npos);
}

struct Case {
  std::vector<std::string> arguments;
  int want;
  std::string error;  // the whole of standard error, or ""
};

TEST_F(Commands, UsageErrorsAreOneLineAndTwo) {
  for (const auto& [arguments, want, error] : std::vector<Case>{
           {{"report", "--fail-on", "bad"},
            2,
            "wgaudit: --fail-on: not one of info, low, medium, high, critical\n"},
           {{"report", "--at", "noon"},
            2,
            "wgaudit: --at: not a time such as 2026-08-01T00:00:00Z\n"},
           {{"report", "--format", "xml"},
            2,
            "wgaudit: --format: not one of text, json, markdown, html\n"},
           {{"report", "--rules", "unknown_key,nope"}, 2, "wgaudit: --rules: nope: no such rule\n"},
           {{"report", "--explain", "nope"}, 2, "wgaudit: --explain: nope: no such rule\n"},
           {{"metrics", "--from-dump", "a=1", "--from-dump", "b=2"},
            2,
            "wgaudit: --from-dump: this is of one gateway, not of a and b\n"},
           {{"inventory", "init", "--from-dump", "b=1", "a=2"},
            2,
            "wgaudit: --from-dump: this is of one gateway, not of a and b\n"},
           {{"report", "--from-dump", "a=1", "b=2", "c"},
            2,
            "wgaudit: --from-dump: c: of which gateway? Write GW=FILE for each\n"},
           {{"report", "--from-dump", "a=1", "b=2", "--state.directory", "/s"},
            2,
            "wgaudit: --state.directory: it is of one gateway, the report is of 2\n"},
           {{"--collector.interval", "x"},
            2,
            "wgaudit: configuration: --collector.interval: not a duration such as 5s or 1m30s\n"},
           {{"report", "--inventory.file", "/none.json"},
            2,
            "wgaudit: inventory rejected: /none.json: cannot be read: No such file or directory\n"},
           {{"check"}, 2, "wgaudit: usage: A subcommand is required (see --help)\n"},
           {{"nope"},
            2,
            "wgaudit: usage: The following argument was not expected: nope (see --help)\n"},
       }) {
    EXPECT_EQ(run(arguments), want) << arguments.back();
    EXPECT_EQ(err_.str(), error);
    EXPECT_EQ(out_.str(), "");
  }
}

TEST_F(Commands, ReportFailsOnASeverity) {
  const std::string file = inventory();
  EXPECT_EQ(run({"report", "--inventory.file", file}), 0);
  EXPECT_EQ(run({"report", "--inventory.file", file, "--fail-on", "critical"}), 1);
  EXPECT_NE(out_.str().find("CRITICAL WGA-002 revoked_key"), std::string::npos);
  EXPECT_EQ(run({"report", "--inventory.file", file, "--fail-on", "low", "--rules", "WGA-001"}), 0);
  EXPECT_EQ(run({"report", "--inventory.file", file, "--fail-on", "low", "--principal", "alice"}),
            0);
  EXPECT_EQ(run({"report", "--fail-on", "info"}), 1);  // no_inventory
  EXPECT_EQ(run({"report", "--fail-on", "low"}), 0);
}

// One poll is all that a report has: what it does not show is missing.
TEST_F(Commands, ReportFindsAMissingPeer) {
  const std::string file = directory_.write(
      "missing.json",
      R"({"version": 1, "gateways": [{"name": "gw1"}], "peers": [{"public_key": ")" +
          to_string(test::key("zoe")) + R"(", "principal": "zoe", "at": ["gw1/wg0"]}]})");
  EXPECT_EQ(
      run({"report", "--inventory.file", file, "--rules", "missing_peer", "--fail-on", "medium"}),
      1)
      << out_.str();
  EXPECT_NE(out_.str().find("MEDIUM WGA-013 missing_peer"), std::string::npos);
}

TEST_F(Commands, ADumpWithoutInterfacesIsIncomplete) {
  observed_->devices.clear();
  EXPECT_EQ(run({"report", "--from-dump", "empty.txt"}), 4);
  EXPECT_NE(err_.str().find("there is no interface in it"), std::string::npos) << err_.str();
}

TEST_F(Commands, APrincipalThatNobodyHasIsRefused) {
  EXPECT_EQ(run({"report", "--inventory.file", inventory(), "--principal", "nobody"}), 2);
}

TEST_F(Commands, AnAcceptedFindingDoesNotFail) {
  const std::string file = inventory(
      R"(, "status": "revoked", "exceptions": [{"rule": "revoked_key", "reason": "r", "until": "2026-12-01"}])");
  const std::vector<std::string> arguments{"report", "--inventory.file", file, "--fail-on", "high"};
  EXPECT_EQ(run(arguments), 0) << out_.str();
  auto later = arguments;
  later.insert(later.end(), {"--at", "2026-12-02T00:00:00Z"});
  EXPECT_EQ(run(later), 1);
}

TEST_F(Commands, WhatCouldNotBeReadIsNeverFine) {
  observed_->sources.push_back({.collector = CollectorKind::uapi,
                                .netns = "blue",
                                .status = SourceStatus::failed,
                                .why = "Permission denied",
                                .duration = {},
                                .retries = {}});
  const std::string file = inventory();
  EXPECT_EQ(run({"report", "--inventory.file", file}), 4);
  EXPECT_EQ(err_.str(), "wgaudit: cannot read uapi of namespace blue: Permission denied\n");
  EXPECT_NE(out_.str().find("PROBLEMS\n  cannot read uapi"), std::string::npos);
  EXPECT_EQ(run({"report", "--inventory.file", file, "--fail-on", "high"}), 1);
  EXPECT_EQ(run({"metrics"}), 4);
  EXPECT_EQ(run({"inventory", "init"}), 4);
}

TEST_F(Commands, ADumpThatCannotBeReadGivesNoReport) {
  observed_ = Observation{};
  observed_->sources.push_back({.collector = CollectorKind::dump,
                                .netns = "",
                                .status = SourceStatus::failed,
                                .why = "d.txt: line 1: fields",
                                .duration = {},
                                .retries = {}});
  EXPECT_EQ(run({"report", "--from-dump", "d.txt", "--format", "json"}), 4);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(err_.str(), "wgaudit: cannot read dump: d.txt: line 1: fields\n");
}

TEST_F(Commands, AMissingCapabilityIsThree) {
  observed_ = std::unexpected(Failure{3, "missing capability: CAP_NET_ADMIN: \x1b how"});
  EXPECT_EQ(run({"report"}), 3);
  EXPECT_EQ(err_.str(), "wgaudit: missing capability: CAP_NET_ADMIN: \\x1b how\n");
}

TEST_F(Commands, ADumpIsReadAloneAndMayNameItsGateway) {
  EXPECT_EQ(run({"report", "--from-dump", "gw9=-", "--format", "json"}), 0);
  EXPECT_EQ(targets_.dumps, (std::vector<DumpFile>{{"-", ""}}));
  EXPECT_FALSE(targets_.netlink || targets_.uapi || targets_.all_netns);
  EXPECT_NE(out_.str().find("\"gateway\": \"gw9\""), std::string::npos);
  EXPECT_EQ(parse_dump_argument("./a=b").file, "./a=b");
}

std::vector<std::string> names_in(const std::filesystem::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.push_back(entry.path().filename());
  }
  return names;
}

TEST_F(Commands, MetricsReplacesAFileForTheTextfileCollector) {
  const test::TempDir textfiles;
  const std::string file = textfiles.path() / "wgaudit.prom";
  EXPECT_EQ(run({"metrics"}), 0);
  const std::string page = out_.str();
  EXPECT_TRUE(page.contains("wireguard_peer_info{"));
  EXPECT_FALSE(page.contains("process_")) << "node_exporter has these itself";
  for (const auto* before : {"", "old\n"}) {
    if (*before != '\0')
      std::filesystem::permissions(textfiles.write("wgaudit.prom", before),
                                   std::filesystem::perms::owner_read);
    EXPECT_EQ(run({"metrics", "--output", file}), 0) << err_.str();
    EXPECT_EQ(out_.str(), "");
    EXPECT_EQ(test::read_file(file), page);
    EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms{0644});
    EXPECT_EQ(names_in(textfiles.path()), std::vector<std::string>{"wgaudit.prom"});
  }
}

// An incomplete page says so itself; it replaces the file, and the exit code tells the timer.
TEST_F(Commands, MetricsOfAnIncompletePollAreWrittenToo) {
  observed_->sources.push_back({.collector = CollectorKind::uapi,
                                .netns = "",
                                .status = SourceStatus::failed,
                                .why = "Permission denied",
                                .duration = {},
                                .retries = {}});
  const std::string file = directory_.path() / "wgaudit.prom";
  EXPECT_EQ(run({"metrics", "--output", file}), 4);
  EXPECT_TRUE(
      test::read_file(file).contains("wgaudit_collector_success{collector=\"uapi\",netns=\"\"} 0"));
}

TEST_F(Commands, MetricsLeavesWhatItCannotReplace) {
  const test::TempDir textfiles;
  const std::string directory = textfiles.path() / "d", link = textfiles.path() / "l";
  std::filesystem::create_directory(directory);
  std::filesystem::create_symlink("/dev/null", link);
  EXPECT_EQ(run({"metrics", "--output", directory}), 4);
  EXPECT_EQ(err_.str(),
            "wgaudit: cannot write: " + directory + ": it is there and no regular file\n");
  EXPECT_EQ(run({"metrics", "--output", link}), 4);
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(run({"metrics", "--output", directory + "/none/x.prom"}), 4);
  EXPECT_EQ(err_.str(),
            "wgaudit: cannot write: " + directory + "/none/x.prom: No such file or directory\n");
  EXPECT_EQ(names_in(textfiles.path()).size(), 2U);
}

// A disk that is full, as far as a process can tell by its limit.
TEST_F(Commands, MetricsKeepsTheFileWhenTheDiskIsFull) {
  const test::TempDir textfiles;
  const std::string file = textfiles.write("wgaudit.prom", "old\n");
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit little{100, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &little);
  const int code = run({"metrics", "--output", file});
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, ignored);
  EXPECT_EQ(code, 4);
  EXPECT_EQ(err_.str(), "wgaudit: cannot write: " + file + ": File too large\n");
  EXPECT_EQ(test::read_file(file), "old\n");
  EXPECT_EQ(names_in(textfiles.path()), std::vector<std::string>{"wgaudit.prom"});
}

TEST_F(Commands, CheckSaysWarningsAndErrors) {
  EXPECT_EQ(run({"check", "inventory", inventory()}), 0);
  EXPECT_EQ(run({"check", "inventory", inventory(R"(, "expires_at": "x")")}), 1);
  EXPECT_NE(out_.str().find("/inv.json: /peers/1/expires_at: not a date"), std::string::npos);
  EXPECT_TRUE(out_.str().starts_with("warning: "));
  EXPECT_EQ(run({"check", "inventory", inventory(R"(, "x": 1)")}), 2);
  EXPECT_TRUE(out_.str().starts_with("error: "));
  EXPECT_EQ(run({"check", "config", directory_.write("a.yml", "log: {level: info}\n")}), 0);
  EXPECT_EQ(run({"check", "config",
                 directory_.write("b.yml", "collector: {netlink: false, netns: [a]}\n")}),
            1);
  EXPECT_EQ(run({"check", "config", directory_.write("c.yml", "log: {levl: info}\n")}), 2);
  EXPECT_NE(out_.str().find("/c.yml:1:7: log.levl: unknown key\n"), std::string::npos);
}

// They are read for each connection: without this the first event finds what is wrong with them.
TEST_F(Commands, CheckConfigReadsTheCertificatesOfSinksThatSpeakTls) {
  const auto file = [&](const std::string& keys) {
    return directory_.write(
        "t.yml",
        "sinks: [{name: siem, type: http, url: 'https://siem', body: ndjson" + keys + "}]\n");
  };
  EXPECT_EQ(run({"check", "config", file("")}), 0) << out_.str();
  const std::string bad = directory_.write("ca.pem", "no certificate\n");
  EXPECT_EQ(run({"check", "config", file(", ca_file: " + bad)}), 1) << out_.str();
  EXPECT_TRUE(out_.str().starts_with("warning: sinks.siem: TLS: " + bad + ": ")) << out_.str();
  EXPECT_EQ(run({"check", "config", file(", ca_file: /none/ca.pem")}), 1) << out_.str();
  EXPECT_TRUE(
      out_.str().starts_with("warning: sinks.siem: TLS: /none/ca.pem: No such file or directory\n"))
      << out_.str();
  const std::string syslog = directory_.write(
      "s.yml",
      "sinks: [{name: log, type: syslog, transport: tls, address: siem, ca_file: /none/ca.pem}]\n");
  EXPECT_EQ(run({"check", "config", syslog}), 1) << out_.str();
  EXPECT_TRUE(
      out_.str().starts_with("warning: sinks.log: TLS: /none/ca.pem: No such file or directory\n"))
      << out_.str();
}

TEST_F(Commands, CheckConfigPrintsWhatEachSinkPromises) {
  const std::string file =
      directory_.write("s.yml",
                       "events: {directory: /a, stdout: true}\n"
                       "sinks: [{name: b, type: file, directory: /b, sync: off}]\n");
  EXPECT_EQ(run({"check", "config", file}), 0);
  EXPECT_EQ(
      out_.str(),
      "sink file (file): durable: every event is on the disk before its cursor moves\n"
      "sink stdout (stdout): best effort: what its reader had not taken when the program died is "
      "lost\n"
      "sink b (file): durable but for power loss: none is lost or doubled when the program dies\n" +
          file + ": fine\n");
}

TEST_F(Commands, CheckConfigRefusesAPageAsThePathOfMetrics) {
  for (const std::string path : {"/peer", "/api/v1/peers", "/-/healthy"}) {
    EXPECT_EQ(run({"check", "config",
                   directory_.write("p.yml", "web: {telemetry-path: " + path + "}\n")}),
              2)
        << path;
    EXPECT_NE(out_.str().find("web.telemetry-path: "), std::string::npos) << out_.str();
  }
}

// Nobody's mistake in the file may bring a secret of it to a log.
TEST_F(Commands, CheckConfigQuotesNothingOfAFileThatIsNoYaml) {
  EXPECT_EQ(run({"check", "config", directory_.write("y.yml", "sinks:\n  s: {x: *geheim}\n")}), 2);
  EXPECT_EQ((out_.str() + err_.str()).find("geheim"), std::string::npos)
      << out_.str() << err_.str();
}

TEST_F(Commands, CheckConfigSaysThatNothingWouldNoticeARestoredBackup) {
  const std::string file =
      directory_.write("s.yml", "sinks: [{name: a, type: http, url: 'https://a', body: ndjson}]\n");
  EXPECT_EQ(run({"check", "config", file}), 0);
  EXPECT_NE(out_.str().find("no file sink: a state directory that is restored from a backup goes "
                            "unnoticed\n"),
            std::string::npos)
      << out_.str();
  EXPECT_EQ(run({"check", "config", directory_.write("n.yml", "log: {level: info}\n")}), 0);
  EXPECT_EQ(out_.str().find("no file sink"), std::string::npos) << "there is no sink at all";
}

// What ends the daemon with 2 ends the check with 2.
TEST_F(Commands, CheckConfigReadsTheSigningKey) {
  const auto check = [&](const std::string& key) {
    return run({"check", "config",
                directory_.write("k.yml", "events: {directory: /a, signing-key-file: " + key +
                                              "}\n"
                                              "sinks: [{name: b, type: file, directory: /b,"
                                              " signing_key_file: " +
                                              key + "}]\n")});
  };
  EXPECT_EQ(check("/none/events.key"), 2);
  EXPECT_EQ(
      out_.str(),
      "error: sinks.file.signing_key_file: cannot read signing key: /none/events.key: No such "
      "file or directory\n"
      "error: sinks.b.signing_key_file: cannot read signing key: /none/events.key: No such "
      "file or directory\n");
  const std::string broken = directory_.write("broken.key", "no key\n");
  std::filesystem::permissions(broken, std::filesystem::perms(0600));
  EXPECT_EQ(check(broken), 2) << out_.str();
  ASSERT_EQ(run({"events", "keygen", "--out", directory_.path().string()}), 0) << err_.str();
  const std::string good = (directory_.path() / "events-signing.key").string();
  EXPECT_EQ(check(good), 0) << out_.str();
  std::filesystem::permissions(good, std::filesystem::perms(0644));
  EXPECT_EQ(check(good), 2) << out_.str();
  std::filesystem::permissions(good, std::filesystem::perms(0640));
  EXPECT_EQ(check(good), 1) << out_.str();
  // It is there while the service runs.
  EXPECT_EQ(check("/run/credentials/none.service/events.key"), 1) << out_.str();
}

TEST_F(Commands, CheckConfigReadsTokensAndPasswords) {
  const auto check = [&](const std::string& keys) {
    return run({"check", "config",
                directory_.write("h.yml",
                                 "events: {directory: /a}\nsinks: [{name: siem, type: http,"
                                 " url: 'https://a', body: ndjson, " +
                                     keys + "}]\n")});
  };
  const auto secret = [&](const std::string& text) {
    const std::string file = directory_.write("secret", text);
    std::filesystem::permissions(file, std::filesystem::perms(0600));
    return file;
  };
  EXPECT_EQ(check("token_file: " + secret("abc\n")), 0) << out_.str();
  EXPECT_EQ(check("token_file: " + secret("a\nb\n")), 1);
  EXPECT_TRUE(out_.str().starts_with("warning: sinks.siem.token_file: cannot read a secret: " +
                                     secret("") + ": holds more than one line"))
      << out_.str();
  EXPECT_EQ(check("username: u, password_file: " + secret("\n")), 1);
  EXPECT_TRUE(out_.str().starts_with("warning: sinks.siem.password_file: ")) << out_.str();
  EXPECT_EQ(check("token_file: /none/token"), 1);
  EXPECT_TRUE(out_.str().starts_with(
      "warning: sinks.siem.token_file: cannot read a secret: /none/token: No such file or "
      "directory\nsink "))
      << out_.str();
}

TEST_F(Commands, APostureFileThatCannotBeUsedIsTwo) {
  EXPECT_EQ(run({"report", "--posture.file", "/none.json"}), 2);
  EXPECT_EQ(err_.str(),
            "wgaudit: posture rejected: /none.json: cannot be read: No such file or directory\n");
  EXPECT_EQ(out_.str(), "");
  const std::string file = directory_.write("p.json", R"({"version": 1, "devices": [{}]})");
  EXPECT_EQ(run({"report", "--posture.file", file}), 0);
  EXPECT_NE(out_.str().find("posture: " + file + ": /devices/0: \"compliant\" is missing"),
            std::string::npos)
      << out_.str();
}

TEST_F(Commands, TheEnvironmentConfiguresThemToo) {
  environment_["WGAUDIT_INVENTORY_FILE"] = inventory();
  EXPECT_EQ(run({"report", "--fail-on", "high"}), 1);
}

}  // namespace
}  // namespace wgaudit
