#include "actors/shard_actor.hpp"

#include <optional>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

#include "actors/entity_actor.hpp"

namespace frontrow::actors {

namespace {
struct ring_timer {
  std::uint64_t generation = 0;
};
struct sweep {};
struct revive {
  domain::entity_ref entity;
};

/// The longest pause before an entity that cannot live is tried again: long enough to read its log line.
constexpr auto longest_pause = domain::milliseconds{60'000};
} // namespace

} // namespace frontrow::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::ring_timer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::sweep)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::revive)

namespace frontrow::actors {

shard_actor::shard_actor(caf::actor_config& config, actors::node& home, cluster::shard_id shard,
                         cluster::epoch_number epoch)
    : caf::event_based_actor(config), home_(home), shard_(shard), hosting_(*this, shard, epoch) {}

caf::behavior shard_actor::make_behavior() {
  set_down_handler([this](const caf::down_msg& down) { went_down(down); });
  set_exit_handler([this](const caf::exit_msg& leave) {
    hosting_.for_each([&](domain::entity_ref, const caf::actor& entity) { send_exit(entity, leave.reason); });
    quit(leave.reason);
  });
  return {
      [this](const cluster::envelope& letter) { hosting_.receive(letter); },
      [this](const wake_request& request) { hosting_.receive(request); },
      [this](const load_entities& request) { hosting_.receive(request); },
      [this](begin_serving now_ours) { hosting_.receive(now_ours); },
      [this](stop_serving asked) { hosting_.receive(asked); },
      [this](const loaded_ahead& news) { hosting_.receive(news); },
      [this](const began& news) { hosting_.receive(news); },
      [this](const stays& answer) { hosting_.receive(answer); },
      [this](const life_over& end) { hosting_.receive(end); },
      [this](const ring_timer& rung) { hosting_.ring(rung.generation); },
      [this](sweep) { hosting_.sweep(); },
      [this](const revive& again) { hosting_.revive(again.entity); },
  };
}

caf::actor shard_actor::spawn_entity(domain::entity_ref entity, cluster::epoch_number epoch,
                                     const mailbox_gauge& mailbox) {
  const auto address = persistence::entity_address{entity, shard_};
  const auto self = caf::actor_cast<caf::actor>(this);
  switch (entity.kind) {
  case domain::entity_kind::seat_map:
    return spawn<entity_actor<domain::seat_map>, caf::monitored>(home_, address, epoch, self, mailbox);
  case domain::entity_kind::account:
    return spawn<entity_actor<domain::account>, caf::monitored>(home_, address, epoch, self, mailbox);
  case domain::entity_kind::queue:
    return spawn<entity_actor<domain::queue>, caf::monitored>(home_, address, epoch, self, mailbox);
  }
  return {};
}

void shard_actor::has_stopped(cluster::owned_shard shard) {
  home_.has_stopped(shard);
  quit();
}

void shard_actor::ring_after(domain::milliseconds pause, std::uint64_t generation) {
  delayed_send(this, pause, ring_timer{generation});
}

void shard_actor::sweep_after(domain::milliseconds pause) {
  delayed_send(this, pause, sweep{});
}

void shard_actor::revive_after(domain::milliseconds pause, domain::entity_ref entity) {
  delayed_send(this, pause, revive{entity});
}

domain::milliseconds shard_actor::revival_pause_max() {
  return longest_pause;
}

void shard_actor::went_down(const caf::down_msg& down) {
  if (!down.reason)
    return; // an ordinary end, reported by life_over before
  // A crash. Who waited for it is told by the ask timeout.
  std::optional<domain::entity_ref> crashed;
  hosting_.for_each([&](domain::entity_ref entity, const caf::actor& handler) {
    if (handler.address() == down.source)
      crashed = entity;
  });
  if (!crashed)
    return;
  spdlog::error("actor {}/{} crashed: {}", domain::name_of(crashed->kind), crashed->id, system().render(down.reason));
  hosting_.receive(life_over{*crashed, life_over::why::failed});
}

} // namespace frontrow::actors
