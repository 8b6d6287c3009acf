#include <nlohmann/json.hpp>

#include "exporter/daemon/sink_factory.hpp"
#include "tests/commands/commands_fixture.hpp"
#include "tests/store/world.hpp"

namespace wgaudit::test {
namespace {

class EventsDead : public CommandsFixture {
 protected:
  void set_aside() {
    world_.restart(at({}));
    ASSERT_TRUE(world_.commit(events_step(world_.memory, 3, at({})), at({})));
    ASSERT_TRUE(world_.store->set_aside("siem", 2, {{1, "status 400"}, {2, "too large"}},
                                        at(std::chrono::seconds{1}).wall));
  }
  StoreWorld world_;
};

TEST_F(EventsDead, AreShownWithSinkReasonAndWhatTheSiemDoesNotHave) {
  set_aside();
  EXPECT_EQ(run({"events", "dead", "--state.directory", world_.directory}), 0) << err_.str();
  std::istringstream lines(out_.str());
  std::string line;
  std::vector<std::string> reasons;
  while (std::getline(lines, line)) {
    const auto dead = nlohmann::json::parse(line);
    EXPECT_EQ(dead["sink"], "siem");
    EXPECT_EQ(dead["set_aside_at"], "2026-08-01T00:00:01.000Z");
    EXPECT_EQ(dead["event"]["event"]["sequence"], reasons.size() + 1);
    reasons.push_back(dead["reason"]);
  }
  EXPECT_EQ(reasons, (std::vector<std::string>{"status 400", "too large"}));
  EXPECT_EQ(run({"events", "dead", "--sink", "x", "--state.directory", world_.directory}), 0);
  EXPECT_EQ(out_.str(), "");
}

// As the sink sent it, and as every other line of this host.
TEST_F(EventsDead, AreInTheFormatOfTheirSink) {
  set_aside();
  const std::string id = origin_of(Settings{}).host_id;
  ASSERT_EQ(run({"events", "dead", "--state.directory", world_.directory}), 0) << err_.str();
  const auto ecs = nlohmann::json::parse(out_.str().substr(0, out_.str().find('\n')));
  EXPECT_EQ(ecs["event"]["host"].value("id", ""), id);
  const std::string config = directory_.write(
      "c.yml", "sinks: [{name: siem, type: http, url: 'https://a', body: ndjson, format: ocsf}]\n");
  ASSERT_EQ(run({"events", "dead", "--config.file", config, "--state.directory", world_.directory}),
            0)
      << err_.str();
  const auto ocsf = nlohmann::json::parse(out_.str().substr(0, out_.str().find('\n')));
  EXPECT_EQ(ocsf["event"]["metadata"]["sequence"], 1);
  EXPECT_EQ(ocsf["event"]["device"].value("uid", ""), id);
  ASSERT_EQ(run({"events", "tail", "--state.directory", world_.directory}), 0) << err_.str();
  const auto tail = nlohmann::json::parse(out_.str().substr(0, out_.str().find('\n')));
  EXPECT_EQ(tail["host"].value("id", ""), id);
}

TEST_F(EventsDead, WithoutADatabaseThereIsAReason) {
  EXPECT_EQ(run({"events", "dead", "--state.directory", directory_.path().string()}), 4);
  EXPECT_NE(err_.str().find("cannot read the state database"), std::string::npos) << err_.str();
}

}  // namespace
}  // namespace wgaudit::test
