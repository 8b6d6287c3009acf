#include "audit/posture.hpp"

#include <gtest/gtest.h>

#include "tests/support/builders.hpp"

namespace wgaudit {
namespace {

Posture posture(bool compliant, std::string_view at = "") {
  Posture posture{compliant, std::nullopt};
  if (!at.empty()) posture.checked_at = test::wall(at);
  return posture;
}

const auto kOld = posture(true, "2026-11-01"), kNew = posture(false, "2026-11-02");

TEST(Posture, TheNewerCheckHolds) {
  struct Case {
    Posture a, b, want;
  };
  for (const auto& [a, b, want] : {
           Case{kOld, kNew, kNew},
           Case{posture(true), kNew, kNew},
           Case{posture(true), posture(false), posture(false)},
           Case{kNew, posture(true, "2026-11-02"), kNew},
           Case{kOld, kOld, kOld},
       }) {
    EXPECT_EQ(newer(a, b), want);
    EXPECT_EQ(newer(b, a), want);
  }
}

TEST(Posture, OfARecord) {
  Record record = test::record("alice", "alice");
  EXPECT_EQ(posture_of(record, nullptr), std::nullopt);
  PostureTable table;
  EXPECT_EQ(posture_of(record, &table), std::nullopt);
  // A record without a device is not the device without a name.
  table.by_device[""] = kOld;
  table.by_device["mbp"] = kOld;
  EXPECT_EQ(posture_of(record, &table), std::nullopt);
  record.device = "mbp";
  EXPECT_EQ(posture_of(record, &table), kOld);
  // By key goes before by name, older as it may be.
  table.by_key[record.public_key] = kNew;
  table.by_device["mbp"] = posture(true, "2026-11-03");
  EXPECT_EQ(posture_of(record, &table), kNew);
  record.posture = kOld;
  EXPECT_EQ(posture_of(record, &table), kNew);
  EXPECT_EQ(posture_of(record, nullptr), kOld);
  record.posture = posture(true, "2026-11-04");
  EXPECT_EQ(posture_of(record, &table), record.posture);
}

}  // namespace
}  // namespace wgaudit
