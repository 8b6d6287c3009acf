#include "exporter/config/web_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "exporter/config/go_duration.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {
namespace {

namespace fs = std::filesystem;

std::string problems_of(const std::string& text, const std::string& name) {
  std::string lines;
  for (const ConfigProblem& problem : parse_web_file(text, name).problems) {
    lines += problem.severity == ConfigProblem::Severity::warning ? "warning: " : "error: ";
    lines += to_string(problem) + '\n';
  }
  return lines;
}

std::vector<fs::path> files_of(const std::string& folder) {
  std::vector<fs::path> files;
  for (const auto& entry :
       fs::directory_iterator(source_dir() / "tests/config/web_files" / folder)) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

TEST(WebFile, GoodOnesHaveNoError) {
  for (const std::string folder : {"good", "newer"}) {
    for (const fs::path& file : files_of(folder)) {
      EXPECT_FALSE(has_errors(parse_web_file(read_file(file), "x").problems))
          << problems_of(read_file(file), file.filename());
    }
  }
}

// What promtool says of the same files: tests/e2e/web_config.
TEST(WebFile, EveryProblemIsTheGolden) {
  std::string all;
  for (const std::string folder : {"bad", "good", "newer", "stricter"}) {
    for (const fs::path& file : files_of(folder)) {
      all += problems_of(read_file(file), folder + '/' + file.filename().string());
    }
  }
  EXPECT_TRUE(matches_golden("config/golden/web_problems.txt", all));
}

TEST(WebFile, HoldsWhatItSays) {
  const auto loaded = parse_web_file(
      read_file(source_dir() / "tests/config/web_files/newer/sans.yml"), "/etc/wgaudit/web.yml");
  const TlsFile& tls = loaded.file.tls;
  EXPECT_EQ(tls.cert_file, "/etc/wgaudit/server.crt");  // relative to the file
  EXPECT_EQ(tls.key_file, "/etc/wgaudit/server.key");
  EXPECT_EQ(tls.client_ca_file, "/etc/wgaudit/client_ca.crt");
  EXPECT_EQ(tls.client_auth, ClientAuth::verify);
  EXPECT_EQ(tls.client_allowed_sans,
            (std::vector<std::string>{"prometheus.example.org", "192.0.2.1"}));
  EXPECT_EQ(tls.min_version, TlsVersion::tls12);
  EXPECT_TRUE(tls.prefer_server_cipher_suites);
  EXPECT_EQ(parse_web_file("tls_server_config: {cert_file: /a, key_file: b}", "web.yml")
                .file.tls.cert_file,
            "/a");
}

TEST(WebFile, NeverSaysASecret) {
  for (const std::string text :
       {"basic_auth_users: {alice: geheim}", "tls_server_config: {key: geheim, cert: [geheim]}",
        "geheim", "basic_auth_users: [geheim]", "tls_server_config: {key: [geheim]}",
        "basic_auth_users: {'alice:geheim': x}", "basic_auth_users: {'a:geheim': x, 'a:geheim': x}",
        "basic_auth_users: {alice: *geheim}", "basic_auth_users: {alice: &geheim}",
        "basic_auth_users: {alice: @geheim}", "basic_auth_users: {alice: !geheim%}",
        "%YAML geheim\n---\n",
        "tls_server_config: {cert_file: /a, key_file: '-----BEGIN PRIVATE KEY----- geheim'}",
        "tls_server_config: {cert_file: /a, key_file: 'geheim\n\n geheim'}"}) {
    EXPECT_NE(problems_of(text, "x"), "") << text;
    EXPECT_EQ(problems_of(text, "x").find("geheim"), std::string::npos) << problems_of(text, "x");
  }
}

// WEB.md is written by hand.
TEST(WebFile, EveryKeyIsDocumented) {
  const std::string page = read_file(source_dir() / "exporter/web/WEB.md");
  for (const WebKey& key : web_keys()) {
    const std::string name(key.path.substr(key.path.rfind('.') + 1));
    EXPECT_NE(page.find('`' + name + '`'), std::string::npos) << key.path;
  }
}

TEST(GoDuration, IsReadAsGoDoes) {
  using namespace std::chrono_literals;
  const struct {
    std::string_view text;
    std::optional<Duration> want;
  } cases[] = {
      {"1s", 1s},       {"1m30s", 90s},    {"1.5h", 90min}, {"500ms", 500ms}, {"0", 0ns},
      {"-2s", -2s},     {"+1s", 1s},       {"1000", 1us},   {"2us", 2us},     {"2µs", 2us},
      {".5s", 500ms},   {"1h1m1s", 3661s}, {"", {}},        {"s", {}},        {"1", 1ns},
      {"1x", {}},       {"1d", {}},        {"1s1", {}},     {"-", {}},        {"1 s", {}},
      {"9999999h", {}}, {"1e3s", {}},      {".s", {}},      {"--1s", {}},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(parse_go_duration(text), want) << text;
}

}  // namespace
}  // namespace wgaudit::test
