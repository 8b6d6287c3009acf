#include "collectors/secret/secret_file.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace wgaudit {
namespace {

TEST(SecretFile, WhoCanReadItBesideItsOwner) {
  for (const mode_t mode : {0600U, 0400U, 0700U}) {
    EXPECT_EQ(readers_of(mode, "/etc/wgaudit/token"), Readers::owner) << mode;
  }
  EXPECT_EQ(readers_of(0640, "/etc/wgaudit/token"), Readers::group);
  EXPECT_EQ(readers_of(0604, "/etc/wgaudit/token"), Readers::others);
  EXPECT_EQ(readers_of(0644, "/etc/wgaudit/token"), Readers::others);
}

// The group's bits are the mask of an ACL there.
TEST(SecretFile, ACredentialIsOfItsServiceAlone) {
  EXPECT_EQ(readers_of(0440, "/run/credentials/wgaudit.service/token"), Readers::owner);
  EXPECT_EQ(readers_of(0444, "/run/credentials/wgaudit.service/token"), Readers::others);
  setenv("CREDENTIALS_DIRECTORY", "/some/where/", 1);
  EXPECT_EQ(readers_of(0440, "/some/where/token"), Readers::owner);
  EXPECT_EQ(readers_of(0440, "/some/where/../token"), Readers::group);
  EXPECT_EQ(readers_of(0440, "/some/wherever/token"), Readers::group);
  setenv("CREDENTIALS_DIRECTORY", "", 1);
  EXPECT_EQ(readers_of(0440, "/some/where/token"), Readers::group);
  unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_FALSE(is_credential("/some/where/token"));
  EXPECT_FALSE(is_credential("/run/credentials/../token"));
}

}  // namespace
}  // namespace wgaudit
