#include "exporter/daemon/inventory_copy.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <functional>

#include "exporter/codec/inventory_json.hpp"
#include "exporter/codec/sha256.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

std::string peer_file(std::string_view name, std::size_t padding = 0) {
  return R"({"version": 1, "comment": ")" + std::string(padding, '-') +
         R"(", "peers": [{"public_key": ")" + to_string(test::key(name)) + R"(", "principal": ")" +
         std::string(name) + "\"}]}";
}

Inventory loaded(const std::string& path) {
  auto loaded = load_inventory(path);
  if (!loaded.inventory) std::abort();
  return *std::move(loaded.inventory);
}

TEST(InventoryCopy, IsReadBackAsItWas) {
  const test::TempDir dir;
  // Longer than a piece, so that it takes some of them.
  dir.write("b.json", peer_file("bob", 300'000));
  dir.write("a.json", peer_file("alice"));
  const Inventory inventory = loaded(dir.path());
  const auto copy = make_copy(inventory);
  ASSERT_TRUE(copy) << copy.error().message();
  EXPECT_EQ(copy->path, dir.path());
  ASSERT_EQ(copy->files.size(), 2U);
  EXPECT_EQ(copy->files[1].bytes, peer_file("bob", 300'000).size());
  EXPECT_LT(copy->files[1].deflated.size(), 10'000U);
  const auto back = read_copy(*copy);
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(back->path, inventory.path);
  EXPECT_EQ(back->sha256, inventory.sha256);
  EXPECT_EQ(back->files, inventory.files);
  ASSERT_EQ(back->records.size(), 2U);
  const Record* bob = back->find(test::key("bob"));
  ASSERT_NE(bob, nullptr);
  EXPECT_EQ(bob->principal, "bob");
  EXPECT_EQ(bob->source, (RecordSource{1, 0}));
}

TEST(InventoryCopy, IsOfWhatWasLoadedOrNotAtAll) {
  const test::TempDir dir;
  const std::string path = dir.write("i.json", peer_file("alice"));
  const Inventory inventory = loaded(path);
  struct Case {
    std::string why;
    std::function<void()> act;
  };
  const Case cases[] = {
      {"it changed since it was loaded", [&] { dir.write("i.json", peer_file("bob")); }},
      {"No such file or directory", [&] { std::filesystem::remove(path); }},
      {"not a regular file", [&] { mkfifo(path.c_str(), 0600); }},
  };
  for (const Case& c : cases) {
    c.act();
    const auto copy = make_copy(inventory);
    ASSERT_FALSE(copy) << c.why;
    EXPECT_EQ(copy.error(), (Error{"cannot copy the inventory", path, c.why}));
  }
}

TEST(InventoryCopy, ADamagedOneIsRefused) {
  const test::TempDir dir;
  const std::string path = dir.write("i.json", peer_file("alice"));
  const InventoryCopy good = *make_copy(loaded(path));
  dir.write("i.json", R"({"version": 1, "roles": {}})");
  const InventoryCopy other = *make_copy(loaded(path));
  struct Case {
    std::string why;
    std::function<void(InventoryCopy&)> damage;
  };
  const Case cases[] = {
      {"damaged: " + path, [](InventoryCopy& c) { c.files[0].deflated.resize(20); }},
      {"damaged: " + path, [](InventoryCopy& c) { c.files[0].deflated.clear(); }},
      {"damaged: " + path, [](InventoryCopy& c) { c.files[0].deflated += "x"; }},
      {"damaged: " + path, [](InventoryCopy& c) { c.files[0].deflated[30] ^= 0x55; }},
      {"damaged: " + path, [](InventoryCopy& c) { ++c.files[0].bytes; }},
      {"larger than 256 MiB: " + path, [](InventoryCopy& c) { c.files[0].bytes = ~0ULL; }},
      {"its digest is another one", [&](InventoryCopy& c) { c.files = other.files; }},
      {"its digest is another one", [](InventoryCopy& c) { c.files.clear(); }},
      {"its digest is another one", [](InventoryCopy& c) { c.sha256.clear(); }},
  };
  for (const Case& c : cases) {
    InventoryCopy copy = good;
    c.damage(copy);
    const auto back = read_copy(copy);
    ASSERT_FALSE(back) << c.why;
    EXPECT_EQ(back.error().message(),
              "cannot use the stored copy of the inventory: " + path + ": " + c.why);
  }
}

TEST(InventoryCopy, AnInventoryThatIsNoLongerTakenIsRefused) {
  const test::TempDir dir;
  Inventory inventory;
  inventory.path = dir.write("i.json", R"({"version": 2})");
  inventory.files = {inventory.path};
  Sha256 digest;
  digest.add(R"({"version": 2})");
  inventory.sha256 = digest.hex();
  const auto copy = make_copy(inventory);
  ASSERT_TRUE(copy);
  const auto back = read_copy(*copy);
  ASSERT_FALSE(back);
  EXPECT_TRUE(back.error().why.starts_with(inventory.path + ": /version: ")) << back.error().why;
}

}  // namespace
}  // namespace wgaudit
