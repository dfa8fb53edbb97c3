#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>

#include "cluster/envelope.hpp"
#include "persistence/journal_writer.hpp"

/// What a shard's actor and its entities' actors tell each other. These never leave the node, hence never
/// are serialized.
namespace frontrow::actors {

/// Commands that a shard has forwarded to an entity and that it has not yet handled.
using mailbox_gauge = std::shared_ptr<std::atomic<std::int64_t>>;

// ---- to an entity
/// From the journal: all up to `version` is durable.
struct became_durable {
  std::int64_t version = 0;
};
/// From the journal: this life cannot be written on.
struct append_failed {
  persistence::append_failure reason{};
};
/// From the reader: the history could not be replayed.
struct load_failed {
  enum class then : std::uint8_t { give_up, replay_all };
  then next = then::give_up;
};
/// Many have looked at the board: hear who they were.
struct look_at_board {};
/// From itself, in a thread that must not be held up: now it may take long.
struct take_your_time {};
/// The time asked for has come.
struct due {};
/// Leave memory, if nothing is under way. Answered by `stays` or `life_over`.
struct passivate {};
/// The shard is ours since this epoch: read what was written meanwhile, and live.
struct take_over {
  cluster::epoch_number epoch = 0;
};
/// The shard leaves. What still comes is answered `moved`.
struct hand_over {
  enum class how : std::uint8_t {
    when_durable, ///< what was decided is still written and answered
    at_once,      ///< whoever waits is sent to the new owner
  };
  how leaving = how::when_durable;
};
/// Nothing will be forwarded any more: end.
struct bury {};

// ---- to a shard
/// Wake me then (or never).
struct wake_request {
  domain::entity_ref entity;
  std::optional<domain::instant> at;
};
struct stays {
  domain::entity_ref entity;
};
/// This life takes no more commands; whatever still comes is answered "unavailable" until `bury`.
struct life_over {
  enum class why : std::uint8_t { idle, failed };
  domain::entity_ref entity;
  why reason = why::failed;
};
/// Loaded ahead: it has what the journal held, and waits for `take_over`.
struct loaded_ahead {
  domain::entity_ref entity;
};
/// It has its history, and lives.
struct began {
  domain::entity_ref entity;
};

// ---- to a shard, from its node
/// Load these, if they are not live already: something waits for them. On a shard that is loaded ahead: ahead.
struct load_entities {
  std::vector<domain::entity_ref> which;
};
/// The shard is ours since this epoch.
struct begin_serving {
  cluster::epoch_number epoch = 0;
};
/// End. The node is told when nothing is under way any more.
struct stop_serving {
  hand_over::how leaving = hand_over::how::when_durable;
};

} // namespace frontrow::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::became_durable)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::append_failed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::load_failed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::look_at_board)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::take_your_time)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::passivate)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::bury)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::wake_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::stays)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::life_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::load_entities)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::take_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::hand_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::loaded_ahead)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::began)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::begin_serving)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::stop_serving)
