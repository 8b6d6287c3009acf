#include <gtest/gtest.h>

#include "exporter/codec/posture_json.hpp"
#include "exporter/codec/sha256.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

const std::string kAlice = to_string(test::key("alice"));

std::string all(const LoadedPosture& loaded) {
  std::string text;
  for (const Problem& problem : loaded.problems) {
    text += problem.severity == Problem::Severity::error ? "error " : "warning ";
    text += problem.pointer + ": " + problem.reason + '\n';
  }
  return text;
}
std::string devices(const std::string& list) {
  return R"({"version": 1, "devices": [)" + list + "]}";
}

TEST(PostureFile, ByKeyAndByDevice) {
  const std::string text =
      devices(R"({"public_key": ")" + kAlice +
              R"(", "compliant": true, "checked_at": "2026-11-01T00:00:00Z", "comment": "c"},
         {"device": "mbp", "compliant": false, "checked_at": "2026-11-02T00:00:00Z"})");
  const auto loaded = parse_posture(text, "p");
  ASSERT_TRUE(loaded.table) << all(loaded);
  EXPECT_EQ(all(loaded), "");
  EXPECT_EQ(loaded.table->path, "p");
  EXPECT_EQ(loaded.table->sha256, sha256_hex(text));
  EXPECT_EQ(loaded.table->by_key.at(test::key("alice")),
            (Posture{true, test::wall("2026-11-01T00:00:00Z")}));
  EXPECT_EQ(loaded.table->by_device.at("mbp"),
            (Posture{false, test::wall("2026-11-02T00:00:00Z")}));
}

struct Case {
  std::string text, want;
  bool rejected = false;
};

TEST(PostureFile, ProblemsAreNamed) {
  const std::string ignored = "; the record is ignored\n";
  const std::string rest = R"("compliant": true, "checked_at": "2026-11-01T00:00:00Z")";
  for (const auto& [text, want, rejected] : std::vector<Case>{
           {"", "error : not JSON: the file is empty at line 1, column 1 (byte 1)\n", true},
           {"{}", "error : \"version\" is missing\nerror : \"devices\" is missing\n", true},
           {R"({"version": 2, "devices": []})", "error /version: this wgaudit reads version 1\n",
            true},
           {R"({"version": 1, "devices": [], "peers": []})", "error /peers: unknown field\n", true},
           {devices(R"({"device": "a", "x/y": 1, )" + rest + '}'),
            "error /devices/0/x~1y: unknown field\n", true},
           {devices(R"({"device": 7, )" + rest + '}'),
            "error /devices/0/device: wrong type: a string is expected, this is a number\n", true},
           {devices("{}, {" + rest + R"(, "device": "a"})"),
            "warning /devices/0: \"compliant\" is missing" + ignored +
                "warning /devices/0: \"checked_at\" is missing" + ignored},
           {devices('{' + rest + '}'),
            "warning /devices/0: either \"public_key\" or \"device\" is expected" + ignored},
           {devices('{' + rest + R"(, "device": "a", "public_key": ")" + kAlice + "\"}"),
            "warning /devices/0: either \"public_key\" or \"device\" is expected" + ignored},
           {devices('{' + rest + R"(, "public_key": "short"})"),
            "warning /devices/0/public_key: not a public key (base64, 44 characters)" + ignored},
           {devices(R"({"device": "", "compliant": true, "checked_at": "now"})"),
            "warning /devices/0/device: must not be empty" + ignored +
                "warning /devices/0/checked_at: not a date (RFC 3339, such as 2026-08-01T00:00:00Z "
                "or 2026-08-01)" +
                ignored},
       }) {
    const auto loaded = parse_posture(text, "p");
    EXPECT_EQ(all(loaded), want) << text;
    EXPECT_EQ(!loaded.table, rejected) << text;
  }
}

TEST(PostureFile, OfTwoEntriesTheNewerCheckCounts) {
  const auto entry = [](std::string_view compliant, std::string_view at) {
    return R"({"device": "mbp", "compliant": )" + std::string(compliant) + R"(, "checked_at": ")" +
           std::string(at) + "\"}";
  };
  const auto loaded = parse_posture(
      devices(entry("true", "2026-11-02") + ", " + entry("false", "2026-11-01")), "p");
  ASSERT_TRUE(loaded.table);
  EXPECT_EQ(all(loaded),
            "warning /devices/1: there is another entry for it: the newer check counts\n");
  EXPECT_TRUE(loaded.table->by_device.at("mbp").compliant);
}

TEST(PostureFile, IsReadFromARegularFile) {
  const test::TempDir directory;
  const std::string file = directory.write("p.json", devices(""));
  EXPECT_TRUE(load_posture(file).table);
  for (const auto& [path, why] : std::vector<std::pair<std::string, std::string>>{
           {directory.path() / "none", "cannot be read: No such file or directory"},
           {directory.path(), "cannot be read: not a regular file"}}) {
    const auto loaded = load_posture(path);
    EXPECT_FALSE(loaded.table);
    ASSERT_EQ(loaded.problems.size(), 1U);
    EXPECT_EQ(loaded.problems[0], (Problem{Problem::Severity::error, path, "", why}));
  }
}

// What check_schema.py holds against the schema.
TEST(PostureFile, TheReaderSaysOfTheExamplesWhatTheSchemaSays) {
  for (const bool good : {true, false}) {
    std::size_t count = 0;
    const auto folder = test::source_dir() / "tests/codec/postures" / (good ? "good" : "bad");
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      EXPECT_EQ(load_posture(entry.path()).problems.empty(), good) << entry.path();
      ++count;
    }
    EXPECT_GE(count, 2U);
  }
}

TEST(PostureSchema, IsPinned) {
  EXPECT_TRUE(test::matches_golden("codec/golden/posture.schema.json", posture_schema()));
}

}  // namespace
}  // namespace wgaudit
