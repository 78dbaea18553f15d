// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// The properties of an activation: an OBJREF_CUSTOM (MS-DCOM 2.2.18.6) around a row of structures,
// each with a serialization header of its own (2.2.22, MS-RPCE 2.2.6). Always little-endian NDR,
// whatever the call around them is in. Only dcom.cpp includes this.
#pragma once

#include "dcerpc/dcom.hpp"

namespace rpcgate::dcerpc {

// `objref`: all of the OBJREF; `base`: where it lies in the stub. False: it cannot be read with
// certainty.
bool read_request_properties(Bytes objref, std::size_t base, ActivationRequest& out) noexcept;
bool read_answer_properties(Bytes objref, std::size_t base, ActivationAnswer& out) noexcept;

}  // namespace rpcgate::dcerpc
