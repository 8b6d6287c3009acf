#include "exporter/metrics/page.hpp"

#include "exporter/metrics/families.hpp"
#include "exporter/metrics/registry.hpp"

namespace wgaudit {
namespace {

constexpr Duration kShownFor = std::chrono::seconds{30};

// Address space, not memory: what stays unwritten is never touched.
std::size_t expected_size(const ShownDevices& devices) {
  constexpr std::size_t kPage = 64 * 1024, kPeer = 2600;
  std::size_t peers = 0;
  for (const JudgedDevice* judged : devices) peers += judged->peers.size();
  return kPage + peers * kPeer;
}

}  // namespace

struct MetricsPage::State {
  MetricsOptions options;
  ExporterRegistry registry;
  explicit State(MetricsOptions given) : options(given), registry(given.exporter_metrics) {}
};

MetricsPage::MetricsPage(MetricsOptions options) : state_(std::make_unique<State>(options)) {}
MetricsPage::~MetricsPage() = default;

std::string MetricsPage::render(const View& view, BootTime now, const DeliveryHealth* delivery) {
  ShownDevices shown, within_limit, over_limit;
  for (const JudgedDevice& judged : view.devices) {
    if (now - judged.device->observed_at > kShownFor) continue;
    shown.push_back(&judged);
    const bool over = judged.device->peers.size() > state_->options.peer_limit;
    (over ? over_limit : within_limit).push_back(&judged);
  }
  TextWriter out(expected_size(within_limit));
  write_interfaces(out, shown);
  write_peers(out, within_limit, view, state_->options.peer_details, state_->options.privacy);
  write_findings(out, view);
  write_collectors(out, view);
  write_over_limit(out, over_limit);
  write_inventory(out, view);
  if (delivery != nullptr) write_oldest_pending(out, *delivery);
  out.text() += state_->registry.render(view, delivery);
  return std::move(out.text());
}

}  // namespace wgaudit
