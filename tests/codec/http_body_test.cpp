#include "exporter/codec/http_body.hpp"

#include <gtest/gtest.h>

#include "exporter/codec/receiver_answer.hpp"
#include "tests/support/builders.hpp"

namespace wgaudit::test {
namespace {

using Kind = BodyVerdict::Kind;

const HttpBodyOptions kOptions{.index = "logs-wireguard.audit-default",
                               .host = "gw1",
                               .source = "wgaudit",
                               .sourcetype = "wgaudit:audit",
                               .labels = {{"host", "gw1"}, {"job", "wgaudit"}}};

std::string body_of(HttpBody body, const HttpBodyOptions& options = kOptions) {
  const HttpBodyInfo& info = http_body_info(body);
  const BodyEvent events[] = {
      {"0a", wall("2026-11-22T16:00:00.120Z"), R"({"message":"a \"b\""})"},
      {"0b", wall("2026-11-22T16:00:01Z"), R"({"message":"c"})"},
  };
  std::string out;
  info.begin(out, options);
  for (const BodyEvent& event : events) info.add(out, event, options, &event == events);
  return out.append(info.end);
}

TEST(HttpBody, FramesABatchAsEachReceiverWantsIt) {
  EXPECT_EQ(body_of(HttpBody::ndjson), "{\"message\":\"a \\\"b\\\"\"}\n{\"message\":\"c\"}\n");
  EXPECT_EQ(body_of(HttpBody::elasticsearch),
            "{\"create\":{\"_index\":\"logs-wireguard.audit-default\",\"_id\":\"0a\"}}\n"
            "{\"message\":\"a \\\"b\\\"\"}\n"
            "{\"create\":{\"_index\":\"logs-wireguard.audit-default\",\"_id\":\"0b\"}}\n"
            "{\"message\":\"c\"}\n");
  EXPECT_TRUE(body_of(HttpBody::elasticsearch, {}).starts_with("{\"create\":{\"_id\":\"0a\"}}\n"));
  EXPECT_EQ(body_of(HttpBody::splunk),
            "{\"time\":1795363200.120,\"host\":\"gw1\",\"source\":\"wgaudit\",\"sourcetype\":"
            "\"wgaudit:audit\",\"index\":\"logs-wireguard.audit-default\",\"event\":"
            "{\"message\":\"a \\\"b\\\"\"}}\n"
            "{\"time\":1795363201.000,\"host\":\"gw1\",\"source\":\"wgaudit\",\"sourcetype\":"
            "\"wgaudit:audit\",\"index\":\"logs-wireguard.audit-default\",\"event\":"
            "{\"message\":\"c\"}}\n");
  EXPECT_EQ(body_of(HttpBody::loki),
            "{\"streams\":[{\"stream\":{\"host\":\"gw1\",\"job\":\"wgaudit\"},\"values\":["
            "[\"1795363200120000000\",\"{\\\"message\\\":\\\"a \\\\\\\"b\\\\\\\"\\\"}\"],"
            "[\"1795363201000000000\",\"{\\\"message\\\":\\\"c\\\"}\"]]}]}");
}

TEST(HttpBody, HasARowForEachName) {
  for (const HttpBodyInfo& info : http_bodies()) {
    EXPECT_EQ(&http_body_info(info.body), &info);
    EXPECT_EQ(find_http_body(info.name), &info);
  }
  EXPECT_EQ(find_http_body("xml"), nullptr);
}

TEST(HttpBody, OnlyWhatIsAboutTheRequestIsRejected) {
  for (const unsigned status : {200U, 201U, 204U})
    EXPECT_EQ(judge_status(status).kind, Kind::taken);
  for (const unsigned status : {400U, 413U, 422U}) {
    EXPECT_EQ(judge_status(status).kind, Kind::rejected) << status;
  }
  for (const unsigned status : {301U, 401U, 403U, 404U, 405U, 408U, 415U, 429U, 500U, 502U, 503U}) {
    EXPECT_EQ(judge_status(status).kind, Kind::outage) << status;
  }
  EXPECT_EQ(judge_status(302).why, "status 302: redirects are not followed");
}

struct Case {
  unsigned status;
  std::string_view answer;
  Kind kind;
  std::string_view why;
};

void expect_verdicts(HttpBody body, std::span<const Case> cases) {
  for (const Case& c : cases) {
    const BodyVerdict verdict = http_body_info(body).read(c.status, c.answer, 2);
    EXPECT_EQ(verdict.kind, c.kind) << c.answer;
    EXPECT_EQ(verdict.why, c.why) << c.answer;
    EXPECT_TRUE(verdict.exceptions.empty());
  }
}

TEST(HttpBody, ReadsABulkAnswer) {
  const Case cases[] = {
      {200, R"({"took":3,"errors":false,"items":[]})", Kind::taken, ""},
      {200, R"({"errors":true,"items":[{"create":{"status":201}},{"create":{"status":409,"error":
             {"type":"version_conflict_engine_exception","reason":"x"}}}]})",
       Kind::taken, ""},
      {200, R"({"errors":true,"items":[{"create":{"status":400}}]})", Kind::outage,
       "an answer about other events"},
      {200, R"({"errors":true,"items":[{},{},{}]})", Kind::outage, "not an answer of _bulk"},
      {200, "<html>", Kind::outage, "not an answer of _bulk"},
      {200, "", Kind::outage, "not an answer of _bulk"},
      {200, "{}", Kind::outage, "not an answer of _bulk"},
      {200, "[true]", Kind::outage, "not an answer of _bulk"},
      {400, R"({"error":{"type":"illegal_argument_exception"}})", Kind::rejected, "status 400"},
      {503, "", Kind::outage, "status 503"},
  };
  expect_verdicts(HttpBody::elasticsearch, cases);
}

TEST(HttpBody, TellsEventsThatAreRefusedFromThoseThatComeAgain) {
  constexpr std::string_view kAnswer =
      R"({"errors":true,"items":[
        {"create":{"status":201}},
        {"create":{"_id":"b","status":400,"error":{"type":"document_parsing_exception",
          "reason":"failed to parse field [source.ip]","caused_by":{"type":"x","reason":"y"}}}},
        {"create":{"status":429,"error":{"type":"es_rejected_execution_exception"}}},
        {"create":{"status":503}}, {"create":{"status":403}}, {"create":{"status":404}},
        {"create":{"status":"?"}}, {"create":{"status":413}}, {"create":{"status":409}}]})";
  const BodyVerdict verdict = http_body_info(HttpBody::elasticsearch).read(200, kAnswer, 9);
  ASSERT_EQ(verdict.kind, Kind::taken);
  std::string text;
  for (const auto& exception : verdict.exceptions) {
    text += std::to_string(exception.position) + (exception.again ? " again: " : " refused: ") +
            exception.why + '\n';
  }
  EXPECT_EQ(text,
            "1 refused: status 400: document_parsing_exception: failed to parse field [source.ip]\n"
            "2 again: status 429: es_rejected_execution_exception\n"
            "3 again: status 503\n4 again: status 403\n5 again: status 404\n6 again: status 0\n"
            "7 refused: status 413\n");
}

TEST(HttpBody, ReadsAnAnswerOfSplunk) {
  const Case cases[] = {
      {200, R"({"text":"Success","code":0})", Kind::taken, ""},
      {200, R"({"text":"?","code":8})", Kind::outage, "not an answer of an event collector"},
      {200, "<html>", Kind::outage, "not an answer of an event collector"},
      {400, R"({"text":"Invalid data format","code":6,"invalid-event-number":1})", Kind::rejected,
       "status 400, code 6: invalid data format"},
      // The index is the configuration's: no event would ever be taken.
      {400, R"({"text":"Incorrect index","code":7,"invalid-event-number":0})", Kind::outage,
       "status 400, code 7"},
      {400, "bad request", Kind::rejected, "status 400"},
      {403, R"({"text":"Invalid token","code":4})", Kind::outage, "status 403, code 4"},
      {503, R"({"text":"Server is busy","code":9})", Kind::outage, "status 503, code 9"},
  };
  expect_verdicts(HttpBody::splunk, cases);
  EXPECT_EQ(http_body_info(HttpBody::splunk).read(400, cases[3].answer, 2).suspect, 1U);
}

TEST(HttpBody, TakesTheStatusAloneFromOthers) {
  const Case cases[] = {{204, "", Kind::taken, ""},
                        {200, "<html>", Kind::taken, ""},
                        {400, "entry too far behind", Kind::rejected, "status 400"},
                        {500, "", Kind::outage, "status 500"}};
  expect_verdicts(HttpBody::loki, cases);
  expect_verdicts(HttpBody::ndjson, cases);
}

TEST(ReceiverAnswer, KeepsOnlyWhatItIsAskedFor) {
  std::string deep = R"({"errors":false,"x":)";
  for (int i = 0; i < 100; ++i) deep += '[';
  EXPECT_EQ(parse_bulk_answer(deep, 10), std::nullopt);
  const std::string long_text(10'000, 'x');
  const auto answer =
      parse_bulk_answer(R"({"errors":true,"items":[{"create":{"status":400,"error":{"type":")" +
                            long_text + R"("}}}]})",
                        10);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->items[0].type, long_text) << "it is cut where no secret can be in it";
  EXPECT_EQ(parse_collector_answer(R"({"code":18446744073709551615})"), std::nullopt);
  EXPECT_EQ(parse_collector_answer(R"({"x":{"code":1}})"), std::nullopt);
}

}  // namespace
}  // namespace wgaudit::test
