#include "exporter/codec/sessions.hpp"

#include <algorithm>
#include <ostream>

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

}  // namespace

int run_sessions(System& system, const Settings& settings, const SessionsArguments& arguments) {
  if (arguments.format != "table" && arguments.format != "json") {
    return fail(system, {kExitUsage, "usage: --format: not one of table, json"});
  }
  const auto query = query_of(arguments, system.clock().wall);
  if (!query) return fail(system, query.error());
  const auto reader = StoreReader::open(settings.state_directory);
  if (!reader) return fail(system, {kExitCannotRun, reader.error().message()});
  const auto sessions = reader->sessions(*query);
  if (!sessions) return fail(system, {kExitCannotRun, sessions.error().message()});
  system.out << (arguments.format == "json" ? sessions_json(*sessions, reader->installation())
                                            : sessions_table(*sessions));
  return kExitFine;
}

}  // namespace wgaudit
