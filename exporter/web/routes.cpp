#include "exporter/web/routes.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "collectors/model/ascii.hpp"
#include "collectors/model/cidr.hpp"
#include "exporter/metrics/page_form.hpp"
#include "exporter/pages/site.hpp"

namespace wgaudit {
namespace {

constexpr Duration kLongestWait = std::chrono::seconds{5};
constexpr Duration kForTheWay = std::chrono::milliseconds{500};

Reply text(int status, std::string body) {
  body += '\n';
  Reply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

Reply metrics_page(const Site& site, const RequestHead& head) {
  const auto request = parse_scrape_request(head.target, head.accept, head.accept_encoding);
  if (!request) return text(400, request.error());
  auto page = site.source.metrics(*request, scrape_time_limit(head.scrape_timeout));
  if (!page) return text(503, page.error());
  Reply reply;
  reply.content_type = content_type(request->form);
  reply.headers = {{"Vary", "Accept, Accept-Encoding"}};
  if (request->gzip) reply.headers.emplace_back("Content-Encoding", "gzip");
  reply.shared_body = *std::move(page);
  return reply;
}

Reply readiness(const Site& site) {
  const auto why = site.source.not_ready();
  return why ? text(503, "not ready: " + *why) : text(200, "ready");
}

// Pages are whole without script, frame or anything from elsewhere.
constexpr std::string_view kContentPolicy =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'";

// The name by which Prometheus asks for it (`inventory sd`). Its file is not of whoever has a DNS
// entry.
std::string_view name_in_inventory(const View* view) {
  const Gateway* own = view != nullptr ? view->inventory->gateway(view->gateway) : nullptr;
  if (own == nullptr) return {};
  return std::string_view(own->address).substr(0, own->address.rfind(':'));
}

Reply page(const Site& site, const std::string& path, const RequestHead& head,
           const Visitor& visitor) {
  const auto view = site.source.view();
  if (auto refused = keep_out(site, head, visitor, view.get())) return *std::move(refused);
  auto found = page_for(
      path, {view.get(), &site.source.pages, site.telemetry_path, Query::of_target(head.target)});
  if (!found) return text(404, "not found");
  Reply reply;
  reply.status = found->status;
  reply.content_type = found->content_type;
  reply.body = std::move(found->body);
  reply.headers = {
      {"Content-Security-Policy", std::string(kContentPolicy)},
      {"Referrer-Policy", "no-referrer"},
      {"Cache-Control", found->lasting ? "private, max-age=31536000, immutable" : "no-store"}};
  return reply;
}

bool is_port(std::string_view text) {
  return text.size() <= 5 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

Reply reply_to(const Site& site, const std::string& path, const RequestHead& head,
               const Visitor& visitor) {
  if (path == site.telemetry_path) return metrics_page(site, head);
  if (path == "/-/healthy") return text(200, "healthy");
  if (path == "/-/ready") return readiness(site);
  if (is_page(path)) return page(site, path, head, visitor);
  return text(404, "not found");
}

std::optional<Reply> keep_out(const Site& site, const RequestHead& head, const Visitor& visitor,
                              const View* view) {
  if (!visitor.may_see_people()) {
    return text(403,
                "this page answers on loopback addresses and unix sockets, elsewhere with a "
                "password or a client certificate only");
  }
  std::vector<std::string> names = site.allowed_hosts;
  names.emplace_back(name_in_inventory(view));
  if (!head.host || !is_own_host(*head.host, site.host_name, names)) {
    return text(
        403,
        "the Host header is no address and no name of this gateway: neither its host name nor "
        "its address in the inventory, nor one of --web.allowed-hosts");
  }
  return std::nullopt;
}

Duration scrape_time_limit(const std::optional<std::string>& header) {
  if (!header) return kLongestWait;
  const char* const end = header->data() + header->size();
  double seconds = 0;
  const auto [rest, error] =
      std::from_chars(header->data(), end, seconds, std::chars_format::fixed);
  if (error != std::errc{} || rest != end || !std::isfinite(seconds) || seconds <= 0) {
    return kLongestWait;
  }
  if (seconds > 3600) return kLongestWait;  // before it overflows nanoseconds
  const Duration limit{static_cast<Duration::rep>(seconds * 1e9)};
  return std::clamp(limit - kForTheWay, Duration::zero(), kLongestWait);
}

bool is_own_host(std::string_view header, std::string_view host_name,
                 std::span<const std::string> allowed) {
  std::string_view host = header;
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos) return false;
    const std::string_view rest = host.substr(end + 1);
    if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return false;
    const auto address = parse_address(host.substr(1, end - 1));
    return address && address->family == Family::ipv6;
  }
  if (const std::size_t colon = host.find(':'); colon != std::string_view::npos) {
    if (!is_port(host.substr(colon + 1))) return false;
    host = host.substr(0, colon);
  }
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty()) return false;
  if (const auto address = parse_address(host)) return address->family == Family::ipv4;
  const auto is_it = [&](std::string_view name) { return same_word(host, name); };
  return is_it("localhost") || is_it(host_name) ||
         is_it(host_name.substr(0, host_name.find('.'))) || std::ranges::any_of(allowed, is_it);
}

}  // namespace wgaudit
