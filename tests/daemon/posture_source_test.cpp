#include "exporter/daemon/posture_source.hpp"

#include <gtest/gtest.h>

#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

std::string file_with(std::string_view compliant) {
  return R"({"version": 1, "devices": [{"device": "mbp", "checked_at": "2026-11-01", "compliant": )" +
         std::string(compliant) + "}]}";
}

bool complies(const PostureSource& source) { return source.table()->by_device.at("mbp").compliant; }

TEST(PostureSource, NoneConfigured) {
  PostureSource source("");
  EXPECT_EQ(source.load(Cause::start), LoadOutcome::accepted);
  EXPECT_EQ(source.table(), nullptr);
}

TEST(PostureSource, ABadFileLeavesTheLastGoodOneInForce) {
  const test::TempDir directory;
  PostureSource source(directory.path() / "p.json");
  EXPECT_EQ(source.load(Cause::start), LoadOutcome::rejected);
  EXPECT_EQ(source.table(), nullptr);
  EXPECT_EQ(source.problems().size(), 1U);
  directory.write("p.json", file_with("true"));
  EXPECT_EQ(source.load(Cause::change), LoadOutcome::accepted);
  EXPECT_TRUE(source.problems().empty());
  EXPECT_TRUE(complies(source));
  const auto before = source.table();
  directory.write("p.json", file_with("7"));
  EXPECT_EQ(source.load(Cause::change), LoadOutcome::rejected);
  EXPECT_EQ(source.problems().size(), 1U);
  EXPECT_EQ(source.table(), before);
  directory.write("p.json", file_with("true"));
  EXPECT_EQ(source.load(Cause::hangup), LoadOutcome::accepted);
  EXPECT_EQ(source.table(), before);  // the same text: nothing is judged anew
  directory.write("p.json", file_with("false"));
  EXPECT_EQ(source.load(Cause::change), LoadOutcome::accepted);
  EXPECT_FALSE(complies(source));
}

TEST(PostureSource, ATornReadingDecidesNothing) {
  int torn = 0;
  PostureSource source("p.json", [&torn](const std::string& path) {
    auto loaded = parse_posture(file_with("true"), path);
    if (torn-- > 0) {
      loaded = {std::nullopt, {{Problem::Severity::error, path, "", "it changed"}}, true};
    }
    return loaded;
  });
  torn = 1;
  EXPECT_EQ(source.load(Cause::change), LoadOutcome::unsettled);
  EXPECT_TRUE(source.problems().empty());
  torn = 2;
  EXPECT_EQ(source.load(Cause::start), LoadOutcome::accepted);
  torn = 3;
  EXPECT_EQ(source.load(Cause::start), LoadOutcome::rejected);
  EXPECT_TRUE(complies(source));
}

}  // namespace
}  // namespace wgaudit
