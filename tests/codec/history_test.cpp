// The history as text: cells of CSV, and members that have no value.
#include "exporter/codec/history.hpp"

#include <gtest/gtest.h>

#include "exporter/codec/event_ids.hpp"
#include "tests/support/builders.hpp"

namespace wgaudit {
namespace {

TEST(HistoryCsv, NamesAreQuotedAndNeverAFormula) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", ""},
      {"alice", "alice"},
      {"alice, of sales", "\"alice, of sales\""},
      {"say \"hi\"", "\"say \"\"hi\"\"\""},
      {"two\r\nlines", "two\\x0d\\x0alines"},
      {"\t=1", "\\x09=1"},
      {"=1+1", "'=1+1"},
      {"+49", "'+49"},
      {"-1", "'-1"},
      {"@SUM(A1)", "'@SUM(A1)"},
      {"=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""},
      {"\xef\xbc\x9d"
       "1",
       "'\xef\xbc\x9d"
       "1"},  // full width: some take it for the ASCII one
      {"a=1", "a=1"},
      {"\x1b[31m", "\\x1b[31m"},
      {"b\xff", "b\xef\xbf\xbd"},
  };
  for (const auto& [name, want] : cases) EXPECT_EQ(csv_name(name), want) << name;
}

// A key may begin with a plus. It is no name, calls nothing in a spreadsheet, and is joined by.
TEST(HistoryCsv, KeysAreLeftAsTheyAre) {
  KeyRecord stay;
  const std::string text = "+" + std::string(42, 'A') + "=";
  stay.public_key = *parse_key(text);
  stay.principal = "-dash";
  const std::string csv =
      history_text(std::span<const KeyRecord>(&stay, 1), HistoryForm::csv, {"i", {}});
  EXPECT_NE(csv.find(",," + text + ",'-dash,"), std::string::npos) << csv;
}

TEST(HistoryCsv, AnEmptyListIsItsHeader) {
  EXPECT_EQ(history_text(std::span<const KeyRecord>(), HistoryForm::csv, {}),
            "netns,interface,public_key,principal,first_seen,added,last_seen,removed\r\n");
  EXPECT_EQ(history_text(std::span<const FindingRecord>(), HistoryForm::csv, {}),
            "id,rule,code,severity,netns,interface,public_key,subject,principal,since,closed,"
            "close_reason,accepted,detail\r\n");
}

TEST(HistoryJson, SaysWhatIsNoLongerThere) {
  const HistoryOrigin origin{
      "i", {test::wall("2026-08-01T00:00:00Z"), 7, test::wall("2026-08-02T00:00:00Z"), 3}};
  EXPECT_EQ(history_text(std::span<const SeenEndpoint>(), HistoryForm::json, origin),
            "{\n  \"version\": 1,\n"
            "  \"history\": {\"complete_since\": \"2026-08-01T00:00:00.000Z\", \"removed_rows\": 7,"
            " \"forgotten_at\": \"2026-08-02T00:00:00.000Z\", \"forgotten_rows\": 3},\n"
            "  \"endpoints\": []\n}\n");
}

// The id by which a receiver of events knows the finding.
TEST(HistoryJson, AFindingHasTheIdOfItsEvents) {
  FindingRecord record;
  record.finding.identity = {RuleId::unknown_key, "", "wg0", test::key("eve"), ""};
  record.finding.since = test::wall("2026-08-01T00:00:00Z");
  const std::string json =
      history_text(std::span<const FindingRecord>(&record, 1), HistoryForm::json, {"i", {}});
  Event event = make_event(Action::finding_opened, record.finding.since);
  event.interface = "wg0";
  event.public_key = test::key("eve");
  event.facts = {{Field::rule_name, std::string("unknown_key")},
                 {Field::finding_since, record.finding.since}};
  EXPECT_NE(json.find("\"id\": \"" + finding_id("i", event) + '"'), std::string::npos) << json;
  EXPECT_NE(json.find("\"closed\": null, \"close_reason\": null"), std::string::npos) << json;
}

TEST(HistoryForms, AreThree) {
  EXPECT_EQ(parse_history_form("csv"), HistoryForm::csv);
  EXPECT_EQ(parse_history_form("CSV"), std::nullopt);
}

}  // namespace
}  // namespace wgaudit
