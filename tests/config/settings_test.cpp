#include <gtest/gtest.h>

#include <map>

#include "exporter/config/load.hpp"
#include "tests/config/read.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

using Environment = std::map<std::string, std::string>;
LoadedSettings load(const FlagValues& flags, Environment environment = {}) {
  return load_settings({flags,
                        [&](const std::string& name) -> std::optional<std::string> {
                          const auto found = environment.find(name);
                          if (found == environment.end()) return std::nullopt;
                          return found->second;
                        },
                        "host"});
}
std::pair<const Setting*, std::string> flag(std::string_view name, std::string value) {
  return {find_setting(name), std::move(value)};
}

TEST(Settings, WordsThatAreNone) {
  const auto loaded = load({flag("events.format", "cef"), flag("privacy.address", "hash"),
                            flag("privacy.identity", "prefix")});
  EXPECT_EQ(all(loaded.problems),
            "--events.format: not one of ecs, ocsf\n"
            "--privacy.address: not one of full, prefix, none\n"
            "--privacy.identity: not one of full, hash, none\n");
  const auto taken = load({flag("events.format", "ocsf"), flag("privacy.address", "prefix"),
                           flag("privacy.identity", "none")});
  EXPECT_EQ(taken.settings.events_format, EventFormat::ocsf);
  EXPECT_EQ(taken.settings.privacy, (Privacy{AddressPrivacy::prefix, IdentityPrivacy::none}));
}

TEST(Settings, DefaultsOfTheTableAreThoseOfTheStruct) {
  for (const Setting& setting : settings_table()) {
    const bool of_the_host = setting.name == "gateway.name" || setting.name == "state.directory";
    if (setting.default_text.empty() || of_the_host) continue;
    const auto loaded = load({{&setting, std::string(setting.default_text)}});
    EXPECT_EQ(all(loaded.problems), "") << setting.name;
    EXPECT_EQ(loaded.settings.collector_interval, Settings{}.collector_interval);
    EXPECT_EQ(loaded.settings.collector_max_age, Settings{}.collector_max_age);
    EXPECT_EQ(loaded.settings.collector_settle, Settings{}.collector_settle);
    EXPECT_EQ(loaded.settings.metrics_peer_limit, Settings{}.metrics_peer_limit);
    EXPECT_EQ(loaded.settings.metrics_peer_details, Settings{}.metrics_peer_details);
    EXPECT_EQ(loaded.settings.web_listen_addresses, Settings{}.web_listen_addresses);
    EXPECT_EQ(loaded.settings.web_max_requests, Settings{}.web_max_requests);
    EXPECT_EQ(loaded.settings.web_telemetry_path, Settings{}.web_telemetry_path);
    EXPECT_EQ(loaded.settings.inventory_max_shrink, Settings{}.inventory_max_shrink);
    EXPECT_EQ(loaded.settings.events_stdout, Settings{}.events_stdout);
    EXPECT_EQ(loaded.settings.events_format, Settings{}.events_format);
    EXPECT_EQ(loaded.settings.events_sync, Settings{}.events_sync);
    EXPECT_EQ(loaded.settings.privacy, Settings{}.privacy);
    EXPECT_EQ(loaded.settings.state_on_error, Settings{}.state_on_error);
    EXPECT_EQ(loaded.settings.events_on_error, Settings{}.events_on_error);
    EXPECT_EQ(loaded.settings.events_outbox_max_size, Settings{}.events_outbox_max_size);
    EXPECT_EQ(loaded.settings.events_outbox_max_age, Settings{}.events_outbox_max_age);
    EXPECT_EQ(loaded.settings.events_segments, Settings{}.events_segments);
    EXPECT_EQ(loaded.settings.history_retention, Settings{}.history_retention);
    EXPECT_EQ(loaded.settings.history_max_size, Settings{}.history_max_size);
    EXPECT_EQ(loaded.settings.log_level, Settings{}.log_level);
    EXPECT_EQ(loaded.settings.log_format, Settings{}.log_format);
    EXPECT_EQ(targets_of(loaded.settings), Targets{});
  }
}

TEST(Settings, TheStateDirectoryIsThatOfSystemdOrTheUsualOne) {
  EXPECT_EQ(load({}).settings.state_directory, "/var/lib/wgaudit");
  EXPECT_EQ(load({}, {{"STATE_DIRECTORY", "/a:/b"}}).settings.state_directory, "/a");
  EXPECT_EQ(
      load({flag("state.directory", "/c")}, {{"STATE_DIRECTORY", "/a"}}).settings.state_directory,
      "/c");
}

TEST(Settings, OfStateAndEvents) {
  const auto loaded =
      load({flag("inventory.max-shrink", "5%"), flag("events.directory", "/e"),
            flag("events.stdout", "true"), flag("events.sync", "off"),
            flag("history.retention", "2w"), flag("history.max-size", "20MB"),
            flag("state.on-error", "exit"), flag("events.on-error", "exit"),
            flag("events.outbox-max-size", "2MB"), flag("events.outbox-max-age", "0s")});
  EXPECT_EQ(all(loaded.problems), "");
  EXPECT_EQ(loaded.settings.state_on_error, FailurePolicy::exit);
  EXPECT_EQ(loaded.settings.events_on_error, FailurePolicy::exit);
  EXPECT_EQ(loaded.settings.events_outbox_max_size, 2U << 20U);
  EXPECT_EQ(loaded.settings.events_outbox_max_age, Duration{0});
  EXPECT_EQ(loaded.settings.inventory_max_shrink, 0.05);
  EXPECT_EQ(loaded.settings.events_directory, "/e");
  EXPECT_TRUE(loaded.settings.events_stdout);
  EXPECT_EQ(loaded.settings.events_sync, EventSync::off);
  EXPECT_EQ(loaded.settings.history_max_size, 20U << 20U);
  EXPECT_EQ(load({flag("history.max-size", "2GiB")}).settings.history_max_size, 2ULL << 30U);
  for (const auto& [name, value] : {std::pair{"inventory.max-shrink", "0.3"},
                                    {"inventory.max-shrink", "101%"},
                                    {"inventory.max-shrink", "%"},
                                    {"events.directory", "relative"},
                                    {"state.directory", ""},
                                    {"events.sync", "interval"},
                                    {"state.on-error", "ignore"},
                                    {"events.on-error", ""},
                                    {"events.outbox-max-size", "1023KB"},
                                    {"events.outbox-max-age", "soon"},
                                    {"history.retention", "1m"},
                                    {"history.max-size", "1GBx"},
                                    {"history.max-size", "1"},
                                    {"history.max-size", "-1GB"},
                                    {"history.max-size", "99999999TB"},
                                    {"history.max-size", "15MB"}}) {
    EXPECT_TRUE(has_errors(load({flag(name, value)}).problems)) << name << ' ' << value;
  }
}

TEST(Settings, OfEvidence) {
  const auto loaded =
      load({flag("events.directory", "/e"), flag("events.signing-key-file", "/k"),
            flag("events.checkpoint-lines", "50"), flag("events.checkpoint-interval", "10s"),
            flag("events.max-segments", "9"), flag("events.max-bytes", "10GB"),
            flag("events.max-age", "365d")});
  EXPECT_EQ(all(loaded.problems), "");
  EXPECT_EQ(loaded.settings.events_segments,
            (SegmentSettings{"/k", 50, std::chrono::seconds{10}, 9, 10ULL << 30U,
                             std::chrono::days{365}}));
  for (const auto& [name, value] : {std::pair{"events.checkpoint-lines", "0"},
                                    {"events.signing-key-file", "k.key"},
                                    {"events.checkpoint-interval", "0"},
                                    {"events.checkpoint-interval", "2d"},
                                    {"events.max-segments", "-1"},
                                    {"events.max-bytes", "10"},
                                    {"events.max-age", "1m"}}) {
    EXPECT_TRUE(has_errors(load({flag(name, value)}).problems)) << name << ' ' << value;
  }
  const auto nowhere = load({flag("events.max-age", "30d")});
  EXPECT_FALSE(has_errors(nowhere.problems));
  EXPECT_EQ(nowhere.problems.size(), 1U);
}

// A key that somebody pastes where its file should be named is in no message.
TEST(Settings, ASigningKeyItselfIsNotShown) {
  const std::string pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEISECRET\n";
  const std::string why = ": not an absolute path\n";
  EXPECT_EQ(all(load({flag("events.signing-key-file", pem)}).problems),
            "--events.signing-key-file" + why);
  EXPECT_EQ(all(load({}, {{"WGAUDIT_EVENTS_SIGNING_KEY_FILE", pem}}).problems),
            "WGAUDIT_EVENTS_SIGNING_KEY_FILE" + why);
  const std::string block = "|\n    -----BEGIN PRIVATE KEY-----\n    SECRET\n";
  EXPECT_EQ(all(yaml("events:\n  signing-key-file: " + block).problems),
            "c.yml:2:21: events.signing-key-file" + why);
  EXPECT_EQ(all(yaml("sinks:\n- {name: a, type: file, directory: /a, signing_key_file: SECRET}\n")
                    .problems),
            "c.yml:2:58: sinks.a.signing_key_file" + why);
  EXPECT_EQ(
      all(load({flag("events.directory", "/e"), flag("events.signing-key-file", "")}).problems),
      "");
}

// What is sent again comes from the outbox.
TEST(Settings, ASmallOutboxIsWarnedOfWhereEventsAreSentAgain) {
  const test::TempDir directory;
  const auto problems = [&](const std::string& size, const std::string& transport) {
    const std::string file =
        directory.write("c.yml", "events: {outbox-max-size: " + size +
                                     "}\nsinks: [{name: a, type: syslog, transport: " + transport +
                                     ", address: siem}]\n");
    return all(load({flag("config.file", file)}).problems);
  };
  const std::string warning =
      "warning events.outbox-max-size: below 16MB it may not hold the last 1,000 events, which "
      "syslog over TCP or TLS sends again after a connection broke\n";
  EXPECT_EQ(problems("15MB", "tcp"), warning);
  EXPECT_EQ(problems("1MB", "tls"), warning);
  EXPECT_EQ(problems("16MB", "tcp"), "");
  EXPECT_EQ(problems("1MB", "udp"), "");
}

TEST(Settings, FlagBeforeEnvironmentBeforeFileBeforeDefault) {
  const test::TempDir directory;
  const std::string file =
      directory.write("c.yml",
                      "collector: {interval: 2s, settle: 20s, max-age: 3s, netns: [a, b]}\n"
                      "log: {level: debug}\n");
  const auto loaded = load({flag("config.file", file), flag("collector.interval", "4s"),
                            flag("collector.netns", "all"), flag("collector.netns", "x=/y")},
                           {{"WGAUDIT_COLLECTOR_INTERVAL", "3s"},
                            {"WGAUDIT_COLLECTOR_MAX_AGE", "4s"},
                            {"WGAUDIT_COLLECTOR_NETNS", "e,f"},
                            {"WGAUDIT_METRICS_PEER_DETAILS", "1"}});
  EXPECT_EQ(all(loaded.problems), "");
  const Settings& settings = loaded.settings;
  EXPECT_EQ(settings.collector_interval, std::chrono::seconds{4});
  EXPECT_EQ(settings.collector_max_age, std::chrono::seconds{4});
  EXPECT_EQ(settings.collector_settle, std::chrono::seconds{20});
  EXPECT_EQ(settings.log_level, LogLevel::debug);
  EXPECT_TRUE(settings.metrics_peer_details);
  EXPECT_TRUE(settings.collector_all_netns);
  EXPECT_EQ(settings.collector_netns, (std::vector<NetnsTarget>{{"x", "/y"}}));
  EXPECT_EQ(settings.gateway_name, "host");
}

TEST(Settings, ListsOfTheEnvironmentAreSeparatedByCommas) {
  const auto loaded = load({}, {{"WGAUDIT_WEB_LISTEN_ADDRESS", "127.0.0.1:1,[::1]:2"},
                                {"WGAUDIT_COLLECTOR_UAPI_DIRECTORY", "/a,blue=/b"}});
  EXPECT_EQ(loaded.settings.web_listen_addresses,
            (std::vector<std::string>{"127.0.0.1:1", "[::1]:2"}));
  EXPECT_EQ(targets_of(loaded.settings).uapi_directories,
            (std::vector<UapiDirectory>{{"", "/a"}, {"blue", "/b"}}));
}

TEST(Settings, AFileThatCannotBeReadIsSaid) {
  EXPECT_EQ(all(load({flag("config.file", "/none.yml")}).problems),
            "/none.yml: cannot be read: No such file or directory\n");
  EXPECT_EQ(all(load_config_file("/dev/null").problems),
            "/dev/null: cannot be read: not a regular file\n");
}

struct Case {
  const char* name;
  const char* setting;
  const char* value;
  const char* want;  // "" = taken
};
class Values : public testing::TestWithParam<Case> {};
TEST_P(Values, AreChecked) {
  const auto& [name, setting, value, want] = GetParam();
  ASSERT_NE(find_setting(setting), nullptr);
  const std::string problems = all(load({flag(setting, value)}).problems);
  EXPECT_EQ(problems, *want == '\0' ? "" : std::string(want) + '\n');
}
INSTANTIATE_TEST_SUITE_P(
    Table, Values,
    testing::Values(
        Case{"interval", "collector.interval", "5",
             "--collector.interval: not a duration such as 5s or 1m30s"},
        Case{"interval_0", "collector.interval", "0s",
             "collector.interval: must be from 100ms to 1h"},
        Case{"interval_long", "collector.interval", "11s",
             "collector.settle: must not be shorter than collector.interval: an absence takes two "
             "polls to be seen"},
        Case{"max_age_0", "collector.max-age", "0", ""},
        Case{"netns_path", "collector.netns", "../x",
             "--collector.netns: not NAME (of /run/netns), LABEL=PATH or all"},
        Case{"netns_label", "collector.netns", "=/x", "--collector.netns: not LABEL=PATH"},
        Case{"uapi_relative", "collector.uapi-directory", "run/wg",
             "--collector.uapi-directory: not an absolute path"},
        Case{"uapi_equals", "collector.uapi-directory", "/a=b", ""},
        Case{"limit", "metrics.peer-limit", "-1",
             "--metrics.peer-limit: not a whole number, or too large"},
        Case{"labels", "metrics.identity-labels", "principal,role", ""},
        Case{"labels_none", "metrics.identity-labels", "none", ""},
        Case{"labels_wrong", "metrics.identity-labels", "principal,owner",
             "--metrics.identity-labels: not none or a list of principal, principal_kind, "
             "principal_device, role, status"},
        Case{"limit_0", "metrics.peer-limit", "0", "metrics.peer-limit: must be at least 1"},
        Case{"address", "web.listen-address", "localhost",
             "--web.listen-address: not HOST:PORT, [IPv6]:PORT, :PORT or unix:/PATH"},
        Case{"address_port", "web.listen-address", ":65536",
             "--web.listen-address: not HOST:PORT, [IPv6]:PORT, :PORT or unix:/PATH"},
        Case{"address_v6_bare", "web.listen-address", "::1:80",
             "--web.listen-address: not HOST:PORT, [IPv6]:PORT, :PORT or unix:/PATH"},
        Case{"address_any", "web.listen-address", ":0", ""},
        Case{"allowed_host", "web.allowed-hosts", "gw1:9586",
             "--web.allowed-hosts: not a host name (without a port)"},
        Case{"path", "web.telemetry-path", "metrics",
             "--web.telemetry-path: not a path such as /metrics (\"/\" and \"/-/…\" are taken)"},
        Case{"requests", "web.max-requests", "4294967296",
             "--web.max-requests: not a whole number, or too large"},
        Case{"boolean", "collector.uapi", "yes", "--collector.uapi: not true or false"},
        Case{"level", "log.level", "trace", "--log.level: not one of debug, info, warn, error"},
        Case{"gateway", "gateway.name", "a/b",
             "--gateway.name: not a name: it must not be empty, \"*\", or hold a '/'"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(Settings, WhatNeedsARestartIsNamed) {
  const LoadedSettings before = load({flag("collector.netns", "a"), flag("log.level", "warn")});
  EXPECT_EQ(need_restart(before, before), std::vector<std::string>{});
  const auto after = load({flag("collector.netns", "a"), flag("collector.netns", "b"),
                           flag("events.directory", "/e"), flag("events.on-error", "exit"),
                           flag("web.max-requests", "40")});
  EXPECT_EQ(need_restart(before, after),
            (std::vector<std::string>{"collector.netns", "events.on-error", "log.level"}));
  LoadedSettings rules = before;
  rules.settings.rules[RuleId::unknown_key].enabled = false;
  EXPECT_EQ(need_restart(before, rules), std::vector<std::string>{"rules"});
}

TEST(SettingsYaml, EverySettingHasAPlaceInTheFile) {
  for (const Setting& setting : settings_table()) {
    if (setting.name == "config.file") continue;
    const auto dot = setting.name.find('.');
    const bool path = setting.value_name == "DIR" || setting.value_name == "FILE";
    const std::string value(path                           ? "/x"
                            : setting.default_text.empty() ? "x"
                                                           : setting.default_text);
    const auto read = yaml(std::string(setting.name.substr(0, dot)) + ":\n  " +
                           std::string(setting.name.substr(dot + 1)) + ": \"" +
                           (setting.kind == SettingKind::boolean ? "\"" : value + '"') + '\n');
    if (setting.kind == SettingKind::boolean) {
      EXPECT_EQ(read.problems.size(), 1U) << setting.name;  // a quoted text is no boolean
    } else {
      EXPECT_EQ(all(read.problems), "") << setting.name;
    }
  }
}

TEST(SettingsYaml, Rules) {
  const auto read = yaml(
      "rules:\n"
      "  unknown_key: {enabled: false}\n"
      "  stale_handshake:\n"
      "    severity: high\n"
      "    roles: {laptop: {enabled: false}, service: {severity: critical}}\n");
  EXPECT_EQ(all(read.problems), "");
  const RuleSettings& rules = read.settings.rules;
  EXPECT_EQ(rules.severity(RuleId::unknown_key, ""), std::nullopt);
  EXPECT_EQ(rules.severity(RuleId::stale_handshake, ""), Severity::high);
  EXPECT_EQ(rules.severity(RuleId::stale_handshake, "laptop"), std::nullopt);
  EXPECT_EQ(rules.severity(RuleId::stale_handshake, "service"), Severity::critical);
}

// What a rule that is off by default needs is read only where it is on.
TEST(SettingsYaml, ForwardingIsReadWhereItsRuleIsOn) {
  const struct {
    std::string rule;
    bool want;
  } cases[] = {
      {"{}", false},
      {"{enabled: true}", true},
      {"{enabled: false}", false},
      {"{severity: high}", false},
      {"{roles: {laptop: {enabled: true}}}", false},  // interfaces have no role
  };
  EXPECT_FALSE(targets_of(Settings{}).forwarding);
  for (const auto& [rule, want] : cases) {
    const auto read = yaml("rules: {forwarding_open: " + rule + "}\n");
    EXPECT_EQ(all(read.problems), "") << rule;
    EXPECT_EQ(targets_of(read.settings).forwarding, want) << rule;
  }
}

TEST(SettingsYaml, ProblemsHaveLineAndColumn) {
  struct YamlCase {
    std::string text, want;
  };
  for (const auto& [text, want] : {
           YamlCase{"", ""},
           YamlCase{"# nothing\n", ""},
           YamlCase{"collector:\n", ""},
           YamlCase{"collector:\n  intervall: 5s\nlogg: 1\n",
                    "c.yml:2:3: collector.intervall: unknown key\nc.yml:3:1: logg: unknown key\n"},
           YamlCase{"collector.interval: 5s\n", ""},
           YamlCase{"collector: {interval: [5s]}\n",
                    "c.yml:1:23: collector.interval: wrong type: a single value is expected\n"},
           YamlCase{"collector: 5s\n",
                    "c.yml:1:12: collector: wrong type: a mapping is expected\n"},
           YamlCase{"- a\n", "c.yml:1:1: wrong type: a mapping is expected\n"},
           YamlCase{"log: {level: info, level: warn}\n", "c.yml:1:20: log.level: is there twice\n"},
           YamlCase{"config: {file: x}\n", "c.yml:1:1: config: cannot stand in the file itself\n"},
           YamlCase{"log: {level: [\n", "c.yml:2:1: not YAML: end of sequence flow not found\n"},
           YamlCase{"log: {}\n---\nlog: {}\n",
                    "c.yml:3:1: a second document (\"---\"): one is expected\n"},
           YamlCase{"rules: {nope: {}, forwarding_open: {}, unknown_key: {x: 1, severity: bad, "
                    "enabled: 1, roles: {a: {b: 1}}}}\n",
                    "c.yml:1:9: rules.nope: no such rule\n"
                    "c.yml:1:54: rules.unknown_key.x: unknown key\n"
                    "c.yml:1:70: rules.unknown_key.severity: not one of info, low, medium, high, "
                    "critical\n"
                    "c.yml:1:84: rules.unknown_key.enabled: wrong type: true or false is expected\n"
                    "c.yml:1:99: rules.unknown_key.roles.a.b: unknown key\n"},
       }) {
    EXPECT_EQ(all(yaml(text).problems), want) << text;
  }
}

}  // namespace
}  // namespace wgaudit
