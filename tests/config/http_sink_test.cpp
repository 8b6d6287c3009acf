#include <gtest/gtest.h>

#include "exporter/config/load.hpp"
#include "exporter/config/sink_type.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

struct Read {
  std::vector<SinkSettings> sinks;
  std::string problems;
};
// A sink of type http that has these further keys, a line each.
Read read(const std::string& keys) {
  LoadedSettings loaded;
  apply_yaml("sinks:\n- name: siem\n  type: http\n" + keys, "c.yml", loaded);
  std::string text;
  for (const ConfigProblem& problem : loaded.problems) text += to_string(problem) + '\n';
  return {loaded.settings.sinks, text};
}

TEST(HttpSink, TakesEveryKey) {
  const auto [sinks, problems] = read(
      "  url: https://siem.example.org:8088/x?y=z\n  body: splunk\n  index: wg\n  source: gw\n"
      "  sourcetype: wgaudit:audit\n  headers: {X-Tenant: a b}\n  token_file: /t\n"
      "  token_scheme: Splunk\n  ca_file: /ca\n  cert_file: /c\n  key_file: /k\n"
      "  server_name: siem\n  compression: gzip\n  batch_events: 200\n  batch_bytes: 64KB\n"
      "  timeout: 10s\n  paused: true\n");
  EXPECT_EQ(problems, "");
  HttpSinkSettings want;
  want.url = {true, {"siem.example.org", 8088}, "/x?y=z"};
  want.body = HttpBody::splunk;
  want.index = "wg";
  want.source = "gw";
  want.sourcetype = "wgaudit:audit";
  want.headers = {{"X-Tenant", "a b"}};
  want.token_file = "/t";
  want.token_scheme = "Splunk";
  want.ca_file = "/ca";
  want.cert_file = "/c";
  want.key_file = "/k";
  want.server_name = "siem";
  want.gzip = true;
  want.batch_events = 200;
  want.batch_bytes = 65'536;
  want.timeout = std::chrono::seconds{10};
  ASSERT_EQ(sinks.size(), 1U);
  EXPECT_EQ(sinks[0], (SinkSettings{"siem", want, true}));
}

TEST(HttpSink, TakesLabelsAndAUser) {
  const auto [sinks, problems] = read(
      "  url: https://loki\n  body: loki\n  labels: {job: wg, site_1: fra}\n  username: u\n"
      "  password_file: /p\n");
  EXPECT_EQ(problems, "");
  ASSERT_EQ(sinks.size(), 1U);
  const auto& http = std::get<HttpSinkSettings>(sinks[0].kind);
  EXPECT_EQ(http.labels, (std::map<std::string, std::string>{{"job", "wg"}, {"site_1", "fra"}}));
  EXPECT_EQ(http.username, "u");
}

TEST(HttpSink, ProblemsSayWhatToDo) {
  const std::string start = "  url: https://siem\n  body: ndjson\n";
  const struct {
    std::string keys, problems;
  } cases[] = {
      {"", "c.yml:2:3: sinks.siem: has no url\nc.yml:2:3: sinks.siem: has no body\n"},
      {"  url: siem:9200\n  body: xml\n",
       "c.yml:4:8: sinks.siem.url: not a URL that begins with https:// or http://\n"
       "c.yml:5:9: sinks.siem.body: not one of ndjson, elasticsearch, splunk, loki\n"},
      {"  url: https://u:p@siem\n  body: ndjson\n",
       "c.yml:4:8: sinks.siem.url: names a user: secrets come from files\n"},
      {start + "  bodi: x\n", "c.yml:6:3: sinks.siem.bodi: unknown key of a http sink\n"},
      {start + "  index: x\n  labels: {a: b}\n",
       "c.yml:6:10: sinks.siem.index: is for the body elasticsearch and splunk\n"
       "c.yml:7:11: sinks.siem.labels: is for the body loki\n"},
      {start + "  headers: {Authorization: x, host: y, 'a b': z, X: \"a\\nb\"}\n",
       "c.yml:6:28: sinks.siem.headers.Authorization: secrets come from files: token_file, or "
       "username and password_file\n"
       "c.yml:6:37: sinks.siem.headers.host: the sink sets this header itself\n"
       "c.yml:6:47: sinks.siem.headers.a b: not the name of a header\n"
       "c.yml:6:53: sinks.siem.headers.X: not the value of a header: visible ASCII\n"},
      {start + "  token_file: t\n", "c.yml:6:15: sinks.siem.token_file: not an absolute path\n"},
      {start + "  token_file: /t\n  username: u\n  password_file: /p\n",
       "c.yml:6:15: sinks.siem.token_file: a token or a user, not both\n"},
      {start + "  username: u\n",
       "c.yml:6:13: sinks.siem.username: username and password_file go together\n"},
      {start + "  key_file: /k\n",
       "c.yml:6:13: sinks.siem.key_file: cert_file and key_file go together\n"},
      {start + "  token_scheme: X\n",
       "c.yml:6:17: sinks.siem.token_scheme: there is no token_file\n"},
      {"  url: https://s\n  body: splunk\n",
       "c.yml:2:3: sinks.siem: has no token_file, which Splunk asks for\n"},
      {"  url: http://127.0.0.1:1\n  body: ndjson\n  token_file: /t\n  ca_file: /c\n",
       "c.yml:6:15: sinks.siem.token_file: a token over plain http can be read on its way: https\n"
       "c.yml:7:12: sinks.siem.ca_file: is for https\n"},
      {"  url: http://s\n  body: ndjson\n  username: u\n  password_file: /p\n",
       "c.yml:7:18: sinks.siem.password_file: a password over plain http can be read on its way: "
       "https\n"},
      {start + "  batch_events: 0\n  batch_bytes: 1B\n  timeout: 0s\n  compression: zstd\n"
               "  paused: yes\n",
       "c.yml:6:17: sinks.siem.batch_events: not a number from 1 to 10000\n"
       "c.yml:7:16: sinks.siem.batch_bytes: not a size from 16KB to 64MB\n"
       "c.yml:8:12: sinks.siem.timeout: not a duration from 1s to 10m\n"
       "c.yml:9:16: sinks.siem.compression: not one of none, gzip\n"
       "c.yml:10:11: sinks.siem.paused: wrong type: true or false is expected\n"},
      {"  url: https://l\n  body: loki\n  labels: {1a: b, c: ''}\n",
       "c.yml:6:16: sinks.siem.labels.1a: not the name of a label: letters, digits and '_', no "
       "digit first\n"
       "c.yml:6:22: sinks.siem.labels.c: must not be empty\n"},
  };
  for (const auto& [keys, problems] : cases) {
    const Read got = read(keys);
    EXPECT_EQ(got.problems, problems) << keys;
    EXPECT_TRUE(got.sinks.empty()) << keys;
  }
}

// What is dropped there is told as a success.
TEST(HttpSink, OcsfNeedsAnIndexOfItsOwn) {
  const std::string start = "  format: ocsf\n  body: elasticsearch\n  url: https://siem";
  const struct {
    std::string keys, problems;
  } cases[] = {
      {"\n",
       "c.yml:4:11: sinks.siem.format: the default index is for ecs: name one for ocsf by "
       "index\n"},
      {"/_bulk?pipeline=x\n",
       "c.yml:4:11: sinks.siem.format: the default index is for ecs: name one for ocsf by index\n"},
      {"\n  index: logs-wireguard.audit-berlin\n",
       "c.yml:7:10: sinks.siem.index: the data streams logs-wireguard.audit-* are for ecs\n"},
      {"/logs-wireguard.audit-default/_bulk\n",
       "c.yml:6:8: sinks.siem.url: the data streams logs-wireguard.audit-* are for ecs\n"},
      {"/es/logs-wireguard.audit-default/_bulk?pipeline=x\n",
       "c.yml:6:8: sinks.siem.url: the data streams logs-wireguard.audit-* are for ecs\n"},
      {"/wireguard-ocsf/_bulk?x=/logs-wireguard.audit-default\n", ""},
      {"\n  index: wireguard-ocsf\n", ""},
      {"/wireguard-ocsf/_bulk\n", ""},
  };
  for (const auto& [keys, problems] : cases) EXPECT_EQ(read(start + keys).problems, problems);
  EXPECT_EQ(read("  format: ocsf\n  body: ndjson\n  url: https://siem\n").problems, "");
}

TEST(HttpSink, FilesOfSecretsThatOthersReadAreTold) {
  const test::TempDir directory;
  const std::string token = directory.write("token", "x\n");
  std::filesystem::permissions(token, std::filesystem::perms(0644));
  const auto sinks = read("  url: https://s\n  body: ndjson\n  token_file: " + token + "\n").sinks;
  const auto problems = check_secret_files(sinks);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].severity, ConfigProblem::Severity::warning);
  EXPECT_EQ(problems[0].where, "sinks.siem.token_file");
  std::filesystem::permissions(token, std::filesystem::perms(0440));
  EXPECT_EQ(check_secret_files(sinks).size(), 1U);
  setenv("CREDENTIALS_DIRECTORY", directory.path().c_str(), 1);
  EXPECT_TRUE(check_secret_files(sinks).empty()) << "systemd's are of the service alone";
  unsetenv("CREDENTIALS_DIRECTORY");
}

}  // namespace
}  // namespace wgaudit
