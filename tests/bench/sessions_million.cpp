// A history of a million sessions, and how long the commands of the release binary take on it, from
// start to end.
//
// usage: bench_sessions_million WGAUDIT [DIRECTORY]. Prints the plan of each query, its time (the
// best and the worst of five) and how to repeat it, what a session takes on the disk, what commits
// cost beside it and what `forget` does. Exits 1 over 0.2 s for a query, or 0.5 s for a commit.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "exporter/store/history_select.hpp"
#include "exporter/store/store.hpp"

namespace {

using namespace wgaudit;
using std::chrono::seconds;

constexpr std::uint64_t kSessions = 1'000'000;
constexpr std::uint64_t kPeers = 10'000;
constexpr std::uint64_t kSecondsBetween = 7;  // 1,000,000 sessions are 81 days
constexpr std::uint64_t kRunning = 600;
constexpr double kQueryLimit = 0.2, kCommitLimit = 0.5;
// The newest session is of now: durations of the command line are counted from there.
const WallTime kNow = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());

std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31U);
}
Key numbered_key(std::uint64_t peer) {
  Key key;
  std::uint64_t state = peer + 1;
  for (auto& byte : key.bytes) byte = static_cast<std::uint8_t>(state = mix(state + 1));
  return key;
}
std::string principal(std::uint64_t peer) { return "user" + std::to_string(peer) + "@example.org"; }
// A tenth of the sessions come from one address, as behind a carrier's NAT.
std::string address(std::uint64_t number) {
  const std::uint64_t random = mix(number);
  if (random % 10 == 0) return "203.0.113.7";
  return std::to_string(1 + random / 10 % 200) + '.' + std::to_string(random / 2000 % 256) + '.' +
         std::to_string(random / 512'000 % 256) + ".9";
}

Now now_at(std::uint64_t second) {
  return {kNow + seconds(second), BootTime{seconds(second)}, "boot"};
}

SessionRecord session_of(std::uint64_t number) {
  const std::uint64_t peer = mix(number * 3) % kPeers;
  SessionRecord session;
  session.number = number;
  session.device = {"", "wg0"};
  session.public_key = numbered_key(peer);
  session.principal = principal(peer);
  session.started = kNow - seconds((kSessions - number) * kSecondsBetween);
  session.endpoint = *parse_endpoint(address(number) + ":51820");
  return session;
}
SessionRecord ended_of(std::uint64_t number) {
  SessionRecord session = session_of(number);
  session.ended = session.started + seconds(kRunning * kSecondsBetween);
  session.end_reason = "timeout";
  session.received_bytes = session.sent_bytes = mix(number) % 1'000'000'000;
  return session;
}
void begin_session(Delta& delta, SessionRecord session) {
  delta.endpoints.push_back(
      {session.number, session.endpoint.address, session.started, std::nullopt});
  delta.sessions.push_back(std::move(session));
}
void end_session(Delta& delta, SessionRecord session) {
  delta.endpoints.push_back(
      {session.number, session.endpoint.address, session.started, session.ended});
  delta.sessions.push_back(std::move(session));
}

double time_of(const std::function<bool()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  const bool done = work();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (!done) {
    std::printf("it failed\n");
    std::exit(2);
  }
  return took.count();
}

// As they come: each begins, and ends when 600 later ones have begun.
void fill(Store& store) {
  constexpr std::uint64_t kAtOnce = 5'000;
  for (std::uint64_t first = 1; first <= kSessions; first += kAtOnce) {
    Step step;
    for (std::uint64_t number = first; number < first + kAtOnce; ++number) {
      begin_session(step.delta, session_of(number));
      if (number > kRunning) end_session(step.delta, ended_of(number - kRunning));
    }
    if (!store.commit(step, now_at(0))) {
      std::printf("%s\n", store.status().why.c_str());
      std::exit(2);
    }
  }
}

double bench_commits(Store& store) {
  std::vector<double> small;
  std::uint64_t number = kSessions;
  for (int i = 0; i < 20; ++i) {
    Step step;
    for (int j = 0; j < 10; ++j) {
      SessionRecord session = session_of(++number);
      session.started = kNow;
      begin_session(step.delta, std::move(session));
      end_session(step.delta, ended_of(number - kRunning));
    }
    small.push_back(time_of([&] { return store.commit(step, now_at(1)); }));
  }
  std::ranges::sort(small);
  std::printf("commit, 10 sessions begin and 10 end:        median %.3f s, worst %.3f s\n",
              small[small.size() / 2], small.back());
  Step step;
  for (std::uint64_t i = 0; i < kPeers; ++i) begin_session(step.delta, session_of(++number));
  const double large = time_of([&] { return store.commit(step, now_at(2)); });
  std::printf("commit, every one of %llu peers begins one: %.3f s\n",
              static_cast<unsigned long long>(kPeers), large);
  return small.back();
}

struct Query {
  const char* name;
  std::vector<std::string> arguments;
  HistorySelect select;
};

std::string plan_of(Database& database, const HistorySelect& select) {
  Statement statement(database, "EXPLAIN QUERY PLAN " + select.sql);
  statement.start(select.values);
  std::string text;
  while (auto row = statement.next()) {
    for (int i = 0; i < 3; ++i) row->integer();
    text += "    " + row->text() + '\n';
  }
  return text;
}

// From fork to exit; what it prints goes to a file whose lines are counted.
double run(const std::string& program, const std::vector<std::string>& arguments,
           const std::string& output) {
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  return time_of([&] {
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
      if (std::freopen(output.c_str(), "w", stdout) == nullptr) _exit(2);
      execv(program.c_str(), argv.data());
      _exit(2);
    }
    int status = 0;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  });
}

std::size_t lines_of(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "r");
  std::size_t lines = 0;
  for (int c = std::getc(file); c != EOF; c = std::getc(file)) lines += c == '\n';
  std::fclose(file);
  return lines;
}

double bench_queries(const std::string& program, const std::string& directory) {
  const std::string state = directory + "/state", output = directory + "/output";
  auto database = Database::open(state + "/state.db", Database::Mode::read_only);
  if (!database) std::exit(2);
  const std::string who = principal(77);
  const Key key = numbered_key(77);
  const WallTime month_ago = kNow - std::chrono::days(30);
  const SessionQuery by_who{.principal = who}, by_key{.key = key},
      by_address{.address = parse_address(address(4))},
      by_nat{.address = parse_address("203.0.113.7"), .limit = 100},
      last_day{.since = kNow - std::chrono::days(1)},
      old_day{.since = month_ago - std::chrono::days(1), .until = month_ago},
      first_day{.until = kNow - std::chrono::days(80)}, in_time{.until = month_ago, .limit = 100},
      newest{.limit = 1000}, who_and_day{.principal = who, .since = month_ago};
  const Query queries[] = {
      {"by principal", {"--principal", who}, select_sessions(by_who)},
      {"by key", {"--key", to_string(key)}, select_sessions(by_key)},
      {"by address", {"--address", address(4)}, select_sessions(by_address)},
      {"by an address of 100,000, the newest 100",
       {"--address", "203.0.113.7", "--limit", "100"},
       select_sessions(by_nat)},
      {"the last day", {"--since", "24h"}, select_sessions(last_day)},
      {"a day a month ago", {"--since", "31d", "--until", "30d"}, select_sessions(old_day)},
      {"the first day", {"--until", "80d"}, select_sessions(first_day)},
      {"the 100 before a month ago",
       {"--until", "30d", "--limit", "100"},
       select_sessions(in_time)},
      {"the newest 1,000", {"--limit", "1000"}, select_sessions(newest)},
      {"by principal and time",
       {"--principal", who, "--since", "30d"},
       select_sessions(who_and_day)},
      {"endpoints by principal", {"endpoints", "--principal", who}, select_endpoints(by_who)},
      {"endpoints by address",
       {"endpoints", "--address", address(4)},
       select_endpoints(by_address)},
      {"endpoints of a day a month ago",
       {"endpoints", "--since", "31d", "--until", "30d"},
       select_endpoints(old_day)},
  };
  double slowest = 0;
  for (const Query& query : queries) {
    std::vector<std::string> arguments{"sessions"};
    arguments.insert(arguments.end(), query.arguments.begin(), query.arguments.end());
    arguments.insert(arguments.end(), {"--state.directory", state});
    std::vector<double> times;
    for (int i = 0; i < 5; ++i) times.push_back(run(program, arguments, output));
    std::ranges::sort(times);
    std::string shown;
    for (const std::string& argument : query.arguments) shown += ' ' + argument;
    std::printf("%s: %.3f to %.3f s, %zu rows: wgaudit sessions%s\n%s", query.name, times.front(),
                times.back(), lines_of(output) - 1, shown.c_str(),
                plan_of(**database, query.select).c_str());
    slowest = std::max(slowest, times.front());
  }
  return slowest;
}

void bench_forget(const std::string& program, const std::string& directory) {
  const std::string state = directory + "/state", output = directory + "/output";
  const std::vector<std::string> arguments{
      "sessions", "forget", "--principal", principal(77), "--state.directory", state};
  std::vector<std::string> dry = arguments;
  dry.emplace_back("--dry-run");
  std::printf("forget --dry-run: %.3f s\n", run(program, dry, output));
  std::printf("forget, the file written anew: %.3f s\n", run(program, arguments, output));
}

void bench_retention(Store& store) {
  StoreStatus status;
  for (int i = 0; i < 3; ++i) {
    const double took = time_of([&] { return store.remove_history(now_at(3)); });
    status = store.status();
    std::printf("a turn of retention, too large: %.3f s, %llu rows removed by now\n", took,
                static_cast<unsigned long long>(status.history_removed_early));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::printf("usage: bench_sessions_million WGAUDIT [DIRECTORY]\n"), 2;
  std::string directory =
      (argc > 2 ? std::string(argv[2]) : std::filesystem::temp_directory_path().string()) +
      "/wgaudit-bench-XXXXXX";
  if (mkdtemp(directory.data()) == nullptr) return 2;
  StoreLimits limits;
  auto store = std::make_unique<Store>(directory + "/state", limits);
  if (!store->open(std::nullopt, now_at(0))) return 2;
  std::printf("filled in %.1f s\n", time_of([&] { return fill(*store), true; }));
  const auto size = static_cast<double>(store->status().size_bytes);
  std::printf("%llu sessions: %.0f MB, %.0f bytes each\n",
              static_cast<unsigned long long>(kSessions), size / 1e6,
              size / static_cast<double>(kSessions));
  const double query = bench_queries(argv[1], directory);
  const double commit = bench_commits(*store);
  limits.history_bytes = std::uint64_t{64} << 20U;
  store.reset();
  bench_forget(argv[1], directory);
  store = std::make_unique<Store>(directory + "/state", limits);
  std::printf("opened in %.2f s\n",
              time_of([&] { return store->open(std::nullopt, now_at(3)).has_value(); }));
  bench_retention(*store);
  store.reset();
  std::filesystem::remove_all(directory);
  std::printf(
      "the slowest query: %.3f s (at most %.1f s); the slowest small commit: %.3f s (%.1f)\n",
      query, kQueryLimit, commit, kCommitLimit);
  return query <= kQueryLimit && commit <= kCommitLimit ? 0 : 1;
}
