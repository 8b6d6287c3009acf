#include "collectors/child/privilege.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "collectors/child/capability_set.hpp"
#include "collectors/child/confine.hpp"

namespace wgaudit {
namespace {

Targets with(bool netlink, bool namespaces) {
  Targets targets;
  targets.netlink = netlink;
  targets.all_netns = namespaces;
  return targets;
}

// Each test is a process of its own under ctest; this gives up what the process may have.
void give_up() { ASSERT_TRUE(confine_parent()); }

TEST(UsefulCapabilities, SocketsTakeDacOverride) {
  for (const bool uapi : {true, false}) {
    Targets targets = with(false, false);
    targets.uapi = uapi;
    const auto useful = useful_capabilities(targets);
    EXPECT_EQ(std::ranges::count(useful, CAP_DAC_OVERRIDE), uapi ? 1 : 0);
  }
}

TEST(MissingCapability, NamesItAndHowToGiveIt) {
  give_up();
  const auto missing = missing_capability(with(true, false));
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->message(),
            "missing capability: CAP_NET_ADMIN: give it with `setcap cap_net_admin+ep $(command -v "
            "wgaudit)`, with AmbientCapabilities=CAP_NET_ADMIN in the unit, or run as root");
}

TEST(MissingCapability, NamespacesTakeCapSysAdminToo) {
  give_up();
  const auto missing = missing_capability(with(true, true));
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->subject, "CAP_NET_ADMIN, CAP_SYS_ADMIN");
  EXPECT_NE(missing->why.find("setcap cap_net_admin,cap_sys_admin+ep"), std::string::npos);
}

TEST(MissingCapability, DumpsAndSocketsTakeNone) {
  give_up();
  Targets targets = with(false, true);
  targets.dumps = {{"-", ""}};
  EXPECT_FALSE(missing_capability(targets));
}

}  // namespace
}  // namespace wgaudit
