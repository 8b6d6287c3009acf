#include "exporter/commands/system.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <sstream>

#include "collectors/child/collector_process.hpp"
#include "collectors/child/privilege.hpp"
#include "collectors/clock/clock.hpp"
#include "collectors/model/text.hpp"
#include "exporter/daemon/exit_code.hpp"
#include "exporter/daemon/serve.hpp"

namespace wgaudit {
namespace {

// A kernel, or a pipe with a dump, that gives nothing for this long will not.
constexpr Duration kObserveLimit = std::chrono::seconds{60};

std::optional<std::string> read_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

std::string read_host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

std::expected<Observation, Failure> observe_once(const Targets& targets) {
  if (const auto missing = missing_capability(targets)) {
    return std::unexpected(Failure{kExitCapability, missing->message()});
  }
  auto collector = CollectorProcess::start(targets);
  if (!collector) return std::unexpected(Failure{kExitCannotRun, collector.error().message()});
  return collector->poll(kObserveLimit);
}

}  // namespace

System real_system(std::ostringstream& out) {
  const auto wait_for_more = [&out](Duration time) {
    if (write_output(out.view())) return false;
    out.str("");
    // Of standard output nothing can be read: what ends the wait early is that its reader left.
    pollfd gone{STDOUT_FILENO, 0, 0};
    const auto limit = std::chrono::ceil<std::chrono::milliseconds>(time).count();
    return poll(&gone, 1, static_cast<int>(limit)) == 0;
  };
  return {out,         std::cerr,    read_environment, read_host_name(),
          read_clocks, observe_once, run_serve,        wait_for_more};
}

int fail(System& system, const Failure& failure) {
  system.err << "wgaudit: " << to_printable(failure.message) << '\n';
  return failure.exit_code;
}

std::optional<Failure> write_output(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EPIPE) return std::nullopt;
    if (written < 0) {
      return Failure{kExitCannotRun,
                     std::string("cannot write: standard output: ") + std::strerror(errno)};
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return std::nullopt;
}

}  // namespace wgaudit
