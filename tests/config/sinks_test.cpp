#include <gtest/gtest.h>
#include <sys/stat.h>

#include "exporter/config/load.hpp"
#include "exporter/config/sink_type.hpp"
#include "tests/config/read.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

TEST(Sinks, TheTableOfTypesIsInTheOrderOfTheVariant) {
  for (std::size_t i = 0; i < sink_types().size(); ++i) {
    EXPECT_EQ(sink_types()[i]->make().index(), i) << sink_types()[i]->name;
  }
}

TEST(Sinks, AreReadFromTheList) {
  const auto read = yaml(
      "sinks:\n"
      "- name: archive\n"
      "  type: file\n"
      "  directory: /srv/audit\n"
      "  sync: off\n"
      "- {name: out-1, type: stdout}\n");
  EXPECT_EQ(all(read.problems), "");
  EXPECT_EQ(read.settings.sinks,
            (std::vector<SinkSettings>{{"archive", FileSinkSettings{"/srv/audit", EventSync::off}},
                                       {"out-1", StdoutSinkSettings{}}}));
}

TEST(Sinks, EachHasAFormat) {
  Settings settings = yaml(
                          "events: {stdout: true, format: ocsf}\n"
                          "sinks:\n"
                          "- {name: a, type: file, directory: /a, format: ocsf}\n"
                          "- {name: b, type: file, directory: /b}\n")
                          .settings;
  std::string formats;
  for (const SinkSettings& sink : configured_sinks(settings)) {
    formats += sink.name + '=' + std::string(to_string(sink.format)) + ' ';
  }
  EXPECT_EQ(formats, "stdout=ocsf a=ocsf b=ecs ");
  EXPECT_EQ(all(yaml("sinks: [{name: a, type: stdout, format: cef}]\n").problems),
            "c.yml:1:41: sinks.a.format: not one of ecs, ocsf\n");
}

TEST(Sinks, AFileSinkHasTheSettingsOfEvidence) {
  const auto read = yaml(
      "sinks:\n- {name: a, type: file, directory: /a, signing_key_file: /k, checkpoint_lines: 5,\n"
      "   checkpoint_interval: 10s, max_segments: 7, max_bytes: 1GB, max_age: 30d}\n");
  EXPECT_EQ(all(read.problems), "");
  const SegmentSettings want{"/k", 5,           std::chrono::seconds{10},
                             7,    1ULL << 30U, std::chrono::days{30}};
  EXPECT_EQ(read.settings.sinks,
            (std::vector<SinkSettings>{{"a", FileSinkSettings{"/a", EventSync::batch, want}}}));
  EXPECT_EQ(
      all(yaml("sinks: [{name: a, type: file, directory: /a, checkpoint_lines: 0}]").problems),
      "c.yml:1:64: sinks.a.checkpoint_lines: must be at least 1\n");
}

TEST(Sinks, OfSyslog) {
  const auto read = yaml(
      "sinks:\n"
      "- {name: a, type: syslog, transport: udp, address: siem}\n"
      "- {name: b, type: syslog, transport: tcp, address: '[2001:db8::1]', facility: authpriv}\n"
      "- {name: c, type: syslog, transport: unix, timeout: 5s, app_name: wg}\n"
      "- name: d\n"
      "  type: syslog\n"
      "  transport: tls\n"
      "  address: '192.0.2.1:1234'\n"
      "  ca_file: /ca\n"
      "  cert_file: /cert\n"
      "  key_file: /key\n"
      "  server_name: siem.example.org\n");
  EXPECT_EQ(all(read.problems), "");
  ASSERT_EQ(read.settings.sinks.size(), 4U);
  const auto syslog = [&](std::size_t i) {
    return std::get<SyslogSinkSettings>(read.settings.sinks[i].kind);
  };
  EXPECT_EQ(syslog(0), (SyslogSinkSettings{.transport = SyslogTransport::udp, .host = "siem"}));
  EXPECT_EQ(port_of(syslog(0)), 514);
  EXPECT_EQ(syslog(1),
            (SyslogSinkSettings{
                .transport = SyslogTransport::tcp, .host = "2001:db8::1", .facility = 10}));
  EXPECT_EQ(port_of(syslog(1)), 601);
  EXPECT_EQ(syslog(2), (SyslogSinkSettings{.transport = SyslogTransport::unix_socket,
                                           .app_name = "wg",
                                           .timeout = std::chrono::seconds{5}}));
  EXPECT_EQ(syslog(3), (SyslogSinkSettings{.transport = SyslogTransport::tls,
                                           .host = "192.0.2.1",
                                           .port = 1234,
                                           .ca_file = "/ca",
                                           .cert_file = "/cert",
                                           .key_file = "/key",
                                           .server_name = "siem.example.org"}));
  EXPECT_EQ(port_of(SyslogSinkSettings{.transport = SyslogTransport::tls}), 6514);
  EXPECT_TRUE(promise_of(read.settings.sinks[3]).starts_with("at least once"));
  EXPECT_TRUE(promise_of(read.settings.sinks[0]).starts_with("best effort"));
}

TEST(Sinks, ProblemsOfSyslog) {
  struct Case {
    std::string keys, want;  // each line of `want` follows "c.yml:1:"
  };
  for (const auto& [keys, want] : {
           Case{"", "9: sinks.a: has no transport\n"},
           Case{"transport: tpc", "44: sinks.a.transport: not one of udp, tcp, tls, unix\n"},
           Case{"transport: tcp", "9: sinks.a: has no address\n"},
           Case{"transport: tcp, address: 'a:0'",
                "58: sinks.a.address: not HOST:PORT, [IPv6]:PORT or HOST\n"},
           Case{"transport: udp, address: a, path: /x",
                "67: sinks.a.path: is for the transport unix\n"},
           Case{"transport: unix, address: a",
                "59: sinks.a.address: has no meaning for unix: path\n"},
           Case{"transport: tcp, address: a, ca_file: /x",
                "70: sinks.a.ca_file: is for the transport tls\n"},
           Case{"transport: tls, address: a, cert_file: /x",
                "72: sinks.a.cert_file: cert_file and key_file go together\n"},
           Case{"transport: tls, address: a, key_file: /x",
                "71: sinks.a.key_file: cert_file and key_file go together\n"},
           Case{"transport: udp, address: a, facility: kern",
                "71: sinks.a.facility: not a facility such as local0, daemon or authpriv\n"},
           Case{"transport: udp, address: a, app_name: a b",
                "71: sinks.a.app_name: not a name: 1 to 48 visible ASCII characters\n"},
           Case{"transport: udp, address: a, timeout: 0s",
                "70: sinks.a.timeout: not a duration from 1s to 10m\n"},
       }) {
    std::string got;
    for (const ConfigProblem& one :
         yaml("sinks: [{name: a, type: syslog, " + keys + "}]").problems) {
      got += to_string(one).substr(std::string_view("c.yml:1:").size()) + '\n';
    }
    EXPECT_EQ(got, want) << keys;
  }
}

TEST(Sinks, HostsAndPorts) {
  struct Case {
    std::string_view text, host;
    std::uint16_t port;
  };
  for (const auto& [text, host, port] :
       {Case{"a", "a", 0}, Case{"a.b:1", "a.b", 1}, Case{"[::1]", "::1", 0},
        Case{"[fe80::1%eth0]:65535", "fe80::1%eth0", 65'535},
        Case{"192.0.2.1:514", "192.0.2.1", 514}}) {
    const auto parsed = parse_host_port(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->host, host);
    EXPECT_EQ(parsed->port, port);
  }
  for (const std::string_view text :
       {"", ":1", "a:", "a:65536", "a:-1", "a:1 ", "::1", "::1:514", "[::1", "[::1]514", "[a]:1",
        "[]:1", "a b", "a/b", "a:1:2", "http://a"}) {
    EXPECT_FALSE(parse_host_port(text)) << text;
  }
}

TEST(Sinks, SecretsThatOthersCanReadAreWarnedOf) {
  const test::TempDir directory;
  const std::string key = directory.write("key", "secret");
  const auto problems = [&](const std::string& path, mode_t mode) {
    chmod(key.c_str(), mode);
    return all(check_secret_files({{"d", SyslogSinkSettings{.key_file = path}}}));
  };
  EXPECT_EQ(problems(key, 0600), "");
  EXPECT_EQ(problems(key, 0640),
            "warning sinks.d.key_file: " + key + ": can be read by group or others; chmod 0600\n");
  EXPECT_EQ(problems(key, 0604),
            "warning sinks.d.key_file: " + key + ": can be read by group or others; chmod 0600\n");
  EXPECT_EQ(problems("/none", 0600),
            "warning sinks.d.key_file: /none: cannot be read: No such file or directory\n");
  EXPECT_EQ(problems("/dev/null", 0600),
            "warning sinks.d.key_file: /dev/null: cannot be read: not a regular file\n");
}

TEST(Sinks, ThoseOfFlagsStandBeforeThoseOfTheList) {
  Settings settings = yaml("sinks: [{name: archive, type: file, directory: /b}]").settings;
  settings.events_directory = "/a";
  settings.events_stdout = true;
  std::string names;
  for (const SinkSettings& sink : configured_sinks(settings)) names += sink.name + ' ';
  EXPECT_EQ(names, "file stdout archive ");
}

TEST(Sinks, ProblemsHaveLineAndColumn) {
  struct Case {
    std::string text, want;
  };
  for (const auto& [text, want] : {
           Case{"sinks:\n", ""},
           Case{"sinks: []\n", ""},
           Case{"sinks: {}\n", "c.yml:1:8: sinks: wrong type: a list is expected\n"},
           Case{"sinks: [x]\n", "c.yml:1:9: sinks[0]: wrong type: a mapping is expected\n"},
           Case{"sinks: [{}]\n",
                "c.yml:1:9: sinks[0]: has no name\nc.yml:1:9: sinks[0]: has no type\n"},
           Case{"sinks: [{name: A, type: stdout}]\n",
                "c.yml:1:16: sinks[0].name: not a name: a-z, 0-9, '_' and '-', at most 32, not '_' "
                "or "
                "'-' first\n"},
           Case{"sinks: [{name: [], type: {}}]\n",
                "c.yml:1:16: sinks[0].name: wrong type: a single value is expected\n"
                "c.yml:1:26: sinks[0].type: wrong type: a single value is expected\n"},
           Case{"sinks:\n- name: a\n  type: kafka\n",
                "c.yml:3:9: sinks.a.type: not one of file, stdout, http, syslog\n"},
           Case{"sinks:\n- name: a\n  type: file\n", "c.yml:2:3: sinks.a: has no directory\n"},
           Case{"sinks:\n- name: a\n  type: file\n  directory: x\n  sync: on\n  fsync: 1\n",
                "c.yml:4:14: sinks.a.directory: not an absolute path\n"
                "c.yml:5:9: sinks.a.sync: not one of batch, off\n"
                "c.yml:6:3: sinks.a.fsync: unknown key of a file sink\n"},
           Case{"sinks:\n- {name: a, type: stdout, name: b}\n",
                "c.yml:2:27: sinks.name: is there twice\n"},
       }) {
    EXPECT_EQ(all(yaml(text).problems), want) << text;
  }
}

TEST(Sinks, AliasesCannotAskForAnyAmountOfMemory) {
  std::string text = "sinks: [&a [x,x,x,x,x,x,x,x,x,x]";
  for (char c = 'b'; c < 'h'; ++c) {
    text += std::string(", &") + c + " [";
    for (int i = 0; i < 10; ++i) text += std::string(i > 0 ? "," : "") + '*' + char(c - 1);
    text += ']';
  }
  EXPECT_TRUE(all(yaml(text + "]\n").problems).contains("sinks: too much, or too deep"));
}

TEST(Sinks, WhatSinksCannotShare) {
  Settings settings = yaml(
                          "sinks:\n- {name: file, type: file, directory: /a}\n- {name: b, type: "
                          "file, directory: /b}\n"
                          "- {name: b, type: stdout}\n- {name: c, type: stdout}\n")
                          .settings;
  settings.events_directory = "/a";
  EXPECT_EQ(
      all(check_settings(settings)),
      "sinks.file: another sink has this name; `file` is that of events.directory, `stdout` that "
      "of events.stdout\n"
      "sinks.file: the sink file writes to /a already\n"
      "sinks.b: another sink has this name; `file` is that of events.directory, `stdout` that of "
      "events.stdout\n"
      "sinks.c: the sink b writes to standard output already\n");
}

TEST(Sinks, NoLimitHoldsBelowOneSegment) {
  Settings settings;
  settings.events_directory = "/a";
  for (const auto& [bytes, warned] : {std::pair{0ULL, false},
                                      {1ULL << 20U, true},
                                      {kSegmentBytes - 1, true},
                                      {kSegmentBytes, false}}) {
    settings.events_segments.max_bytes = bytes;
    const auto problems = check_sinks(configured_sinks(settings));
    ASSERT_EQ(problems.size(), warned ? 1U : 0U) << bytes;
    if (!warned) continue;
    EXPECT_EQ(problems[0].severity, ConfigProblem::Severity::warning);
    EXPECT_EQ(
        all(problems),
        "warning sinks.file.max_bytes: is less than a segment: the newest stays, up to 16MB\n");
  }
}

TEST(Sinks, ZeroLinesBetweenCheckpointsIsRefusedHoweverItIsWritten) {
  for (const char* zero : {"0", "00", "000"}) {
    const auto read = yaml(std::string("events: {directory: /a, checkpoint-lines: ") + zero + "}");
    EXPECT_TRUE(all(read.problems).ends_with("events.checkpoint-lines: must be at least 1\n"))
        << all(read.problems);
  }
  EXPECT_EQ(yaml("events: {directory: /a, checkpoint-lines: 007}")
                .settings.events_segments.checkpoint_lines,
            7U);
}

TEST(Sinks, ADirectorySpelledTwoWaysIsOne) {
  for (const std::string_view spelled : {"/a/", "/a//", "/./a", "/b/../a/", "//a"}) {
    Settings settings;
    settings.sinks = {{"x", FileSinkSettings{"/a"}}, {"y", FileSinkSettings{std::string(spelled)}}};
    EXPECT_EQ(all(check_sinks(configured_sinks(settings))),
              "sinks.y: the sink x writes to /a already\n")
        << spelled;
  }
  Settings settings;
  settings.sinks = {{"x", FileSinkSettings{"/a"}}, {"y", FileSinkSettings{"/a/b"}}};
  EXPECT_EQ(all(check_sinks(configured_sinks(settings))), "");
}

}  // namespace
}  // namespace wgaudit
