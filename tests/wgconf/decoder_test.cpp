#include "collectors/wgconf/decoder.hpp"

#include <gtest/gtest.h>

#include "tests/support/builders.hpp"

namespace wgaudit {
namespace {

const std::string kAlice = to_string(test::key("alice"));
const std::string kSecret = to_string(test::key("a secret"));

std::string problems(const Conf& conf) {
  std::string text;
  for (const ConfProblem& problem : conf.problems) {
    text += (problem.fatal ? "fatal " : "") + std::to_string(problem.line) + ' ' +
            std::string(problem.field) + ": " + std::string(problem.why) + '\n';
  }
  return text;
}

TEST(ConfDecoder, OneOfWgQuick) {
  const Conf conf = decode_conf("\xef\xbb\xbf[Interface]\r\nPrivateKey = " + kSecret +
                                "\r\nAddress = 10.0.0.1/24\r\nPostUp = a = b # c\r\n\r\n"
                                " [ pEEr ] # friendly_name = alice\r\n\tpublickey=" +
                                kAlice + " # friendly_json = {}\r\nPRESHAREDKEY = " + kSecret +
                                "\r\nAllowedIPs = 10.0.0.2/32, fd00::2/64,\r\nallowedips=10.0.0.2"
                                "\r\nEndpoint = gw:1\r\nPersistentKeepalive = 25");
  EXPECT_EQ(problems(conf), "");
  EXPECT_FALSE(conf.networkd);
  ASSERT_EQ(conf.peers.size(), 1U);
  const ConfPeer& peer = conf.peers[0];
  EXPECT_EQ(peer.public_key, test::key("alice"));
  EXPECT_EQ(peer.line, 6U);
  EXPECT_EQ(peer.key_line, 7U);
  EXPECT_TRUE(peer.has_preshared_key);
  EXPECT_EQ(peer.allowed_ips, (std::vector{test::cidr("10.0.0.2/32"), test::cidr("fd00::/64")}));
  ASSERT_EQ(peer.notes.size(), 2U);
  EXPECT_EQ(peer.notes[0].text, "alice");
  EXPECT_EQ(peer.notes[1].text, "{}");
}

TEST(ConfDecoder, OneOfNetworkd) {
  const Conf conf = decode_conf(
      "[NetDev]\nName=wg7\nKind=wireguard\n[WireGuard]\nPrivateKeyFile=/etc/key\n\n"
      "[WireGuardPeer]\nPublicKeyFile=keys/alice\nPresharedKeyFile=/etc/psk\n"
      "AllowedIPs=10.9.9.9/32\nAllowedIPs=\nAllowedIPs=10.0.0.2/32, \\\n "
      "10.0.0.3/32\nRouteTable=1\n"
      "; friendly_name = alice\n"
      "[WireGuardPeer]\nPublicKey=" +
      kAlice + "\nPresharedKey=@credential\n");
  EXPECT_EQ(problems(conf),
            "15 comment: may be of the peer before or after it: taken for the one before\n");
  EXPECT_TRUE(conf.networkd);
  EXPECT_EQ(conf.interface_name, "wg7");
  ASSERT_EQ(conf.peers.size(), 2U);
  EXPECT_EQ(conf.peers[0].public_key_file, "keys/alice");
  EXPECT_TRUE(conf.peers[0].has_preshared_key);
  EXPECT_EQ(conf.peers[0].allowed_ips,
            (std::vector{test::cidr("10.0.0.2/32"), test::cidr("10.0.0.3/32")}));
  EXPECT_TRUE(conf.peers[1].has_preshared_key);
}

TEST(ConfDecoder, APresharedKeyOfZerosIsNone) {
  const Conf conf = decode_conf("[Peer]\nPublicKey=" + kAlice +
                                "\nPresharedKey=" + std::string(43, 'A') + "=\nAllowedIPs=\n");
  EXPECT_EQ(problems(conf), "");
  EXPECT_FALSE(conf.peers.at(0).has_preshared_key);
  EXPECT_TRUE(conf.peers.at(0).allowed_ips.empty());
}

struct Case {
  std::string text;
  std::string want;
  std::size_t peers = 0;
};

TEST(ConfDecoder, SaysWhatIsWrongByLineAndField) {
  const std::string peer = "[Peer]\nPublicKey=" + kAlice + '\n';
  for (const auto& [text, want, peers] : std::vector<Case>{
           {"", "fatal 0 : not a WireGuard configuration: no section of one\n"},
           {"[Unit]\nx=1\n", "fatal 0 : not a WireGuard configuration: no section of one\n"},
           {std::string("[Peer]\0", 7), "fatal 0 : holds a NUL byte: not text\n"},
           {"[Interface]\nPrivateKey=x\n", ""},
           {"[Peer]\nAllowedIPs=10.0.0.1\n", "1 PublicKey: there is none; the peer is ignored\n"},
           {"[Peer]\nPublicKey=" + kSecret.substr(1) + '\n',
            "1 PublicKey: there is none; the peer is ignored\n"
            "2 PublicKey: not a key (base64, 44 characters)\n"},
           {peer + "PublicKey=" + kAlice + '\n',
            "3 PublicKey: is there twice: the last one counts\n", 1},
           {peer + "PresharedKey=short\n", "3 PresharedKey: not a key (base64, 44 characters)\n",
            1},
           {peer + "AllowedIPs=10.0.0.1, example.org\n",
            "3 AllowedIPs: not an address or prefix; it is left out\n", 1},
           {peer + kSecret.substr(0, 20) + '\n',
            "3 : neither a setting nor a comment; it is ignored\n", 1},
           {peer + kSecret + '\n', "3 : an unknown setting of a peer; it is ignored\n", 1},
           {peer + "[Peer\nPublicKey=" + kAlice + '\n',
            "3 : a section header without \"]\"; what follows is not read\n", 1},
           {"[WireGuardPeer]\nPublicKeyFile=\nPresharedKeyFile=\n",
            "1 PublicKey: there is none; the peer is ignored\n2 PublicKeyFile: is empty\n"
            "3 PresharedKeyFile: is empty\n"},
           {"[NetDev]\nName=a/b\n", "2 Name: not a name that an interface can have\n"},
           {"[Interface]\n# friendly_name = gw\nMTU=1\nAddress=x # friendly_name = y\n",
            "2 comment: not before or inside a peer; it is ignored\n"
            "4 comment: not before or inside a peer; it is ignored\n"},
       }) {
    const Conf conf = decode_conf(text);
    EXPECT_EQ(problems(conf), want) << text;
    EXPECT_EQ(conf.peers.size(), peers) << text;
  }
}

}  // namespace
}  // namespace wgaudit
