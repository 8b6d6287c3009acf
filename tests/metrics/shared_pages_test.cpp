#include "exporter/metrics/shared_pages.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <thread>

#include "tests/metrics/fleet.hpp"
#include "tests/support/gunzip.hpp"

namespace wgaudit::test {
namespace {

using std::chrono::seconds;

constexpr ScrapeRequest kText{}, kOpenMetrics{.form = PageForm::openmetrics},
    kGzip{.form = PageForm::openmetrics, .gzip = true};

class Shared : public testing::Test {
 protected:
  SharedPages::Bytes get(const View& view, const ScrapeRequest& request, BootTime now = kNow) {
    return pages_.get(view, request, now, [this] {
      ++written_;
      return delivery();
    });
  }
  // Renderings and compressions of a form, as a page says.
  std::string counts(PageForm form) {
    ScrapeRequest own;
    own.groups.reset(static_cast<std::size_t>(MetricGroup::peers));
    const std::string page = *get(fleet(), own);
    const auto value = [&](const std::string& name) {
      const std::string start =
          "wgaudit_exposition_" + name + "_total{format=\"" + std::string(to_string(form)) + "\"} ";
      const std::size_t at = page.find(start) + start.size();
      return page.substr(at, page.find('\n', at) - at);
    };
    return value("renderings") + " " + value("compressions");
  }

  SharedPages pages_{{.exporter_metrics = false}};
  int written_ = 0;
};

TEST_F(Shared, AFormIsWrittenAndCompressedOnceAView) {
  const View view = fleet();
  const auto text = get(view, kText), metrics = get(view, kOpenMetrics), gzip = get(view, kGzip);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(get(view, kText), text);
    EXPECT_EQ(get(view, kOpenMetrics), metrics);
    EXPECT_EQ(get(view, kGzip), gzip);
  }
  EXPECT_EQ(written_, 2);
  EXPECT_EQ(gunzip(*gzip), *metrics);
  EXPECT_NE(*metrics, *text);
  EXPECT_EQ(counts(PageForm::openmetrics), "1 1");
  EXPECT_EQ(counts(PageForm::text), "2 0") << "with that of counts()";
}

TEST_F(Shared, ALaterViewIsWrittenAnewAndAnEarlierOneGetsThat) {
  View first = fleet(), committed = fleet(), second = fleet();
  committed.committed = true;
  second.poll = 2;
  const auto old = get(first, kGzip);
  const auto told = get(committed, kGzip);
  EXPECT_NE(told, old);
  EXPECT_EQ(get(first, kGzip), told);
  const auto next = get(second, kGzip);
  EXPECT_NE(next, told);
  EXPECT_EQ(get(committed, kGzip), next);
  EXPECT_EQ(written_, 3);
}

TEST_F(Shared, ADeviceThatGetsTooOldLeavesInTime) {
  View view = empty_view();
  add_device(view, device("wg0", {{.name = "alice"}}, kNow));
  const auto has_peer = [&](BootTime now) {
    return get(view, kText, now)->contains("wireguard_peer_info{");
  };
  EXPECT_TRUE(has_peer(kNow + seconds{28}));
  EXPECT_TRUE(has_peer(kNow + seconds{30}));
  EXPECT_EQ(written_, 1);
  EXPECT_FALSE(has_peer(kNow + seconds{30} + Duration{1}));
}

TEST_F(Shared, WhatIsNotOfAViewIsNotShownForever) {
  const View view = empty_view();
  const auto first = get(view, kText);
  EXPECT_EQ(get(view, kText, kNow + seconds{5}), first);
  EXPECT_NE(get(view, kText, kNow + seconds{5} + Duration{1}), first);
}

// Who scrapes reads the clock before it waits for the others.
TEST_F(Shared, WhoComesWithAnEarlierClockGetsWhatIsThere) {
  const View view = fleet();
  const auto first = get(view, kText, kNow + seconds{1});
  EXPECT_EQ(get(view, kText, kNow), first);
  EXPECT_EQ(written_, 1);
}

TEST_F(Shared, RarePagesAreSharedByTheLastFewWhoAskForThem) {
  const View view = fleet();
  const auto without = [](MetricGroup group) {
    ScrapeRequest request;
    request.groups.reset(static_cast<std::size_t>(group));
    return request;
  };
  const auto kept = get(view, without(MetricGroup::peers));
  for (const auto group : {MetricGroup::findings, MetricGroup::collectors, MetricGroup::events}) {
    EXPECT_EQ(get(view, without(group)), get(view, without(group)));
    EXPECT_EQ(get(view, without(MetricGroup::peers)), kept);
  }
  (void)get(view, without(MetricGroup::interfaces));
  EXPECT_EQ(get(view, without(MetricGroup::peers)), kept) << "it was asked for of late";
  EXPECT_EQ(written_, 5);
  (void)get(view, without(MetricGroup::findings));
  EXPECT_EQ(written_, 6) << "it was not";
}

TEST(SharedPages, SlowReadersHoldFewBytesOfRarePages) {
  const View view = crowd(200);
  ScrapeRequest request;
  request.groups.reset(static_cast<std::size_t>(MetricGroup::events));
  SharedPages probe{{.exporter_metrics = false}};
  const std::size_t size = probe.get(view, request, kNow, delivery)->size();

  SharedPages pages{{.exporter_metrics = false}, 5 * size / 2};
  std::vector<SharedPages::Bytes> read_slowly;
  for (std::uint64_t poll = 1; poll <= 20; ++poll) {
    View next = view;
    next.poll += poll;
    if (auto page = pages.get(next, request, kNow, delivery)) read_slowly.push_back(page);
    EXPECT_NE(pages.get(next, kText, kNow, delivery), nullptr) << "the usual one goes on";
  }
  EXPECT_EQ(read_slowly.size(), 3U);
  read_slowly.clear();
  EXPECT_NE(pages.get(view, request, kNow, delivery), nullptr);
}

TEST_F(Shared, OneThatIsAskedForDifferentlyIsItsOwn) {
  const View view = fleet();
  const auto usual = get(view, kOpenMetrics);
  ScrapeRequest filtered = kGzip;
  filtered.groups.reset(static_cast<std::size_t>(MetricGroup::peers));
  const auto first = get(view, filtered);
  EXPECT_NE(first, get(view, kGzip));
  EXPECT_FALSE(gunzip(*first).contains("wireguard_peer_"));
  EXPECT_TRUE(gunzip(*first).ends_with("# EOF\n"));
  EXPECT_EQ(get(view, kOpenMetrics), usual);
  EXPECT_EQ(counts(PageForm::openmetrics), "2 2");
}

TEST_F(Shared, FiftyAtOnceCostOneRenderingAndOneCompression) {
  const View view = crowd(200);
  std::atomic<int> written = 0;
  std::vector<SharedPages::Bytes> got(50);
  {
    std::vector<std::jthread> threads;
    for (auto& one : got) {
      threads.emplace_back([&] {
        one = pages_.get(view, kGzip, kNow, [&] {
          ++written;
          return delivery();
        });
      });
    }
  }
  EXPECT_EQ(written, 1);
  for (const auto& one : got) EXPECT_EQ(one, got.front());
  EXPECT_EQ(counts(PageForm::openmetrics), "1 1");
}

TEST_F(Shared, AFailureIsOfOneScrapeAlone) {
  EXPECT_THROW(static_cast<void>(pages_.get(fleet(), kText, kNow,
                                            []() -> DeliveryHealth { throw std::bad_alloc(); })),
               std::bad_alloc);
  EXPECT_TRUE(get(fleet(), kText)->contains("wireguard_peer_info{"));
}

}  // namespace
}  // namespace wgaudit::test
