#include "exporter/codec/privacy_view.hpp"

#include <gtest/gtest.h>

#include "tests/support/builders.hpp"

namespace wgaudit::test {
namespace {

constexpr Privacy kAllHidden{AddressPrivacy::none, IdentityPrivacy::none};

std::shared_ptr<View> some_view() {
  auto inventory = std::make_shared<Inventory>();
  Record alice = record("alice", "alice");
  alice.device = "alice-laptop";
  alice.owner = "boss@example.net";
  alice.comment = "alice of accounting";
  alice.tags = {{"of", "alice"}};
  alice.exceptions = {{"dormant_key", "alice is on leave", {}}};
  inventory->records = {record("bob", "bob"), alice};
  inventory->build_index();
  auto view = std::make_shared<View>();
  view->inventory = inventory;
  const auto wg0 = std::make_shared<Device>(
      device("wg0", {{.name = "alice", .endpoint = "192.0.2.1:1234"}, {.name = "stranger"}}));
  JudgedDevice judged{wg0, {}, true};
  for (const Peer& peer : wg0->peers) judged.peers.push_back({inventory->find(peer.public_key)});
  view->devices = {judged};
  Finding finding;
  finding.principal = "alice";
  view->findings = {finding};
  return view;
}

const Record& alice_of(const View& view) { return *view.inventory->find(key("alice")); }

TEST(ShownViews, AreTheViewItselfWhereNothingIsHidden) {
  ShownViews views{Privacy{}};
  const auto view = some_view();
  EXPECT_EQ(views.of(view), view);
  EXPECT_EQ(ShownViews(kAllHidden).of(nullptr), nullptr);
}

TEST(ShownViews, HoldNothingThatIsHidden) {
  const auto whole = some_view();
  const auto view = ShownViews(kAllHidden).of(whole);
  const Record& alice = alice_of(*view);
  EXPECT_EQ(alice.principal + alice.device + alice.owner + alice.comment, "");
  EXPECT_TRUE(alice.tags.empty());
  EXPECT_EQ(alice.exceptions.front().reason, "");
  EXPECT_EQ(alice.exceptions.front().rule, "dormant_key");
  EXPECT_EQ(view->findings.front().principal, "");
  EXPECT_FALSE(view->devices[0].device->find(key("alice"))->endpoint.known());
  EXPECT_EQ(alice_of(*whole).principal, "alice") << "the whole one stays";
  EXPECT_TRUE(whole->devices[0].device->find(key("alice"))->endpoint.known());
}

TEST(ShownViews, PointIntoTheInventoryThatTheyHold) {
  const auto view = ShownViews(kAllHidden).of(some_view());
  const JudgedDevice& judged = view->devices[0];
  for (std::size_t i = 0; i < judged.peers.size(); ++i) {
    EXPECT_EQ(judged.peers[i].record, view->inventory->find(judged.device->peers[i].public_key));
  }
}

TEST(ShownViews, AreMadeOnceAndAnInventoryOnce) {
  ShownViews views{{.identity = IdentityPrivacy::hash}};
  const auto view = some_view();
  const auto first = views.of(view);
  EXPECT_EQ(views.of(view), first);
  EXPECT_EQ(alice_of(*first).principal, shown_name("alice", {.identity = IdentityPrivacy::hash}));
  const auto next = std::make_shared<View>(*view);
  next->poll = 2;
  const auto second = views.of(next);
  EXPECT_EQ(second->poll, 2U);
  EXPECT_EQ(second->inventory, first->inventory);
  EXPECT_EQ(second->devices[0].device, view->devices[0].device) << "its addresses are not hidden";
  const auto other = some_view();
  EXPECT_NE(views.of(other)->inventory, first->inventory);
  EXPECT_NE(views.of(other), second);
}

}  // namespace
}  // namespace wgaudit::test
