// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Every key of the configuration, once. Reading, bounds, the words of errors and the pages
// docs/reference/config.md and limits.md come from these tables; defaults are the structs' own.
#pragma once

#include <tuple>

#include "config/config.hpp"
#include "config/limit_options.hpp"
#include "config/option.hpp"

namespace rpcgate::config {

inline constexpr std::tuple daemon_options{
    number("workers", &Daemon::workers, {1, 64}, "lcores", Scope::box,
           "Worker cores. Each client's traffic is handled by one of them."),
    option("idle", &Daemon::idle,
           "What a worker without packets does: `sleep` until some come, or `poll` on, which costs "
           "a whole core and saves microseconds."),
    option("control-socket", &Daemon::control_socket, "Where `rpcgate` talks to the daemon."),
    option("control-group", &Daemon::control_group,
           "The group that may use the socket, beside root. A group that does not exist: root "
           "alone."),
    option("events", &Daemon::events, "File the events are added to, or `-`: standard output."),
    option("packs-dir", &Daemon::packs_dir,
           "Where the packs of the product lie. Default: those of the installation."),
    option("user-packs-dir", &Daemon::user_packs_dir,
           "Where the operator's own packs lie. It need not exist."),
    number("memory", &Daemon::memory_mib, {64, 65536}, "MiB", Scope::box,
           "Memory that DPDK takes for packet buffers and rings. Tables of flows and pinholes are "
           "apart from it."),
    option("hugepages", &Daemon::hugepages,
           "Take that memory, and the tables, from hugepages while there are any; touch it all."),
    number("mbufs", &Daemon::mbufs, {2048, 4194304}, "buffers", Scope::box, "Packet buffers."),
    option("monitor", &Daemon::monitor,
           "The ports bring copies of traffic between others (a mirror port of a switch): all is "
           "judged and told, nothing is sent. Rules are `mode = \"routed\"`."),
    option("eal-arguments", &Daemon::eal_arguments,
           "Further arguments for DPDK's EAL, for devices that need them."),
};

inline constexpr std::tuple port_options{
    required("name", &Port::name, "Names the port in commands and events."),
    required(
        "zone", &Port::zone,
        "`outer`: where the clients of published servers are. `inner`: where the servers are."),
    option("device", &Port::device,
           "Any device of DPDK: a PCI address, or a virtual one such as "
           "`net_af_xdp0,iface=eth1`. Required, except in replay."),
    required("networks", &Port::networks,
             "Sources that may enter here; the longest prefix of all ports wins. A packet from "
             "another source is dropped as spoofed-source. `0.0.0.0/0` is all of IPv4, `::/0` all "
             "addresses."),
    option("kernel-interface", &Port::kernel_interface,
           "The kernel's interface behind the port, whose routes, neighbours and addresses are "
           "used. Default: the device's own `iface=`."),
    number("queues", &Port::queues, {1, 64}, "queues", Scope::none, "Receive queues."),
    number("tx-queues", &Port::tx_queues, {0, 64}, "queues", Scope::none,
           "Transmit queues; 0: as many as `queues`. A worker without one hands its packets to a "
           "worker that has one."),
    number("descriptors", &Port::descriptors, {64, 32768}, "packets", Scope::none,
           "Length of each queue."),
    number("mtu", &Port::mtu, {576, 9216}, "octets", Scope::none, "Largest IP packet."),
    option("addresses", &Port::addresses,
           "The port's own addresses with their prefix length, for a port without a kernel "
           "interface."),
};

inline constexpr std::tuple client_set_options{
    required("name", &ClientSet::name, "What rules call it."),
    required("prefixes", &ClientSet::prefixes, "Addresses and prefixes, IPv4 and IPv6."),
};

inline constexpr std::tuple local_service_options{
    required("address", &LocalService::address, "An address of the box itself."),
    option("protocol", &LocalService::protocol, "`tcp`, `udp`, `icmp`, `icmpv6` or a number."),
    number("port", &LocalService::port, {1, 65535}, "port", Scope::none,
           "Required for TCP and UDP."),
};

inline constexpr std::tuple route_options{
    required("prefix", &StaticRoute::prefix, "Destinations."),
    option("via", &StaticRoute::via, "The next hop. Not given: the destinations are on the link."),
    required("port", &StaticRoute::port, "The name of the port it leaves by."),
};

inline constexpr std::tuple neighbour_options{
    required("address", &StaticNeighbour::address, "Its IP address."),
    required("mac", &StaticNeighbour::mac, "Its link address, `02:00:00:00:00:01`."),
    required("port", &StaticNeighbour::port, "The name of the port it is reached by."),
};

inline constexpr std::tuple floor_options{
    required("opnums", &FloorEntry::opnums, "Numbers, or ranges such as `\"4-7\"`."),
    required("protection", &FloorEntry::protection, "The least that these requests may have."),
    option("why", &FloorEntry::why, "The reason, for people."),
};

inline constexpr std::tuple interface_options{
    option("name", &InterfaceEntry::name, "A known interface, or a name for `uuid`."),
    option("uuid", &InterfaceEntry::uuid, "The UUID, perhaps with `/` and the major version."),
    number("version", &InterfaceEntry::version, {0, 65535}, "major version", Scope::none,
           "The major version; the minor one does not count."),
    option("versions", &InterfaceEntry::versions,
           "Instead of `version`, versions with both ends included: `\"1\"`, `\"1-3\"`, "
           "`\"0.81\"`, `\"0.0-0.81\"`."),
    option("opnums", &InterfaceEntry::opnums,
           "Only these operations are granted (or denied, in a deny rule). Others are left to "
           "later rules."),
    option("deny-opnums", &InterfaceEntry::deny_opnums,
           "These operations are refused, whatever later rules say."),
    option("protection", &InterfaceEntry::protection,
           "The least a request of this interface may have, instead of the rule's and the pack's."),
    option("anonymous", &InterfaceEntry::anonymous,
           "Accept anonymous callers for this interface although protection is demanded."),
    option("callbacks", &InterfaceEntry::callbacks,
           "The server may call the client on this interface."),
    option("technique", &InterfaceEntry::technique,
           "In a pack for `deny`: the technique of MITRE ATT&CK, told in events; instead of the "
           "pack's."),
    option("why", &InterfaceEntry::why, "The reason, for people."),
    option("floor", &InterfaceEntry::floors,
           "`[[…interface.floor]]`: other floors for some opnums."),
};

inline constexpr std::tuple pack_options{
    required("name", &Pack::name, "What rules call it."),
    option("title", &Pack::title, "One line, for people."),
    option("use", &Pack::use,
           "`grant`: for a rule's `packs`. `deny`: a technique, for a rule's `deny`."),
    option("referrals", &Pack::referrals,
           "`refuse`: its RFRI is granted only to rules that say `referrals = \"allow\"`."),
    option("technique", &Pack::technique,
           "In a pack for `deny`: the technique of MITRE ATT&CK, such as `T1003.006`, told in "
           "events."),
    option("interface", &Pack::interfaces, "`[[interface]]`: see publish.interface."),
    option("class", &Pack::classes, "`[[class]]`: classes of DCOM."),
};

inline constexpr std::tuple class_options{
    required("name", &ClassEntry::name, "What rules call it."),
    required("clsid", &ClassEntry::clsid, "Its UUID."),
    option("technique", &ClassEntry::technique, "As of an interface."),
    option("why", &ClassEntry::why, "The reason, for people."),
};

inline constexpr std::tuple schedule_options{
    required("name", &Schedule::name, "What rules call it."),
    option("days", &Schedule::days, "The days on which it begins. Default: every day."),
    option("from", &Schedule::from, "When it begins, `\"08:00\"`. Default: midnight."),
    option("to", &Schedule::to,
           "When it ends; not later than `from`: on the next day. Default: midnight."),
    option("timezone", &Schedule::timezone,
           "Whose clock is meant: a name of the time zone database, `\"Europe/Berlin\"`."),
    number("grace", &Schedule::grace, {0, 604800}, "time", Scope::none,
           "How long connections may go on after its end; nothing new begins then."),
};

// What [[publish]] and [[outbound]] have in common.
inline constexpr std::tuple rule_options{
    required("name", &Rule::name, "Names the rule in commands and events, across reloads."),
    option("action", &Rule::action,
           "`allow` or `deny` what the rule matches. `learn`: allow it, and tell what of it is "
           "used (`rpcgate learn`); without `packs` and `interfaces` that is every interface, "
           "class and callback, with any protection."),
    required("clients", &Rule::clients, "Client sets, addresses, prefixes, or `\"any\"`."),
    option("services", &Rule::services,
           "`rpc` and the plain services beside it, by name or as `{protocol = \"tcp\", port = "
           "3268}`. Default: `rpc`."),
    option("packs", &Rule::packs, "Packs of interfaces that are granted."),
    option("deny", &Rule::deny, "Technique packs, whose operations are refused."),
    option("interfaces", &Rule::interfaces,
           "Interfaces granted, by name or as UUID with `/` and the major version or a range such "
           "as `/0.0-0.81`; or `\"any\"`."),
    option("interface", &Rule::interface_entries,
           "`[[publish.interface]]`, `[[outbound.interface]]`: finer than a pack."),
    option("protection", &Rule::protection,
           "The least a request may have: `none`, `connect`, `packet`, `integrity`, `privacy`. "
           "Default: the floors of the packs, else `privacy`. Bootstrap operations that packs list "
           "with their own floor keep it."),
    option("anonymous", &Rule::anonymous,
           "Accept anonymous callers although protection is demanded."),
    option("authentication", &Rule::authentication,
           "How callers may prove who they are where protection is demanded. Default: any way."),
    option("classes", &Rule::classes,
           "Classes of DCOM that may be activated, beside those of the packs: names that a pack "
           "gives, UUIDs, or `\"any\"`."),
    option("sealed-activation", &Rule::sealed_activation,
           "Let activation pass that is sealed: its class cannot be judged, and the ports it names "
           "are not opened (`static-ports`)."),
    option("notifications", &Rule::notifications,
           "Datagrams by which Exchange tells of new mail. `registered`: as the client's "
           "registration says, which must be readable. `window`: where it is sealed, the first "
           "datagram after it fixes port and content. `session`: the same for every session with "
           "the store. `ports`: for every session, to `notification-ports`. `off`: registrations "
           "are refused; clients poll."),
    option("notification-ports", &Rule::notification_ports,
           "Ports of the clients for `notifications = \"ports\"` (Outlook's FixedUDPPort)."),
    option("referrals", &Rule::referrals,
           "`allow` or `refuse` RFRI, which names another address book server. Default: as the "
           "pack says."),
    option("schedule", &Rule::schedule,
           "When the rule holds: the name of a `[[schedule]]`, or `always`."),
    option(
        "refuse", &Rule::refuse,
        "How clients that the rule names are refused: `rpc-error` by the server itself, `reset`, "
        "or silently: `drop`."),
    number("mapper-port", &Rule::mapper_port, {1, 65535}, "port", Scope::none,
           "The port of the endpoint mapper."),
    option("mapper-lookup", &Rule::mapper_lookup,
           "ept_lookup: `refuse`, or `by-interface`: for an interface that is granted, and only "
           "towers that lead there are left in the answer."),
    option("mapper-authentication", &Rule::mapper_authentication,
           "Signed calls to the endpoint mapper: `read`, with ports that stay as they are, or "
           "`refuse`. Sealed ones are always refused."),
    option("also", &Rule::also,
           "Other members of its group, which a mapper's answer may name: the client is led there. "
           "Of an outbound rule they are in `to`, too."),
    option("static-ports", &Rule::static_ports,
           "RPC servers at fixed ports: open without a mapper, judged like any data flow."),
    option("limits", &Rule::limits,
           "Limits of this rule alone; only those whose scope is client, rule or pinhole."),
};

inline constexpr std::tuple outbound_options = std::tuple_cat(
    rule_options,
    std::tuple{
        required("to", &Rule::to,
                 "Servers on the outer side: addresses, prefixes, client sets, or `\"any\"`."),
        option("source-nat", &Rule::source_nat,
               "The address of the gateway that clients go out by, or `\"none\"`: their own."),
    });

inline constexpr std::tuple publish_options = std::tuple_cat(
    rule_options,
    std::tuple{
        required("outer", &Rule::outer, "The address that clients dial."),
        option("server", &Rule::server,
               "The server on the inner side. Required, except in a deny rule. In routed mode it "
               "is `outer` itself."),
        option("mode", &Rule::mode,
               "`nat`: `outer` is an address of the gateway. `routed`: clients dial the server's "
               "own address. IPv6 is routed only."),
        option("outer-ports", &Rule::outer_ports,
               "Ports and ranges such as `\"49152-65535\"` for pinholes whose own port is taken."),
    });

}  // namespace rpcgate::config
