// --privacy.* on pages and in the API.
#include <gtest/gtest.h>

#include "exporter/codec/privacy_view.hpp"
#include "tests/pages/example.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {
namespace {

constexpr Privacy kAllHidden{AddressPrivacy::none, IdentityPrivacy::none};
constexpr Privacy kFollowed{AddressPrivacy::prefix, IdentityPrivacy::hash};

Example with(const Privacy& privacy) {
  Example gateway = example();
  gateway.view = std::make_shared<View>(*ShownViews(privacy).of(gateway.view));
  gateway.source.origin.privacy = privacy;
  return gateway;
}

std::string peer_target() {
  Query query;
  query.set("interface", "wg0");
  query.set("key", to_string(key("alice")));
  return query.link("/peer");
}

const std::string kTargets[] = {"/",
                                "/findings?state=all",
                                peer_target(),
                                "/api/v1/status",
                                "/api/v1/peers",
                                "/api/v1/findings?state=all",
                                "/api/v1/sessions",
                                "/api/v1/events"};
constexpr std::string_view kTelling[] = {
    "alice", "it@example.org", "sre", "192.0.2.1", "2001:db8::9", "xxxxxxxx", "vendor appliance"};

TEST(PagePrivacy, NothingThatIsHiddenIsSaid) {
  for (const Privacy& privacy : {kAllHidden, kFollowed}) {
    const Example gateway = with(privacy);
    for (const std::string& target : kTargets) {
      const Page page = gateway.get(target);
      EXPECT_EQ(page.status, 200) << target;
      for (const std::string_view word : kTelling) {
        EXPECT_EQ(page.body.find(word), std::string::npos) << word << ' ' << target;
      }
    }
  }
  std::string all;
  for (const std::string& target : kTargets) all += example().get(target).body;
  for (const std::string_view word : kTelling) EXPECT_NE(all.find(word), std::string::npos) << word;
}

TEST(PagePrivacy, PagesAreTheGoldens) {
  const auto is_golden = [](std::string_view name, const Page& page) {
    return matches_golden("pages/golden/" + std::string(name), without_version(page.body));
  };
  EXPECT_TRUE(is_golden("hidden.html", with(kAllHidden).get("/")));
  EXPECT_TRUE(is_golden("peer-hidden.html", with(kAllHidden).get(peer_target())));
  EXPECT_TRUE(is_golden("peer-followed.html", with(kFollowed).get(peer_target())));
}

// A search that finds whom it must not name has named him.
TEST(PagePrivacy, NoFilterFindsItOut) {
  const Example gateway = with(kFollowed);
  const auto found = [&](std::string_view query) {
    return gateway.get("/api/v1/peers?" + std::string(query)).body.find("\"total\": 0,") ==
           std::string::npos;
  };
  EXPECT_FALSE(found("q=alice"));
  EXPECT_FALSE(found("principal=alice"));
  EXPECT_FALSE(found("q=192.0.2.1"));
  EXPECT_TRUE(found("q=192.0.2.0"));
  EXPECT_TRUE(found("principal=" + shown_name("alice", kFollowed)));
  EXPECT_EQ(gateway.get("/api/v1/sessions?principal=alice").status, 400);
  EXPECT_EQ(gateway.get("/api/v1/sessions?address=192.0.2.1").status, 400);
}

}  // namespace
}  // namespace wgaudit::test
