#include <algorithm>
#include <ostream>

#include "exporter/codec/history.hpp"
#include "exporter/codec/privacy.hpp"
#include "exporter/commands/commands.hpp"
#include "exporter/daemon/exit_code.hpp"
#include "exporter/store/reader.hpp"

namespace wgaudit {
namespace {

// An instant, or how long ago it was.
std::expected<std::optional<WallTime>, Failure> instant(std::string_view flag,
                                                        const std::string& text, WallTime now) {
  if (text.empty()) return std::nullopt;
  if (const auto time = parse_rfc3339(text)) return time;
  if (const auto ago = parse_duration(text)) return now - *ago;
  return std::unexpected(Failure{
      kExitUsage, "usage: " + std::string(flag) + ": not RFC 3339 and not a duration such as 24h"});
}

std::expected<SessionQuery, Failure> query_of(const SessionsArguments& arguments, WallTime now) {
  SessionQuery query;
  query.principal = arguments.principal;
  if (!arguments.key.empty()) {
    query.key = parse_key(arguments.key);
    if (!query.key) return std::unexpected(Failure{kExitUsage, "usage: --key: not a public key"});
  }
  if (!arguments.address.empty()) {
    query.address = parse_address(arguments.address);
    if (!query.address) {
      return std::unexpected(Failure{kExitUsage, "usage: --address: not an IP address"});
    }
  }
  const auto since = instant("--since", arguments.since, now);
  if (!since) return std::unexpected(since.error());
  const auto until = instant("--until", arguments.until, now);
  if (!until) return std::unexpected(until.error());
  query.since = *since;
  query.until = *until;
  query.limit = arguments.limit;
  return query;
}

// An auditor who asks for a time of which rows are gone has to know it: no row is no proof then.
void warn_of_gaps(System& system, const SessionQuery& query, const HistoryExtent& extent) {
  const auto& since = extent.complete_since;
  const bool asked =
      since && ((query.since && *query.since <= *since) || (query.until && *query.until <= *since));
  if (!asked) return;
  system.err << "wgaudit: the history is whole since " << to_rfc3339(*since)
             << ": what ended before was removed by its age or size\n";
}

template <typename Record>
int show(System& system, std::expected<std::vector<Record>, Error> records, const Privacy& privacy,
         HistoryForm form, const HistoryOrigin& origin) {
  if (!records) return fail(system, {kExitCannotRun, records.error().message()});
  if (privacy.hides()) {
    for (Record& record : *records) record = shown(std::move(record), privacy);
  }
  system.out << history_text(std::span<const Record>(*records), form, origin);
  return kExitFine;
}

}  // namespace

int run_sessions(System& system, const Settings& settings, HistoryPart part,
                 const SessionsArguments& arguments) {
  const auto form = parse_history_form(arguments.format);
  if (!form) {
    return fail(system, {kExitUsage, "usage: --format: not one of table, json, csv"});
  }
  const auto query = query_of(arguments, system.clock().wall);
  if (!query) return fail(system, query.error());
  const bool has_addresses = part == HistoryPart::sessions || part == HistoryPart::endpoints;
  if (query->address && !has_addresses) {
    return fail(system, {kExitUsage, "usage: --address: findings and keys have none"});
  }
  const auto reader = StoreReader::open(settings.state_directory);
  if (!reader) return fail(system, {kExitCannotRun, reader.error().message()});
  const auto extent = reader->extent();
  if (!extent) return fail(system, {kExitCannotRun, extent.error().message()});
  warn_of_gaps(system, *query, *extent);
  const HistoryOrigin origin{reader->installation(), *extent};
  switch (part) {
    case HistoryPart::sessions:
      return show(system, reader->sessions(*query), settings.privacy, *form, origin);
    case HistoryPart::endpoints:
      return show(system, reader->endpoints(*query), settings.privacy, *form, origin);
    case HistoryPart::findings:
      return show(system, reader->findings(*query), settings.privacy, *form, origin);
    case HistoryPart::keys:
      return show(system, reader->keys(*query), settings.privacy, *form, origin);
  }
  return kExitCannotRun;
}

}  // namespace wgaudit
