#include <algorithm>

#include "audit/event.hpp"
#include "tests/commands/commands_fixture.hpp"

namespace wgaudit {
namespace {

class EventsTest : public test::CommandsFixture {
 protected:
  [[nodiscard]] std::vector<std::string> segments(const std::filesystem::path& directory) const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      if (entry.is_regular_file() && entry.path().extension() == ".jsonl") {
        names.push_back(entry.path().string());
      }
    }
    return names;
  }
  static std::size_t count(const std::string& text, std::string_view what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
    return found;
  }
};

// One of each but those of the file sink's own files.
std::size_t kinds() {
  return static_cast<std::size_t>(std::ranges::count_if(
      actions(), [](const ActionInfo& info) { return !is_of_files(info.action); }));
}

TEST_F(EventsTest, OneOfEachKindIsMarkedAsATest) {
  ASSERT_EQ(run({"events", "test", "--events.stdout"}), 0);
  const std::string ecs = out_.str();
  EXPECT_EQ(count(ecs, "\n"), kinds());
  EXPECT_EQ(count(ecs, R"("tags":["test"])"), kinds());
  EXPECT_EQ(count(ecs, R"("installation":"test-)"), kinds());
  EXPECT_NE(ecs.find(R"("sequence":1,)"), std::string::npos);
  EXPECT_NE(err_.str().find("wgaudit: sink stdout: " + std::to_string(kinds())), std::string::npos)
      << err_.str();
  ASSERT_EQ(run({"events", "test", "--events.stdout", "--events.format", "ocsf"}), 0);
  EXPECT_EQ(count(out_.str(), R"("labels":["test"])"), kinds());
  ASSERT_EQ(run({"events", "test", "--events.stdout", "--privacy.identity", "none"}), 0);
  EXPECT_EQ(count(out_.str(), "alice"), 0U);
}

TEST_F(EventsTest, AFileSinkKeepsThemOutOfItsSegments) {
  const auto directory = directory_.path() / "log";
  std::filesystem::create_directory(directory);
  ASSERT_EQ(run({"events", "test", "--events.directory", directory.string()}), 0) << err_.str();
  EXPECT_EQ(out_.str(), "");
  EXPECT_TRUE(segments(directory).empty());
  const auto written = segments(directory / "test");
  ASSERT_EQ(written.size(), 1U);
  EXPECT_EQ(count(test::read_file(written[0]), "\n"), kinds() + 1);  // and a first line
}

// Where the daemon would start, too: it makes the directory.
TEST_F(EventsTest, TheDirectoryOfAFileSinkNeedNotBeThere) {
  const auto directory = directory_.path() / "log";
  ASSERT_EQ(run({"events", "test", "--events.directory", directory.string()}), 0) << err_.str();
  EXPECT_TRUE(segments(directory).empty());
  EXPECT_EQ(segments(directory / "test").size(), 1U);
  EXPECT_EQ(std::filesystem::status(directory).permissions(), std::filesystem::perms(0750));
}

TEST_F(EventsTest, OnlyTheSinkThatIsAskedFor) {
  const std::string directory = (directory_.path() / "log").string();
  ASSERT_EQ(run({"events", "test", "--events.directory", directory, "--events.stdout", "--sink",
                 "stdout"}),
            0);
  EXPECT_FALSE(std::filesystem::exists(directory));
  EXPECT_EQ(run({"events", "test", "--events.stdout", "--sink", "siem"}), 2);
  EXPECT_NE(err_.str().find("--sink: not one of stdout"), std::string::npos) << err_.str();
  EXPECT_EQ(run({"events", "test"}), 2);
  EXPECT_NE(err_.str().find("no sink is configured"), std::string::npos) << err_.str();
}

TEST_F(EventsTest, WhatCannotBeDeliveredIsSaid) {
  (void)directory_.write("file", "");
  EXPECT_EQ(run({"events", "test", "--events.directory",
                 (directory_.path() / "file" / "log").string(), "--events.stdout"}),
            4);
  EXPECT_NE(err_.str().find("wgaudit: sink file: "), std::string::npos) << err_.str();
  EXPECT_EQ(count(out_.str(), "\n"), kinds());  // the other one has them
}

TEST_F(EventsTest, SchemasAreThoseThatAreShipped) {
  const auto codec = test::source_dir() / "exporter/codec";
  EXPECT_EQ(run({"events", "schema"}), 0);
  EXPECT_EQ(out_.str(), test::read_file(codec / "event.schema.json"));
  EXPECT_EQ(run({"events", "schema", "--format", "ocsf"}), 0);
  EXPECT_EQ(out_.str(), test::read_file(codec / "event_ocsf.schema.json"));
  EXPECT_EQ(run({"events", "schema", "--format", "cef"}), 2);
}

}  // namespace
}  // namespace wgaudit
