// The pages of other exporters, held against what their own READMEs show of them: the series there
// are the goldens, with our inventory in the place of their files of names.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "exporter/metrics/page.hpp"
#include "tests/metrics/fleet.hpp"
#include "tests/support/files.hpp"

namespace wgaudit::test {
namespace {

struct Documented {
  std::string public_key, name;
  std::vector<std::string> allowed_ips;
  std::int64_t last_handshake = 0;  // seconds since 1970
  std::uint64_t received_bytes = 0, sent_bytes = 0;
  std::string endpoint{};
};

const std::vector<Documented> kMindflavor = {
    {"2S7mA0vEMethCNQrJpJKE81/JmhgtB+tHHLYQhgM6kk=",
     "OnePlus 6T",
     {"10.70.0.2/32", "10.70.0.66/32"},
     1562834127,
     71420072,
     3208804,
     "37.159.76.245:29159"},
    {"qnoxQoQI8KKMupLnSSureORV0wMmH7JryZNsmGVISzU=", "varch.local (laptop)", {"10.70.0.3/32"}},
    {"928vO9Lf4+Mo84cWu4k1oRyzf0AR7FTGoPKHGoTMSHk=", "OnePlus 5T", {"10.70.0.80/32"}},
};
const std::vector<Documented> kMdlayher = {
    {"VWRsPtbdGtcNyaQ+cFAZfZnYL05uj+XINQS6yQY5gQ8=", "foo", {}},
    {"UvwWyMQ1ckLEG82Qdooyr0UzJhqOlzzcx90DXuwMTDA=",
     "bar",
     {"192.168.20.0/24", "fd9e:1a04:f01d:20::/64"},
     1588274629,
     76728,
     76200,
     "[fd9e:1a04:f01d:20:e5c2:7b69:90d8:ca45]:49203"},
};

View documented_view(const std::vector<Documented>& peers, bool names) {
  std::vector<PeerSpec> specs;
  std::vector<Record> records;
  for (const Documented& peer : peers) {
    specs.push_back({.name = peer.public_key,
                     .allowed_ips = peer.allowed_ips,
                     .last_handshake = WallTime{std::chrono::seconds{peer.last_handshake}},
                     .endpoint = peer.endpoint,
                     .received_bytes = peer.received_bytes,
                     .sent_bytes = peer.sent_bytes});
    Record record = test::record(peer.public_key, peer.name);
    record.public_key = *parse_key(peer.public_key);
    if (names) records.push_back(record);
  }
  Device device = test::device("wg0", specs, kNow);
  device.public_key = *parse_key("QwAmAD1v4wMIX/0gKJbr9hv1o3YX0YTk7Mdj0L4dylI=");
  for (Peer& peer : device.peers) {
    const auto named = std::ranges::find_if(
        peers, [&](const Documented& one) { return key(one.public_key) == peer.public_key; });
    peer.public_key = *parse_key(named->public_key);
  }
  normalize(device);
  View view = empty_view(inventory(std::move(records)));
  add_device(view, std::move(device));
  return view;
}

std::string render(const View& view, const ScrapeRequest& request, MetricsOptions options = {}) {
  return MetricsPage(options).render(view, kNow, nullptr, request);
}

std::vector<std::string> sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  std::ranges::sort(lines);
  return lines;
}

// Of MindFlavor's the order of peers is that of the kernel; every line has to be there.
std::vector<std::string> readme(std::string_view name) {
  return sorted_lines(read_file(source_dir() / "tests/metrics/compat" / name));
}

constexpr ScrapeRequest kMindflavorPage{.form = PageForm::mindflavor},
    kMdlayherPage{.form = PageForm::mdlayher};

TEST(Mindflavor, IsAsItsReadmeSays) {
  EXPECT_EQ(sorted_lines(render(documented_view(kMindflavor, false), kMindflavorPage)),
            readme("mindflavor.prom"));
  EXPECT_EQ(sorted_lines(render(documented_view(kMindflavor, true), kMindflavorPage)),
            readme("mindflavor-names.prom"));
  ScrapeRequest separate = kMindflavorPage;
  separate.mindflavor.separate_allowed_ips = true;
  EXPECT_EQ(sorted_lines(render(documented_view(kMindflavor, true), separate)),
            readme("mindflavor-separate.prom"));
}

TEST(Mindflavor, HasItsSwitches) {
  ScrapeRequest request = kMindflavorPage;
  request.mindflavor = {false, true, true};
  View view = fleet();
  EXPECT_TRUE(matches_golden("metrics/golden/mindflavor-all.prom", render(view, request)));
  EXPECT_TRUE(matches_golden("metrics/golden/mindflavor.prom", render(view, kMindflavorPage)));
}

TEST(Mdlayher, IsAsItsReadmeSaysByteForByte) {
  EXPECT_EQ(render(documented_view(kMdlayher, true), kMdlayherPage),
            read_file(source_dir() / "tests/metrics/compat/mdlayher.prom"));
}

TEST(Mdlayher, OfOddNamesIsTheGolden) {
  EXPECT_TRUE(matches_golden("metrics/golden/mdlayher.prom", render(fleet(), kMdlayherPage)));
}

TEST(Compat, HidesWhatIsToBeHidden) {
  const MetricsOptions hidden{
      .privacy = {.address = AddressPrivacy::prefix, .identity = IdentityPrivacy::none}};
  ScrapeRequest remote = kMindflavorPage;
  remote.mindflavor.export_remote_ip_and_port = true;
  for (const ScrapeRequest& request : {remote, kMdlayherPage}) {
    const bool mindflavor = request.form == PageForm::mindflavor;
    const View view = documented_view(mindflavor ? kMindflavor : kMdlayher, true);
    const std::string page = render(view, request, hidden);
    for (const auto* hidden_part : {"OnePlus", "37.159.76.245", "29159", "bar", "e5c2", "49203"}) {
      EXPECT_FALSE(page.contains(hidden_part)) << hidden_part;
    }
    EXPECT_TRUE(page.contains(mindflavor ? "remote_ip=\"37.159.76.0\"" : "fd9e:1a04:f01d::"));
  }
}

TEST(Compat, HasOnlyPeersThatAreShown) {
  const View view = crowd(11);
  for (const ScrapeRequest& request : {kMindflavorPage, kMdlayherPage}) {
    EXPECT_TRUE(render(view, request, {.peer_limit = 11}).contains("_bytes_total{"));
    EXPECT_FALSE(render(view, request, {.peer_limit = 10}).contains("_bytes_total{"));
    EXPECT_FALSE(MetricsPage({})
                     .render(view, kNow + std::chrono::minutes{1}, nullptr, request)
                     .contains("{"));
  }
}

}  // namespace
}  // namespace wgaudit::test
