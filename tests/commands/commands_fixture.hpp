// Runs commands in a world of their own.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "exporter/commands/command_line.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {

class CommandsFixture : public testing::Test {
 protected:
  int run(const std::vector<std::string>& arguments) {
    out_.str("");
    err_.str("");
    System system{out_,
                  err_,
                  [](const std::string&) -> std::optional<std::string> { return std::nullopt; },
                  "gw1",
                  [] { return Now{wall("2026-11-01T12:00:00Z"), boot({}), "boot"}; },
                  [this](const Targets&) { return observed_; },
                  [](const LoadedSettings&, const ReadSettings&) { return 0; },
                  [](Duration) { return false; }};
    return run_command_line(system, arguments);
  }

  TempDir directory_;
  std::expected<Observation, Failure> observed_ = Observation{};
  std::ostringstream out_, err_;
};

}  // namespace wgaudit::test
