// Unix sockets, sources, and what may be taken over.
#include "exporter/web/listen.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <filesystem>

#include "exporter/web/client_source.hpp"
#include "exporter/web/local_address.hpp"
#include "tests/support/files.hpp"
#include "tests/web/client.hpp"
#include "tests/web/running.hpp"

namespace wgaudit::test {
namespace {

std::string why_not(const std::string& path) {
  const auto listener = listen_on("unix:" + path);
  return listener ? "" : listener.error().why;
}

TEST(UnixSocket, ServesOwnerAndGroup) {
  const TempDir dir;
  const std::string path = dir.path() / "w.sock", address = "unix:" + path;
  {
    Running server(plain_source(), {.listen_addresses = {address, "127.0.0.1:0"}});
    EXPECT_EQ(server.address(), address);
    EXPECT_EQ(status_of(get(address, "/metrics")), 200);
    EXPECT_EQ(status_of(get(address, "/")), 200);  // a unix socket is this host
    EXPECT_TRUE((*server).exposed_addresses().empty());
    struct stat status{};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0660U);
  }
  EXPECT_FALSE(std::filesystem::exists(path));  // removed with its server
}

TEST(UnixSocket, TakesOverFromWhoDied) {
  const TempDir dir;
  const std::string path = dir.path() / "w.sock";
  {
    auto dead = listen_on("unix:" + path);
    ASSERT_TRUE(dead);
    // As a kill leaves it: the name without the socket.
    std::filesystem::rename(path, path + ".kept");
  }
  std::filesystem::rename(path + ".kept", path);
  Running server(plain_source(), {.listen_addresses = {"unix:" + path}});
  EXPECT_EQ(status_of(get(server.address(), "/metrics")), 200);
}

TEST(UnixSocket, LeavesAloneWhatIsNotStale) {
  const TempDir dir;
  const std::string path = dir.path() / "w.sock";
  Running server(plain_source(), {.listen_addresses = {"unix:" + path}});
  EXPECT_EQ(why_not(path), "another process listens there (is another wgaudit running?)");
  EXPECT_EQ(status_of(get(server.address(), "/metrics")), 200);
  const std::string file = dir.write("file", "text");
  EXPECT_EQ(why_not(file), "there is a file that is no socket; it is left alone");
  EXPECT_EQ(read_file(file), "text");
  std::filesystem::create_symlink(path, dir.path() / "link");
  EXPECT_EQ(why_not(dir.path() / "link"), "there is a file that is no socket; it is left alone");
  EXPECT_EQ(why_not(dir.path() / "no" / "folder"), "No such file or directory");
}

TEST(UnixSocket, DoesNotRemoveWhatCameAfterIt) {
  const TempDir dir;
  const std::string path = dir.path() / "w.sock";
  {
    Running server(plain_source(), {.listen_addresses = {"unix:" + path}});
    std::filesystem::remove(path);
    std::filesystem::rename(dir.write("new", "another's"), path);
  }
  EXPECT_EQ(read_file(path), "another's");
}

sockaddr_storage address_of(const std::string& text) {
  sockaddr_storage storage{};
  if (text.find(':') == std::string::npos) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    v4.sin_family = AF_INET;
    EXPECT_EQ(inet_pton(AF_INET, text.c_str(), &v4.sin_addr), 1);
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    v6.sin6_family = AF_INET6;
    EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr), 1);
  }
  return storage;
}
std::optional<ClientSource> source(const std::string& text) { return source_of(address_of(text)); }

TEST(ThisHost, IsLoopbackAndUnixSockets) {
  for (const auto* text : {"127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(is_of_this_host(address_of(text))) << text;
  }
  for (const auto* text : {"0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "::ffff:10.0.0.1", "::2"}) {
    EXPECT_FALSE(is_of_this_host(address_of(text))) << text;
  }
  sockaddr_storage other{};
  EXPECT_FALSE(is_of_this_host(other));
  other.ss_family = AF_UNIX;
  EXPECT_TRUE(is_of_this_host(other));
}

// Whatever words the flag has for it.
TEST(Listener, IsExposedByWhatItIsBoundTo) {
  const struct {
    std::string address;
    bool want;
  } cases[] = {{"127.0.0.1:0", false}, {"127.1:0", false}, {"localhost:0", false},
               {"[::1]:0", false},     {":0", true},       {"0.0.0.0:0", true},
               {"0:0", true}};
  for (const auto& [address, want] : cases) {
    const auto listener = listen_on(address);
    ASSERT_TRUE(listener) << address;
    EXPECT_EQ(listener->exposed, want) << address;
  }
}

TEST(Source, IsAnAddressOrA64) {
  EXPECT_EQ(source("192.0.2.1"), source("192.0.2.1"));
  EXPECT_NE(source("192.0.2.1"), source("192.0.2.2"));
  EXPECT_EQ(source("192.0.2.1"), source("::ffff:192.0.2.1"));
  EXPECT_EQ(source("2001:db8:0:1::1"), source("2001:db8:0:1:ffff::2"));
  EXPECT_NE(source("2001:db8:0:1::1"), source("2001:db8:0:2::1"));
  EXPECT_NE(source("32.1.13.184"), source("2001:db8::"));  // the same first bytes
  for (const auto* own : {"127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_FALSE(source(own)) << own;
  }
  sockaddr_storage unix_socket{};
  unix_socket.ss_family = AF_UNIX;
  EXPECT_FALSE(source_of(unix_socket));
}

}  // namespace
}  // namespace wgaudit::test
