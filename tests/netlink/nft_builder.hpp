// Builds messages of nftables and RTM_NEWNETCONF as the kernel does.
#pragma once

#include <arpa/inet.h>  // before the kernel's headers, which then leave out what it has
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "tests/netlink/fake_kernel.hpp"

namespace wgaudit::test {

[[nodiscard]] Buffer nft_message(std::uint8_t message_type, std::uint8_t family,
                                 const Attributes::Fill& fill, std::uint16_t flags = NLM_F_MULTI);
[[nodiscard]] Buffer generation_message(std::uint32_t id);
[[nodiscard]] Buffer table_message(const FakeTable& table);
[[nodiscard]] Buffer chain_message(const FakeChain& chain, std::uint16_t flags = NLM_F_MULTI);
[[nodiscard]] Buffer rule_message(const FakeChain& chain, const Attributes::Fill& expressions);
[[nodiscard]] Buffer netconf_message(int family, std::int32_t ifindex, std::int32_t forwarding,
                                     bool forced = false);

// Numbers of nftables stand in network order.
Attributes& put_number(Attributes& to, std::uint16_t type, std::uint32_t value);
// One expression of a rule.
void expression(Attributes& to, std::string_view name, const Attributes::Fill& data = {});
void verdict(Attributes& to, std::int32_t code, std::string_view chain = {});

// Rules: a verdict for every packet, and one for those of an interface alone.
[[nodiscard]] Attributes::Fill always(std::int32_t code, std::string_view chain = {});
[[nodiscard]] Attributes::Fill sometimes(std::int32_t code, std::string_view chain = {});

}  // namespace wgaudit::test
