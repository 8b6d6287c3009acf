// Whose the state directory is, and who may use it.
#include "exporter/store/directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "exporter/store/store.hpp"
#include "tests/store/world.hpp"

namespace wgaudit::test {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const std::string& path) {
  struct stat status{};
  EXPECT_EQ(lstat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777U;
}

StoreError refusal(const std::string& directory) {
  Store store(directory);
  const auto opened = store.open(std::nullopt, at({}));
  EXPECT_FALSE(opened) << directory;
  EXPECT_FALSE(store.is_open());
  return opened ? StoreError{} : opened.error();
}

TEST(StateDirectory, IsMadeForItsOwnerAlone) {
  StoreWorld world;
  const mode_t before = umask(0);
  world.open(at({}));
  EXPECT_TRUE(world.commit(events_step(world.memory, 1, at({})), at({})));
  umask(before);
  EXPECT_EQ(mode_of(world.directory), 0700U);
  EXPECT_EQ(world.files(""),
            (std::vector<std::string>{"lock", "state.db", "state.db-shm", "state.db-wal"}));
  for (const auto& name : world.files("")) EXPECT_EQ(mode_of(world.path(name)), 0600U) << name;
}

TEST(StateDirectory, TakesAccessFromOthers) {
  StoreWorld world;
  world.open(at({}));
  world.store.reset();
  chmod(world.directory.c_str(), 0755);
  chmod(world.path("state.db").c_str(), 0644);
  world.restart(at({}));
  EXPECT_EQ(mode_of(world.directory), 0700U);
  EXPECT_EQ(mode_of(world.path("state.db")), 0600U);
}

TEST(StateDirectory, MayBeReachedThroughASymlink) {
  StoreWorld world;
  fs::create_directory(world.root.path() / "behind");
  fs::create_directory_symlink(world.root.path() / "behind", world.directory);
  world.open(at({}));
  EXPECT_TRUE(fs::exists(world.root.path() / "behind" / "state.db"));
}

TEST(StateDirectory, IsUsedByOneDaemon) {
  StoreWorld world;
  world.open(at({}));
  const StoreError error = refusal(world.directory);
  EXPECT_TRUE(error.permanent);
  EXPECT_EQ(error.error.message(),
            "cannot use the state directory: " + world.directory + ": another daemon uses it");
  world.store.reset();
  world.restart(at({}));  // free again
}

TEST(StateDirectory, IsRefusedWhereItIsNoneOfOurs) {
  const TempDir root;
  const std::string file = root.write("file", "");
  std::string other = (root.path() / "other").string();
  fs::create_directory(other);
  if (geteuid() == 0) {
    ASSERT_EQ(chown(other.c_str(), 65534, 65534), 0);
  } else {
    other = "/usr";
  }
  struct Case {
    std::string directory;
    std::string why;
  };
  const Case cases[] = {{file, "Not a directory"},
                        {root.path().string() + "/no/such", "No such file or directory"},
                        {other, "it belongs to another user"}};
  for (const Case& c : cases) {
    const StoreError error = refusal(c.directory);
    EXPECT_TRUE(error.permanent);
    EXPECT_EQ(error.error, (Error{"cannot use the state directory", c.directory, c.why}));
  }
}

TEST(StateDirectory, IsRefusedWithoutPermission) {
  const TempDir root;
  const std::string locked = (root.path() / "locked").string();
  fs::create_directory(locked);
  chmod(locked.c_str(), 0);
  std::optional<AsOrdinaryUser> user{std::in_place};
  const StoreError error = refusal(locked + "/state");
  user.reset();
  chmod(locked.c_str(), 0700);
  EXPECT_TRUE(error.permanent);
  EXPECT_EQ(error.error.why, "Permission denied");
}

TEST(StateDirectory, FollowsNoSymlinkInIt) {
  const TempDir root;
  const std::string victim = root.write("victim", "precious");
  for (const std::string name : {"state.db", "lock"}) {
    const fs::path directory = root.path() / ("with-" + name);
    fs::create_directory(directory);
    fs::create_symlink(victim, directory / name);
    const StoreError error = refusal(directory.string());
    EXPECT_TRUE(error.permanent) << name;
    EXPECT_EQ(read_file(victim), "precious");
  }
}

TEST(StateDirectory, FollowsNoSymlinkOfTheLog) {
  StoreWorld world;
  world.open(at({}));
  world.store.reset();
  const std::string victim = world.root.write("victim", "precious");
  fs::remove(world.path("state.db-wal"));
  fs::create_symlink(victim, world.path("state.db-wal"));
  (void)refusal(world.directory);
  EXPECT_EQ(read_file(victim), "precious");
}

TEST(StateDirectory, IsRefusedWhereTheDatabaseIsNoFile) {
  StoreWorld world;
  fs::create_directories(world.path("state.db"));
  const StoreError error = refusal(world.directory);
  EXPECT_TRUE(error.permanent);
  EXPECT_EQ(error.error,
            (Error{"cannot use the state database", world.path("state.db"), "not a regular file"}));
}

TEST(StateDirectory, NamesWhatItMovesAsideOnce) {
  StoreWorld world;
  world.open(at({}));
  world.store.reset();
  const auto directory = StateDirectory::open(world.directory);
  ASSERT_TRUE(directory);
  const WallTime now = wall("2026-08-01T12:34:56.789Z");
  for (const std::string suffix : {"", "-2", "-3"}) {
    std::ofstream(world.path("state.db")) << "db";
    std::ofstream(world.path("state.db-wal")) << "wal";
    const std::string name = "state.db.corrupt-20260801T123456Z" + suffix;
    EXPECT_EQ(directory->set_aside("corrupt", now), world.path(name));
    EXPECT_EQ(read_file(world.path(name + "-wal")), "wal");
  }
  EXPECT_EQ(world.files("state.db.corrupt").size(), 6U);
  EXPECT_FALSE(fs::exists(world.path("state.db")));
}

}  // namespace
}  // namespace wgaudit::test
