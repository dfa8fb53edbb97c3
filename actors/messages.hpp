#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/fwd.hpp>
#include <caf/message.hpp>

#include "actors/shell.hpp"
#include "actors/wire.hpp"
#include "domain/account.hpp"
#include "domain/queue.hpp"
#include "domain/seat_map.hpp"

/// Every message between actors, in one place. `register_messages` makes CAF able to send them to another
/// node; tests/actors sends each there and back.
namespace frontrow::actors {

template <class... Ts>
struct type_list {};

/// What a machine's actor understands. `writes` are refused at the door while the journal takes nothing;
/// `reads` never record an event, and are answered from memory at any time.
template <class Machine>
struct commands_of;

template <>
struct commands_of<domain::seat_map> {
  static constexpr auto kind = domain::entity_kind::seat_map;
  using writes = type_list<domain::open_option, domain::hold_seats, domain::hold_best, domain::release_hold,
                           domain::pay, domain::cancel_payment, domain::answered_debit, domain::answered_refund,
                           domain::answered_done>;
  using reads = type_list<domain::read_reservation, domain::read_payment, domain::read_seats,
                          domain::read_availability>;
};

template <>
struct commands_of<domain::account> {
  static constexpr auto kind = domain::entity_kind::account;
  using writes = type_list<domain::charge, domain::debit, domain::refund>;
  using reads = type_list<domain::read_balance>;
};

template <>
struct commands_of<domain::queue> {
  static constexpr auto kind = domain::entity_kind::queue;
  using writes = type_list<domain::open_queue, domain::join_queue, domain::join_together, domain::leave_queue,
                           domain::complete_place, domain::change_policy, domain::report_option>;
  using reads =
      type_list<domain::read_place, domain::read_places, domain::read_queue, domain::watch_places>;
};

// ---- what every actor understands, whatever its machine

/// Asks for an entity_status.
struct read_status {};
/// Asks for the whole state as JSON text (state_text).
struct read_state {};

/// One live actor, for the operators' list. `mailbox` counts commands that wait in front of it.
struct entity_status {
  domain::entity_ref entity;
  std::int32_t shard = 0;
  std::int64_t mailbox = 0;
  domain::event_number version = 0;
  domain::event_number durable_version = 0;
  std::uint64_t commands = 0;
  std::uint64_t refusals = 0;
  domain::instant last_command_at;
  std::uint64_t memory_bytes = 0;
};
struct state_text {
  domain::event_number version = 0;
  std::string json;
};
/// "Ask again with the same command id": the outcome is unknown, or nothing was decided.
struct unavailable {};

/// Asks a shard for its figures and for the entities that live in it, in order, those after `after`.
struct read_shard {
  domain::entity_ref after;
  std::int32_t limit = 0;
};
struct shard_status {
  std::int32_t shard = 0;
  cluster::epoch_number epoch = 0;
  std::int64_t live = 0;
  std::vector<domain::entity_ref> entities;
};

template <class Inspector>
auto inspect(Inspector& inspector, read_status&) {
  return inspector();
}
template <class Inspector>
auto inspect(Inspector& inspector, read_state&) {
  return inspector();
}
template <class Inspector>
auto inspect(Inspector& inspector, unavailable&) {
  return inspector();
}
template <class Inspector>
auto inspect(Inspector& inspector, entity_status& status) {
  return inspector(status.entity, status.shard, status.mailbox, status.version, status.durable_version,
                   status.commands, status.refusals, status.last_command_at, status.memory_bytes);
}
template <class Inspector>
auto inspect(Inspector& inspector, state_text& state) {
  return inspector(state.version, state.json);
}
template <class Inspector>
auto inspect(Inspector& inspector, read_shard& command) {
  return inspector(command.after, command.limit);
}
template <class Inspector>
auto inspect(Inspector& inspector, shard_status& status) {
  return inspector(status.shard, status.epoch, status.live, status.entities);
}

/// Every type that may stand in an envelope's payload, commands and answers.
using payload_types =
    type_list<domain::open_option, domain::hold_seats, domain::hold_best, domain::release_hold, domain::pay,
              domain::cancel_payment, domain::answered_debit, domain::answered_refund, domain::answered_done,
              domain::read_reservation, domain::read_payment, domain::read_seats, domain::read_availability,
              domain::charge, domain::debit, domain::refund, domain::read_balance, domain::open_queue,
              domain::join_queue, domain::join_together, domain::leave_queue, domain::complete_place,
              domain::change_policy,
              domain::report_option, domain::read_place, domain::read_queue,
              // answers
              domain::availability, domain::reservation_view, domain::payment_view, domain::seat_list,
              domain::charge_made, domain::debit_answer, domain::refund_made, domain::balance_view,
              domain::place_view, domain::joined_together, domain::queue_view, domain::done, domain::refused,
              // of every actor
              read_status, read_state, entity_status, state_text, unavailable, read_shard, shard_status,
              // listening
              domain::watch_places, domain::places_watched,
              // asking for many
              domain::read_places, domain::places_read>;

/// Whether the question is about public data, which the crowd sees a moment late in any case: it is answered even by an
/// owner whose lease is over.
inline bool may_be_late(const caf::message& question) {
  return question.match_elements<domain::read_seats>() || question.match_elements<domain::read_availability>();
}

/// Before the actor system starts.
void register_messages(caf::actor_system_config& config);

} // namespace frontrow::actors
