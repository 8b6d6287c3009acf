#include "exporter/codec/query.hpp"

#include <gtest/gtest.h>

namespace wgaudit::test {
namespace {

TEST(Query, IsDecodedAndEncodedAgain) {
  const Query query = Query::of_target("/x?a=1%2B2&b=x+y&empty=&c=%ff%zz%&a=3&=v&d");
  EXPECT_EQ(query["a"], "1+2");
  EXPECT_EQ(query["b"], "x y");
  EXPECT_EQ(query["c"], "\xff%zz%");
  EXPECT_EQ(query["empty"], "");
  EXPECT_EQ(query["d"], "");
  EXPECT_EQ(query.all().size(), 5U);
  EXPECT_EQ(query.link("p"), "p?a=1%2B2&b=x%20y&c=%FF%25zz%25&a=3&=v");
  EXPECT_EQ(Query::of_target(query.link("p")).all(), query.all());
  EXPECT_TRUE(Query::of_target("/x").all().empty());
  EXPECT_TRUE(Query::of_target("/x?").all().empty());
  EXPECT_EQ(Query().link("p"), "p");
}

TEST(Query, SetReplacesAllOfAName) {
  Query query = Query::of_target("/?a=1&a=2&b=3");
  query.set("a", "4");
  EXPECT_EQ(query.link(""), "?b=3&a=4");
  query.set("b", "");
  EXPECT_EQ(query.link(""), "?a=4");
}

}  // namespace
}  // namespace wgaudit::test
