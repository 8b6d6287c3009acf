#include "collectors/netlink/request_writer.hpp"

#include <libmnl/libmnl.h>

#include <cassert>
#include <span>
#include <string>

namespace wgaudit {

RequestWriter::RequestWriter(std::uint16_t type, std::uint16_t flags, std::uint32_t sequence) {
  nlmsghdr* const begun = mnl_nlmsg_put_header(buffer_.data());
  begun->nlmsg_type = type;
  begun->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  begun->nlmsg_seq = sequence;
}

nlmsghdr* RequestWriter::header() { return reinterpret_cast<nlmsghdr*>(buffer_.data()); }

void* RequestWriter::extra_header(std::size_t size) {
  return mnl_nlmsg_put_extra_header(header(), size);
}

void RequestWriter::put(std::uint16_t type, std::uint32_t value) {
  mnl_attr_put_u32(header(), type, value);
}

void RequestWriter::put(std::uint16_t type, std::string_view text) {
  const bool fits = mnl_attr_put_strz_check(header(), kMaxRequest, type, std::string(text).c_str());
  assert(fits && "names are ours and short, or no longer than the kernel's");
  static_cast<void>(fits);
}

nlattr* RequestWriter::open(std::uint16_t type) { return mnl_attr_nest_start(header(), type); }

void RequestWriter::close(nlattr* nest) { mnl_attr_nest_end(header(), nest); }

NetlinkRequest RequestWriter::take() const {
  nlmsghdr done{};
  std::memcpy(&done, buffer_.data(), sizeof done);
  const auto used = std::span{buffer_}.first(done.nlmsg_len);
  return {used.begin(), used.end()};
}

}  // namespace wgaudit
