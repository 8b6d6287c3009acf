#include "collectors/wgconf/read.hpp"

#include <gtest/gtest.h>

#include "collectors/secret/secret_text.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/files.hpp"

namespace wgaudit {
namespace {

const std::string kAlice = to_string(test::key("alice"));

TEST(SecretText, IsReadWhole) {
  const test::TempDir directory;
  const std::string content(200'000, 'x');
  auto text = read_secret_text(directory.write("a", content), content.size());
  ASSERT_TRUE(text);
  EXPECT_EQ(text->view(), content);
  EXPECT_EQ(read_secret_text(directory.path() / "a", content.size() - 1).error(),
            "larger than 195 KiB");
  EXPECT_EQ(read_secret_text(directory.path() / "b", 1).error(), "No such file or directory");
  EXPECT_EQ(read_secret_text(directory.path(), 1).error(), "Is a directory");
}

TEST(ConfRead, KeysOfOtherFilesAreReadBesideIt) {
  const test::TempDir directory;
  directory.write("keys/alice", kAlice + "\n\n");
  const std::string bob = directory.write("bob", " " + to_string(test::key("bob")) + " ");
  const std::string path = directory.write(
      "wg0.netdev",
      "[WireGuardPeer]\nPublicKeyFile=keys/alice\n[WireGuardPeer]\nPublicKeyFile=" + bob + "\n");
  const auto conf = read_conf(path);
  ASSERT_TRUE(conf);
  EXPECT_TRUE(conf->problems.empty());
  ASSERT_EQ(conf->peers.size(), 2U);
  EXPECT_EQ(conf->peers[0].public_key, test::key("alice"));
  EXPECT_EQ(conf->peers[1].public_key, test::key("bob"));
}

TEST(ConfRead, AFileWithoutAKeyCostsItsPeer) {
  const test::TempDir directory;
  directory.write("two", kAlice + '\n' + kAlice);
  directory.write("large", std::string(5000, 'x'));
  const std::string path =
      directory.write("wg0.netdev",
                      "[WireGuardPeer]\nPublicKeyFile=none\n[WireGuardPeer]\nPublicKeyFile=two\n"
                      "[WireGuardPeer]\nPublicKeyFile=large\n[WireGuardPeer]\nPublicKey=" +
                          kAlice + "\n");
  const auto conf = read_conf(path);
  ASSERT_TRUE(conf);
  EXPECT_EQ(conf->peers.size(), 1U);
  ASSERT_EQ(conf->problems.size(), 3U);
  EXPECT_EQ(conf->problems[0],
            (ConfProblem{2, "PublicKeyFile", "its file cannot be read; the peer is ignored"}));
  EXPECT_EQ(conf->problems[1],
            (ConfProblem{4, "PublicKeyFile",
                         "its file holds no key (base64, 44 characters); the peer is ignored"}));
  EXPECT_EQ(conf->problems[2].why, "its file cannot be read; the peer is ignored");
  EXPECT_EQ(read_conf(directory.path() / "x.conf").error(), "No such file or directory");
}

TEST(ConfRead, TheFilesNameIsTheInterfaces) {
  for (const auto& [path, want] :
       std::vector<std::pair<std::string, std::string>>{{"/etc/wireguard/wg0.conf", "wg0"},
                                                        {"wg-site_a.1.conf", "wg-site_a.1"},
                                                        {"wg1", "wg1"},
                                                        {"/etc/a-name-that-is-too-long.conf", ""},
                                                        {"a b.conf", ""},
                                                        {".conf", ""},
                                                        {"-", ""},
                                                        {"/dev/fd/63", ""},
                                                        {"/proc/self/fd/3", ""}}) {
    EXPECT_EQ(conf_interface_name(path), want) << path;
  }
}

}  // namespace
}  // namespace wgaudit
