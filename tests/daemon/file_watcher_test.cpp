#include "exporter/daemon/file_watcher.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <optional>

#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::boot;

bool readable(const FileWatcher& watcher) {
  pollfd ready{watcher.fd(), POLLIN, 0};
  return poll(&ready, 1, 0) == 1;
}

// Whether the watcher is told of it, and asks for one load a second later.
testing::AssertionResult told(FileWatcher& watcher, BootTime now) {
  if (!readable(watcher)) return testing::AssertionFailure() << "no event";
  watcher.drain(now);
  if (watcher.due(now)) return testing::AssertionFailure() << "due at once";
  if (watcher.due_in(now) != 1s) return testing::AssertionFailure() << "not due in a second";
  if (watcher.due(now + 999ms)) return testing::AssertionFailure() << "due too early";
  if (!watcher.due(now + 1s)) return testing::AssertionFailure() << "not due";
  watcher.begin_load();
  if (watcher.due(now + 2s)) return testing::AssertionFailure() << "due again";
  return testing::AssertionSuccess();
}

using Act = std::function<void(const test::TempDir&)>;
struct Case {
  std::string what;
  std::string path;  // of the inventory, in the directory
  Act prepare;
  std::vector<Act> acts;  // each is a change
};

Act write(std::string name, std::string text) {
  return [=](const test::TempDir& dir) { dir.write(name, text); };
}
Act rename(std::string from, std::string to) {
  return [=](const test::TempDir& dir) { fs::rename(dir.path() / from, dir.path() / to); };
}
Act remove(std::string name) {
  return [=](const test::TempDir& dir) { fs::remove_all(dir.path() / name); };
}
Act link(std::string target, std::string name) {
  return [=](const test::TempDir& dir) { fs::create_symlink(target, dir.path() / name); };
}
Act all(std::vector<Act> acts) {
  return [=](const test::TempDir& dir) {
    for (const Act& act : acts) act(dir);
  };
}
// As kubelet does it (AtomicWriter): a new directory, a new link, renamed over the old one.
Act swap_config_map(std::string version, std::string old_version, std::string text) {
  return all({write(version + "/inventory.json", std::move(text)), link(version, "..data_tmp"),
              rename("..data_tmp", "..data"), remove(old_version)});
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all_cases{
      {"written in place",
       "i.json",
       write("i.json", "1"),
       {write("i.json", "22"), write("i.json", "333")}},
      {"truncated, never closed", "i.json", write("i.json", "4444"), {[](const test::TempDir& dir) {
         fs::resize_file(dir.path() / "i.json", 1);
       }}},
      {"renamed over",
       "i.json",
       write("i.json", "1"),
       {all({write("new", "22"), rename("new", "i.json")}),
        all({write("new", "33"), rename("new", "i.json")})}},
      {"deleted, then created",
       "i.json",
       write("i.json", "1"),
       {remove("i.json"), write("i.json", "22"), write("i.json", "333")}},
      {"made unreadable", "i.json", write("i.json", "1"), {[](const test::TempDir& dir) {
         fs::permissions(dir.path() / "i.json", fs::perms::none);
       }}},
      {"written through another name",
       "i.json",
       all({write("elsewhere/i.json", "1"),
            [](const test::TempDir& dir) {
              fs::create_hard_link(dir.path() / "elsewhere/i.json", dir.path() / "i.json");
            }}),
       {write("elsewhere/i.json", "22")}},
      {"a ConfigMap's file",
       "inventory.json",
       all({write("..1/inventory.json", "1"), link("..1", "..data"),
            link("..data/inventory.json", "inventory.json")}),
       {swap_config_map("..2", "..1", "22"), swap_config_map("..3", "..2", "33")}},
      {"a ConfigMap's directory",
       "",
       all({write("..1/inventory.json", "1"), link("..1", "..data"),
            link("..data/inventory.json", "inventory.json")}),
       {swap_config_map("..2", "..1", "22"), swap_config_map("..3", "..2", "33")}},
      {"a link that is changed",
       "etc/i.json",
       all({write("a/i.json", "1"), write("b/i.json", "1"), write("etc/other", ""),
            link("../a/i.json", "etc/i.json")}),
       {write("a/i.json", "22"), all({remove("etc/i.json"), link("../b/i.json", "etc/i.json")}),
        write("b/i.json", "333")}},
      {"a directory that is a link",
       "current/i.json",
       all({write("a/i.json", "1"), write("b/i.json", "1"), link("a", "current")}),
       {all({link("b", "next"), rename("next", "current")}), write("b/i.json", "333")}},
      {"a link to nowhere, until it is there",
       "i.json",
       link("later/on/i.json", "i.json"),
       {write("later/on/i.json", "1")}},
      {"a directory that does not exist yet",
       "not/yet/i.json",
       write("other", ""),
       {write("not/yet/i.json", "1"), remove("not"), write("not/yet/i.json", "22")}},
      {"a directory that is moved away",
       "etc/i.json",
       write("etc/i.json", "1"),
       {rename("etc", "old"), rename("old", "etc"), write("etc/i.json", "22")}},
      {"a directory above it is moved away",
       "a/b/i.json",
       write("a/b/i.json", "1"),
       {rename("a", "old"), write("a/b/i.json", "22")}},
      {"a directory of files",
       "d",
       write("d/a.json", "1"),
       {write("d/b.json", "1"), write("d/a.json", "22"), remove("d/b.json"),
        rename("d/a.json", "d/c.json"), remove("d/c.json"), write("d/a.json", "1")}},
      {"a directory of links",
       "d",
       all({write("x/a.json", "1"), write("d/z", ""), link("../x/a.json", "d/a.json")}),
       {write("x/a.json", "22")}},
  };
  return all_cases;
}

TEST(FileWatcher, IsToldOfEveryChange) {
  for (const Case& c : cases()) {
    const test::TempDir dir;
    c.prepare(dir);
    FileWatcher watcher(dir.path() / c.path, boot(0s));
    EXPECT_EQ(watcher.degraded(), "") << c.what;
    BootTime now = boot(0s);
    int number = 0;
    for (const Act& act : c.acts) {
      ++number;
      // The path goes through a directory where other tests make files, too.
      while (readable(watcher)) watcher.drain(now);
      act(dir);
      EXPECT_TRUE(told(watcher, now)) << c.what << ", change " << number;
      now += 3s;
    }
  }
}

TEST(FileWatcher, OtherFilesCauseNothing) {
  const test::TempDir dir;
  dir.write("d/a.json", "1");
  FileWatcher file(dir.path() / "d/a.json", boot(0s)), directory(dir.path() / "d", boot(0s));
  dir.write("d/a.json.swp", "1");
  dir.write("d/.a.json", "1");
  dir.write("d/more/b.json", "1");
  fs::remove(dir.path() / "d/a.json.swp");
  for (FileWatcher* watcher : {&file, &directory}) {
    EXPECT_TRUE(readable(*watcher));
    watcher->drain(boot(0s));
    EXPECT_EQ(watcher->due_in(boot(0s)), 30s);
    EXPECT_FALSE(watcher->due(boot(1s)));
  }
}

TEST(FileWatcher, WhatThePathNoLongerGoesThroughIsLeftAlone) {
  const test::TempDir dir;
  // Relative: an absolute path goes through /tmp, where others come and go while this runs.
  const fs::path before = fs::current_path();
  fs::current_path(dir.path());
  dir.write("a/i.json", "1");
  dir.write("b/i.json", "1");
  fs::create_symlink("a/i.json", dir.path() / "i.json");
  FileWatcher watcher("i.json", boot(0s));
  fs::remove(dir.path() / "i.json");
  fs::create_symlink("b/i.json", dir.path() / "i.json");
  watcher.drain(boot(0s));
  watcher.drain(boot(0s));  // that the kernel dropped the watch is an event too
  dir.write("a/i.json", "22");
  EXPECT_FALSE(readable(watcher));
  dir.write("b/i.json", "22");
  EXPECT_TRUE(readable(watcher));
  fs::current_path(before);
}

TEST(FileWatcher, AWriterThatGoesOnPutsItOff) {
  const test::TempDir dir;
  const std::string path = dir.write("i.json", "1");
  FileWatcher watcher(path, boot(0s));
  dir.write("i.json", "22");
  watcher.drain(boot(0s));
  dir.write("i.json", "333");
  EXPECT_FALSE(watcher.due(boot(1s)));  // it looks, whether or not it was told
  EXPECT_EQ(watcher.due_in(boot(1s)), 1s);
  EXPECT_TRUE(watcher.due(boot(2s)));
}

TEST(FileWatcher, ALoadForAnotherReasonTakesTheChangeToo) {
  const test::TempDir dir;
  const std::string path = dir.write("i.json", "1");
  FileWatcher watcher(path, boot(0s));
  dir.write("i.json", "22");
  watcher.drain(boot(0s));
  watcher.begin_load();
  EXPECT_FALSE(watcher.due(boot(1s)));
  // Written while it is read: once more.
  watcher.begin_load();
  dir.write("i.json", "333");
  watcher.drain(boot(2s));
  EXPECT_TRUE(watcher.due(boot(3s)));
}

TEST(FileWatcher, AReadingThatIsNotToBeTrustedIsMadeAgain) {
  const test::TempDir dir;
  const std::string path = dir.write("i.json", "1");
  FileWatcher watcher(path, boot(0s));
  watcher.begin_load();
  watcher.look_again(boot(5s));
  EXPECT_FALSE(watcher.due(boot(5s)));
  EXPECT_TRUE(watcher.due(boot(6s)));
}

TEST(FileWatcher, IsMovedWithWhatItWasTold) {
  const test::TempDir dir;
  FileWatcher first(dir.write("i.json", "1"), boot(0s));
  dir.write("i.json", "22");
  FileWatcher second(std::move(first));
  EXPECT_TRUE(told(second, boot(0s)));
}

TEST(FileWatcher, WithoutAnInventoryNothingIsDue) {
  FileWatcher watcher("", boot(0s));
  EXPECT_EQ(watcher.fd(), -1);
  EXPECT_EQ(watcher.degraded(), "");
  EXPECT_FALSE(watcher.due(boot(60s)));
}

// Lets the process open nothing more while it lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit none = before_;
    none.rlim_cur = 0;
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

TEST(FileWatcher, WithoutInotifyItLooksEvery30Seconds) {
  const test::TempDir dir;
  const std::string path = dir.write("i.json", "1");
  std::optional<NoDescriptors> none(std::in_place);
  FileWatcher watcher(path, boot(0s));
  EXPECT_EQ(watcher.fd(), -1);
  EXPECT_EQ(watcher.degraded(), "cannot watch: " + path + ": Too many open files");
  none.reset();
  dir.write("i.json", "22");
  none.emplace();
  EXPECT_EQ(watcher.due_in(boot(0s)), 30s);
  EXPECT_FALSE(watcher.due(boot(30s)));
  EXPECT_TRUE(watcher.due(boot(31s)));
  watcher.begin_load();
  EXPECT_NE(watcher.degraded(), "");
  // It is watched as soon as it can be.
  none.reset();
  EXPECT_FALSE(watcher.due(boot(61s)));
  EXPECT_EQ(watcher.degraded(), "");
  dir.write("i.json", "333");
  EXPECT_TRUE(told(watcher, boot(61s)));
}

TEST(FileWatcher, TheLookEvery30SecondsNeedsNoEvent) {
  const test::TempDir dir;
  const std::string path = dir.write("i.json", "1");
  FileWatcher watcher(path, boot(0s));
  dir.write("i.json", "22");
  EXPECT_FALSE(watcher.due(boot(29s)));
  EXPECT_EQ(watcher.due_in(boot(29s)), 1s);
  EXPECT_FALSE(watcher.due(boot(30s)));
  EXPECT_EQ(watcher.due_in(boot(30s)), 1s);
  EXPECT_TRUE(watcher.due(boot(31s)));
}

}  // namespace
}  // namespace wgaudit
