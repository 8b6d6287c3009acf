#include "exporter/signing/key_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/files.hpp"

namespace wgaudit::test {
namespace {

namespace fs = std::filesystem;

unsigned mode_of(const std::string& path) {
  struct stat status{};
  stat(path.c_str(), &status);
  return status.st_mode & 07777U;
}

class KeyFileTest : public testing::Test {
 protected:
  [[nodiscard]] std::string path(const char* name) const {
    return (temporary_.path() / name).string();
  }
  static std::string why(const std::string& file) {
    const auto key = load_signing_key(file);
    return key ? "" : key.error().message();
  }
  TempDir temporary_;
  SigningKey key_ = SigningKey::generate();
};

TEST_F(KeyFileTest, BothFilesAreWrittenAndReadWhateverTheUmask) {
  for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
    const mode_t before = umask(mask);
    const auto files = write_key_files(temporary_.path().string(), key_);
    umask(before);
    ASSERT_TRUE(files) << files.error().message();
    EXPECT_EQ(files->signing, path("events-signing.key"));
    EXPECT_EQ(files->verifying, path("events-signing.pub"));
    EXPECT_EQ(mode_of(files->signing), 0600U);
    EXPECT_EQ(mode_of(files->verifying), 0644U);
    EXPECT_EQ(load_signing_key(files->signing)->verifying().id(), key_.verifying().id());
    EXPECT_EQ(load_verifying_keys(files->verifying)->front().id(), key_.verifying().id());
    fs::remove(files->signing);
    fs::remove(files->verifying);
  }
}

TEST_F(KeyFileTest, NothingThatIsThereIsOverwritten) {
  for (const char* name : {kSigningKeyName, kVerifyingKeyName}) {
    const std::string there = temporary_.write(name, "precious");
    const auto files = write_key_files(temporary_.path().string(), key_);
    ASSERT_FALSE(files);
    EXPECT_EQ(files.error().message(), "cannot write key: " + there + ": File exists");
    EXPECT_EQ(read_file(there), "precious");
    fs::remove(there);
    EXPECT_TRUE(fs::is_empty(temporary_.path())) << "half a pair";
  }
  fs::create_symlink("elsewhere", path(kSigningKeyName));
  EXPECT_FALSE(write_key_files(temporary_.path().string(), key_));
  EXPECT_FALSE(fs::exists(path("elsewhere")));
  EXPECT_EQ(
      write_key_files(path("nowhere"), key_).error().message(),
      "cannot write key: " + path("nowhere/events-signing.pub") + ": No such file or directory");
}

TEST_F(KeyFileTest, AKeyThatOthersMayReadIsRefused) {
  const auto files = write_key_files(temporary_.path().string(), key_);
  ASSERT_TRUE(files);
  fs::permissions(files->signing, fs::perms{0440});
  EXPECT_EQ(why(files->signing), "");
  fs::permissions(files->signing, fs::perms{0644});
  EXPECT_EQ(why(files->signing),
            "cannot read signing key: " + files->signing + ": mode 0644: others may read it");
}

TEST_F(KeyFileTest, WhatCannotBeReadIsSaid) {
  EXPECT_EQ(why(path("none")),
            "cannot read signing key: " + path("none") + ": No such file or directory");
  EXPECT_EQ(why(temporary_.path().string()),
            "cannot read signing key: " + temporary_.path().string() + ": not a regular file");
  const std::string empty = temporary_.write("empty", "");
  fs::permissions(empty, fs::perms{0600});
  EXPECT_EQ(why(empty), "cannot read signing key: " + empty + ": not a private key in PEM");
  const std::string large = temporary_.write("large", std::string(70'000, 'x'));
  fs::permissions(large, fs::perms{0600});
  EXPECT_TRUE(why(large).starts_with("cannot read signing key: " + large + ": "));
  EXPECT_FALSE(load_verifying_keys(path("none")));
}

}  // namespace
}  // namespace wgaudit::test
