#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <set>
#include <thread>

#include "exporter/codec/inventory_json.hpp"
#include "exporter/codec/sha256.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

std::string peer_file(std::string_view name, std::string_view more = "") {
  return R"({"version": 1, "peers": [{"public_key": ")" + to_string(test::key(name)) +
         R"(", "principal": ")" + std::string(name) + "\"}]" + std::string(more) + "}";
}

TEST(InventoryLoad, HashIsOfTheBytesOfTheFile) {
  const test::TempDir directory;
  const std::string file = directory.write("inv.json", R"({"version": 1})");
  const auto loaded = load_inventory(file);
  ASSERT_TRUE(loaded.inventory);
  EXPECT_EQ(loaded.inventory->path, file);
  // printf '{"version": 1}' | sha256sum
  EXPECT_EQ(loaded.inventory->sha256,
            "c3aa9744214caf6eb993d6f88f3f1dda3e4e60d59f712b6463c4ce2c4b00dfa1");
}

TEST(InventoryLoad, ADirectoryIsReadInNameOrder) {
  const test::TempDir directory;
  directory.write("b.json", peer_file("bob"));
  directory.write("a.json", peer_file("alice", R"(, "roles": {"r": {}}, "policy": {})"));
  directory.write("c.txt", "not read");
  directory.write(".hidden.json", "not read");
  directory.write("..data/x.json", "not read");
  const auto loaded = load_inventory(directory.path());
  ASSERT_TRUE(loaded.inventory);
  ASSERT_EQ(loaded.inventory->records.size(), 2U);
  EXPECT_EQ(loaded.inventory->records[0].principal, "alice");
  EXPECT_EQ(loaded.inventory->records[1].source, (RecordSource{1, 0}));
  EXPECT_TRUE(loaded.inventory->files[1].ends_with("/b.json"));
}

TEST(InventoryLoad, PolicyAndRolesStandInOneFileOnly) {
  const test::TempDir directory;
  directory.write("a.json", R"({"version": 1, "policy": {}, "roles": {}})");
  directory.write("b.json", R"({"version": 1, "policy": {}, "roles": {}})");
  const auto loaded = load_inventory(directory.path());
  EXPECT_FALSE(loaded.inventory);
  ASSERT_EQ(loaded.problems.size(), 2U);
  EXPECT_TRUE(loaded.problems[0].file.ends_with("/b.json"));
  EXPECT_EQ(loaded.problems[0].pointer, "/policy");
  EXPECT_EQ(loaded.problems[1].pointer, "/roles");
}

// Whatever it takes the whole directory to see.
TEST(InventoryLoad, EachProblemOfADirectoryHasItsFile) {
  const test::TempDir directory;
  const std::string alice = to_string(test::key("alice")), bob = to_string(test::key("bob"));
  const auto peers = [](const std::string& list) {
    return R"({"version": 1, "peers": [)" + list + "]";
  };
  directory.write("a.json", peers(R"({"public_key": ")" + alice + R"(", "principal": "alice",
      "device": "mbp"})") + R"(, "gateways": [{"name": "gw1"}]})");
  directory.write("b.json", R"({"version": 1, "gateways": [{}, {"name": "gw1"}],
      "policy": {"session_timeout": "1m"}})");
  directory.write("c.json", R"({"version": 1, "roles": {"r": {"always_on": ["gw9"]}}})");
  directory.write("d.json", peers(R"({"public_key": ")" + bob + R"(", "principal": "alice",
      "device": "mbp", "at": ["gw8/wg0"], "session_timeout": "1m", "role": "none"},
      {"public_key": ")" + alice + R"(", "principal": "eve"})") +
                                '}');
  const auto loaded = load_inventory(directory.path());
  EXPECT_FALSE(loaded.inventory);
  std::set<std::string> places;
  for (const Problem& problem : loaded.problems) {
    places.insert(problem.file.substr(directory.path().string().size() + 1) + problem.pointer);
  }
  EXPECT_EQ(places, (std::set<std::string>{
                        "b.json/gateways/0", "b.json/gateways/1/name",
                        "b.json/policy/session_timeout", "c.json/roles/r/always_on/0",
                        "d.json/peers/0/at/0", "d.json/peers/0/device", "d.json/peers/0/role",
                        "d.json/peers/0/session_timeout", "d.json/peers/1/public_key"}));
}

TEST(InventoryLoad, OneKeyInTwoFiles) {
  const test::TempDir directory;
  directory.write("a.json", peer_file("alice"));
  directory.write("b.json", peer_file("alice"));
  const auto same = load_inventory(directory.path());
  ASSERT_TRUE(same.inventory);
  EXPECT_EQ(same.inventory->records.size(), 1U);
  ASSERT_EQ(same.problems.size(), 1U);
  EXPECT_NE(same.problems[0].reason.find("a.json: /peers/0"), std::string::npos);
}

TEST(InventoryLoad, WhatCannotBeReadIsSaid) {
  const test::TempDir directory;
  const std::string fifo = directory.path() / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  directory.write("empty/readme.txt", "");
  const std::string base = directory.path();
  struct Case {
    std::string path, reason;
  };
  for (const auto& [path, reason] : {
           Case{base + "/none.json", "cannot be read: No such file or directory"},
           Case{fifo, "cannot be read: not a regular file"},
           Case{base + "/empty", "cannot be read: no *.json in this directory"},
       }) {
    const auto loaded = load_inventory(path);
    EXPECT_FALSE(loaded.inventory);
    ASSERT_EQ(loaded.problems.size(), 1U) << path;
    EXPECT_EQ(loaded.problems[0].file, path);
    EXPECT_EQ(loaded.problems[0].reason, reason);
  }
}

TEST(InventoryLoad, ARejectedTextIsKnownByItsDigest) {
  const test::TempDir directory;
  const std::string base = directory.path();
  directory.write("bad/a.json", "{");
  directory.write("bad/b.json", std::string(200'000, '{'));
  Sha256 digest;
  digest.add("{" + std::string(200'000, '{'));
  const auto loaded = load_inventory(base + "/bad");
  EXPECT_FALSE(loaded.inventory);
  EXPECT_EQ(loaded.sha256, digest.hex());
  directory.write("bad/c.json/x", "");  // a directory: not all of it can be read
  EXPECT_EQ(load_inventory(base + "/bad").sha256, "");
  EXPECT_EQ(load_inventory(base + "/none").sha256, "");
}

TEST(InventoryLoad, AFileThatIsWrittenMeanwhileIsNotBelieved) {
  const test::TempDir directory;
  const std::string file = directory.write(
      "inv.json", R"({"version": 1, "peers": [{"principal": "alice", "public_key": ")" +
                      to_string(test::key("alice")) + R"(", "status": "revoked"}]})");
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (std::int64_t i = 0; !stop; ++i) {
      const timespec times[] = {{0, UTIME_OMIT}, {i / 1000, i % 1000}};
      utimensat(AT_FDCWD, file.c_str(), times, 0);
    }
  });
  LoadedInventory loaded;
  for (int tries = 0; tries < 100'000 && !loaded.changed_while_read; ++tries) {
    loaded = load_inventory(file);
  }
  stop = true;
  writer.join();
  EXPECT_TRUE(loaded.changed_while_read);
  EXPECT_FALSE(loaded.inventory);
  EXPECT_TRUE(loaded.revocations.empty());
  ASSERT_FALSE(loaded.problems.empty());
  EXPECT_EQ(loaded.problems.back().reason, "cannot be read: it changed while it was read");
  EXPECT_FALSE(load_inventory(file).changed_while_read);
}

TEST(InventoryInit, WhatItWritesIsReadBackAsIt) {
  const auto blue =
      test::device("wg0", {{.name = "alice", .allowed_ips = {"10.0.0.2/32"}}}, {}, "blue");
  const auto own = test::device(
      "w\"g\\", {{.name = "alice", .allowed_ips = {"10.0.0.2/32", "fd00::/64"}}, {.name = "bob"}});
  const std::string text = inventory_from_devices(std::vector{own, blue}, "gw1");
  EXPECT_TRUE(test::matches_golden("codec/golden/init.json", text));
  const auto loaded = parse_inventory(text, "init");
  ASSERT_TRUE(loaded.inventory);
  EXPECT_TRUE(loaded.problems.empty());
  const Record* alice = loaded.inventory->find(test::key("alice"));
  ASSERT_NE(alice, nullptr);
  EXPECT_EQ(alice->principal, "unnamed-" + short_form(test::key("alice")));
  EXPECT_EQ(alice->status, Status::unreviewed);
  EXPECT_EQ(alice->at, (std::vector<Place>{{"gw1", "", "w\"g\\"}, {"gw1", "blue", "wg0"}}));
  EXPECT_EQ(alice->allowed_ips,
            (std::vector<Cidr>{test::cidr("10.0.0.2/32"), test::cidr("fd00::/64")}));
  EXPECT_EQ(loaded.inventory->gateway("gw1")->interfaces.at(0).public_key, own.public_key);
}

TEST(InventorySchema, IsPinned) {
  EXPECT_TRUE(test::matches_golden("codec/golden/inventory.schema.json", inventory_schema()));
}

}  // namespace
}  // namespace wgaudit
