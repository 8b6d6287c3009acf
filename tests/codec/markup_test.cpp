// Names of any bytes can do nothing in a report.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "collectors/model/text.hpp"
#include "exporter/codec/html.hpp"
#include "exporter/codec/markdown.hpp"
#include "exporter/codec/report.hpp"
#include "tests/support/builders.hpp"

namespace wgaudit {
namespace {

struct Escape {
  std::string_view bytes, want;
};

TEST(Html, EscapesWhatHasAMeaning) {
  for (const auto& [bytes, want] :
       {Escape{"plain é", "plain é"},
        {"<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"},
        {"\" onload=\"x", "&quot; onload=&quot;x"},
        {"&lt;", "&amp;lt;"},
        {"a\n\x1b[31m\xff\xc2\x9b", "a\\x0a\\x1b[31m�\\x9b"},
        {"", ""}}) {
    EXPECT_EQ(html_text(bytes), want);
  }
}

TEST(Markdown, EscapesWhatHasAMeaning) {
  for (const auto& [bytes, want] :
       {Escape{"plain é, 10.0.0.1 (x) a-b", "plain é, 10.0.0.1 (x) a-b"},
        {"<b>&", "&lt;b&gt;&amp;"},
        {"`x` *y* _z_ ~w~ $m$", "\\`x\\` \\*y\\* \\_z\\_ \\~w\\~ \\$m\\$"},
        {"[a](b) ![c](d)", "\\[a\\](b) !\\[c\\](d)"},
        {"a|b", "a&#124;b"},
        {"a\\|b", "a\\\\&#124;b"},
        {"line\nbreak\r\x1b", "line\\\\x0abreak\\\\x0d\\\\x1b"},
        {"# x", "\\#<!-- --> x"},
        {"- x", "\\- x"},
        {"12. x", "12\\. x"},
        {"1) x", "1\\) x"},
        {"@root #12", "@<!-- -->root \\#<!-- -->12"},
        {"http://a WWW.b", "http<!-- -->\\://a <!-- -->WWW.b"},
        {"why: it", "why: it"},
        {":skull:", "\\:skull:"},
        {"\xff", "�"},
        {"", ""}}) {
    EXPECT_EQ(markdown_text(bytes), want);
  }
}

TEST(Markdown, CodeIsNeverLeft) {
  for (const auto& [bytes, want] : {Escape{"wg0", "`wg0`"},
                                    {"a`b", "``a`b``"},
                                    {"``", "``` `` ```"},
                                    {"`", "`` ` ``"},
                                    {" x", "`  x `"},
                                    {"  ", "`  `"},
                                    {"<b>\\", "`<b>\\`"},
                                    {"a|b`", "a&#124;b\\`"},
                                    {"a\nb", "`a\\x0ab`"},
                                    {"", ""}}) {
    EXPECT_EQ(markdown_code(bytes), want);
  }
}

// A report in which every text that comes from outside is `name`.
struct NamedReport {
  View view;
  ReportInput input;

  explicit NamedReport(const std::string& name) {
    const WallTime now = test::wall("2026-11-01T12:00:00Z");
    Record record = test::record("alice", name);
    record.device = record.owner = name;
    record.exceptions = {{"revoked_key", name, std::nullopt}};
    auto inventory = test::inventory({record});
    inventory->path = name;
    auto device = std::make_shared<Device>(
        test::device(name, {{.name = "alice"}, {.name = "bob"}}, {}, name));
    const Record* alice = inventory->find(test::key("alice"));
    JudgedDevice judged{device, {}, true};
    for (const Peer& peer : device->peers) {
      judged.peers.push_back({inventory->find(peer.public_key), now, false, 0, 0});
    }
    Finding finding;
    finding.identity = {RuleId::expired_key, name, name, alice->public_key, name};
    finding.severity = Severity::high;
    finding.principal = finding.detail = name;
    finding.since = now;
    Finding accepted = finding;
    accepted.identity.rule = RuleId::revoked_key;
    accepted.accepted = true;
    view.taken.wall = now;
    view.gateway = name;
    view.inventory = inventory;
    view.inventory_health.configured = true;
    view.rule_settings = std::make_shared<RuleSettings>();
    view.devices = {judged};
    view.findings = {accepted, finding};
    Finding across = finding;
    across.identity.rule = RuleId::duplicate_key;
    input.gateways = {{&view, true, {name}}, {&view, false, {name}}};
    input.across = {{across, {{name, name, name}, {name, "", name}}}};
    input.problems = {name};
    input.memory = {name, std::nullopt};
  }
};

constexpr std::string_view kHostile[] = {
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='x",
    "</style></title></code></td></table>",
    "``` \n# heading\n\n| a | b |\n|---|---|\n",
    "a|b|c\\|d`e``f",
    "[x](javascript:alert(1)) ![y](http://evil.example)",
    "<!-- --> --> ]]> &lt;script&gt;",
    "\r\n\x1b[2J\x1b]0;title\x07\x7f",
    "\xff\xfe\xc3(\xed\xa0\x80\xc2\x9b"
    "31m\xe2\x80\xa8\xe2\x80\xae",
    "\\",
    "`",
    "   ",
};

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + what.size())) ++n;
  return n;
}

TEST(Report, HostileNamesAddNoLineAndNoControlCharacter) {
  const NamedReport harmless("name");
  for (const ReportFormat& format : report_formats()) {
    const std::string plain = format.render(make_report(harmless.input, {}));
    for (const std::string_view name : kHostile) {
      const NamedReport hostile{std::string(name)};
      const std::string text = format.render(make_report(hostile.input, {}));
      EXPECT_EQ(count(text, "\n"), count(plain, "\n")) << format.name << ": " << name;
      EXPECT_EQ(to_valid_utf8(text), text) << format.name;
      EXPECT_TRUE(std::ranges::none_of(
          text,
          [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f; }))
          << format.name << ": " << name;
      EXPECT_EQ(count(text, "\xc2\x9b"), 0U) << format.name;
    }
  }
}

// Not one tag, attribute or quote more than with a harmless name.
TEST(Report, HostileNamesAreTextInHtml) {
  const std::string plain = report_html(make_report(NamedReport("name").input, {}));
  for (const std::string_view name : kHostile) {
    const NamedReport hostile{std::string(name)};
    const std::string html = report_html(make_report(hostile.input, {}));
    for (const char* what : {"<", ">", "\"", "'"}) {
      EXPECT_EQ(count(html, what), count(plain, what)) << name;
    }
  }
  EXPECT_EQ(count(plain, "<script"), 0U);
  EXPECT_EQ(count(plain, "http:"), 0U);
  EXPECT_EQ(count(plain, "https:"), 0U);
  EXPECT_EQ(count(plain, "style="), 0U);
  EXPECT_NE(plain.find("content=\"default-src 'none'; style-src 'sha256-"), std::string::npos);
}

// No cell and no tag more.
TEST(Report, HostileNamesAreTextInMarkdown) {
  const auto bars = [](std::string_view text) { return count(text, "|") - count(text, "\\|"); };
  const std::string plain = report_markdown(make_report(NamedReport("name").input, {}));
  for (const std::string_view name : kHostile) {
    const NamedReport hostile{std::string(name)};
    std::string text = report_markdown(make_report(hostile.input, {}));
    EXPECT_EQ(bars(text), bars(plain)) << name;
    EXPECT_EQ(count(text, "\\|"), 0U) << name;
  }
}

TEST(Report, HostileNamesAreTheSameNamesInJson) {
  for (const std::string_view name : kHostile) {
    const NamedReport hostile{std::string(name)};
    const auto json = nlohmann::json::parse(report_json(make_report(hostile.input, {})));
    EXPECT_EQ(json["problems"][0], to_valid_utf8(name));
    EXPECT_EQ(json["gateways"][0]["findings"][0]["interface"], to_valid_utf8(name));
  }
}

}  // namespace
}  // namespace wgaudit
