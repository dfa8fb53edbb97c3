#pragma once

#include <string>

#include <caf/message.hpp>

#include "cluster/shard.hpp"

namespace frontrow::cluster {

/// Raised whenever the meaning of an envelope or of any message in one changes. Nodes of another version
/// are refused.
inline constexpr std::uint16_t protocol_version = 1;

/// To whom an answer goes: a request that waits at a node's gateway, or an entity that is owed an effect.
/// Never an actor's handle: answers find their way as commands do, so actors may move meanwhile.
struct return_address {
  std::uint16_t gateway = 0;      // of the asking node, from 1; 0: the answer goes to `entity`, or nowhere
  std::uint64_t correlation = 0;  // the gateway's number for the request, or the entity's effect id
  domain::entity_ref entity;      // id 0: nobody waits
  std::string trace;              // of the request that the effect belongs to; empty for a gateway
};

/// A command on its way to the owner of its shard. `payload` is the command: one registered message.
struct envelope {
  std::uint16_t protocol = protocol_version;
  shard_id shard = 0;
  epoch_number epoch = 0;         // that the sender believes in; 0: any
  domain::entity_ref to;
  return_address from;
  domain::command_id command;     // under which the command is recognised when sent again
  std::string trace;
  caf::message payload;
};

} // namespace frontrow::cluster
