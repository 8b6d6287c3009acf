#include "exporter/codec/history_members.hpp"

#include "audit/rules.hpp"
#include "exporter/codec/event_ids.hpp"
#include "exporter/codec/privacy.hpp"

namespace wgaudit {
namespace {

MemberValue time_or_null(const std::optional<WallTime>& time) {
  return time ? MemberValue(*time) : MemberValue();
}
MemberValue text_or_null(std::string text) {
  return text.empty() ? MemberValue() : MemberValue(std::move(text));
}
MemberValue number_if(bool known, std::uint64_t number) {
  return known ? MemberValue(number) : MemberValue();
}

}  // namespace

Members members_of(const SessionRecord& session, std::string_view installation) {
  using std::chrono::seconds;
  const auto unobserved = std::chrono::duration_cast<seconds>(session.unobserved).count();
  const bool ended = session.ended.has_value();
  return {{"id", session_id(installation, session.number)},
          {"netns", OuterName{session.device.first}},
          {"interface", OuterName{session.device.second}},
          {"public_key", to_string(session.public_key)},
          {"principal", OuterName{session.principal}},
          {"started", session.started},
          {"start_unknown", session.start_unknown},
          {"ended", time_or_null(session.ended)},
          {"end_reason", text_or_null(session.end_reason)},
          {"endpoint", text_or_null(endpoint_text(session.endpoint))},
          {"received_bytes", number_if(ended, session.received_bytes)},
          {"sent_bytes", number_if(ended, session.sent_bytes)},
          {"unobserved_seconds", static_cast<std::uint64_t>(unobserved)}};
}

Members members_of(const SeenEndpoint& seen, std::string_view installation) {
  return {{"session_id", session_id(installation, seen.endpoint.session)},
          {"netns", OuterName{seen.device.first}},
          {"interface", OuterName{seen.device.second}},
          {"public_key", to_string(seen.public_key)},
          {"principal", OuterName{seen.principal}},
          {"address", text_or_null(to_string(seen.endpoint.address))},
          {"first_seen", seen.endpoint.first_seen},
          {"last_seen", time_or_null(seen.endpoint.last_seen)}};
}

Members members_of(const FindingRecord& record, std::string_view installation) {
  const auto& [identity, severity, principal, since, detail, accepted, evidence] = record.finding;
  const auto& key = identity.public_key;
  return {{"id", finding_id(installation, identity, since)},
          {"rule", std::string(rule_info(identity.rule).name)},
          {"code", rule_code(identity.rule)},
          {"severity", std::string(to_string(severity))},
          {"netns", OuterName{identity.netns}},
          {"interface", OuterName{identity.interface}},
          {"public_key", text_or_null(key ? to_string(*key) : "")},
          {"subject", OuterName{identity.subject}},
          {"principal", OuterName{principal}},
          {"since", since},
          {"closed", time_or_null(record.closed)},
          {"close_reason", text_or_null(record.close_reason)},
          {"accepted", accepted},
          {"detail", OuterName{detail}}};
}

Members members_of(const KeyRecord& key, std::string_view) {
  return {{"netns", OuterName{key.device.first}},
          {"interface", OuterName{key.device.second}},
          {"public_key", to_string(key.public_key)},
          {"principal", OuterName{key.principal}},
          {"first_seen", key.first_seen},
          {"added", time_or_null(key.added)},
          {"last_seen", time_or_null(key.last_seen)},
          {"removed", time_or_null(key.removed)}};
}

}  // namespace wgaudit
