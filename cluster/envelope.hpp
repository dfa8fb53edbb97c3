#pragma once

#include <string>

#include <caf/message.hpp>

#include "cluster/shard.hpp"

namespace frontrow::cluster {

/// Raised whenever the meaning of an envelope or of any message in one changes, or nodes write to the journal
/// what those of before cannot read. Nodes of another version are refused.
inline constexpr std::uint16_t protocol_version = 7;

/// To whom an answer goes: a request that waits at a node's gateway. Never an actor's handle: actors may move meanwhile.
struct return_address {
  std::int64_t node = 0;         // the asking node's number; 0: the node where the answer is given
  std::uint16_t gateway = 0;     // from 1; 0: nobody waits
  std::uint64_t correlation = 0; // the gateway's number for the request
};

/// The answer of a node that does not serve the shard now: hold the request back, and ask its new owner.
struct moved {
  shard_id shard = 0;
  epoch_number epoch = 0; // the highest that the answering node knows of
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
