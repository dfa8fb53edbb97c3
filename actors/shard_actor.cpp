#include "actors/shard_actor.hpp"

#include <algorithm>
#include <utility>
#include <vector>

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

/// How often a shard looks for idle entities: a tenth of the shortest sensible passivation time.
constexpr auto sweep_every = std::chrono::seconds{1};
/// Entities asked to leave per sweep, so that a sweep never holds up commands.
constexpr int leaving_per_sweep = 2'000;
/// The longest pause before an entity that cannot live is tried again: long enough to read its log line.
constexpr auto revival_pause_max = domain::milliseconds{60'000};
} // namespace

} // namespace frontrow::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::ring_timer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::sweep)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::actors::revive)

namespace frontrow::actors {

shard_actor::shard_actor(caf::actor_config& config, actors::node& home, cluster::shard_id shard, cluster::epoch_number epoch)
    : caf::event_based_actor(config), home_(home), shard_(shard), epoch_(epoch),
      phase_(epoch == 0 ? phase::ahead : phase::serving) {}

caf::behavior shard_actor::make_behavior() {
  set_down_handler([this](const caf::down_msg& down) { went_down(down); });
  set_exit_handler([this](const caf::exit_msg& leave) {
    for (auto& [entity, each] : lives_)
      send_exit(each.handler, leave.reason);
    quit(leave.reason);
  });
  return {
      [this](const cluster::envelope& letter) { receive(letter); },
      [this](const wake_request& request) { plan(request.entity, request.at); },
      [this](const load_entities& request) { load(request); },
      [this](begin_serving now_ours) { begin(now_ours.epoch); },
      [this](stop_serving asked) { stop(asked.leaving); },
      [this](const loaded_ahead& news) { one_is_ahead(news.entity); },
      [this](const began& news) { revivals_.erase(news.entity); },
      [this](const revive& again) {
        if (phase_ == phase::serving)
          live(again.entity);
      },
      [this](const stays& answer) {
        auto found = lives_.find(answer.entity);
        if (found == lives_.end())
          return;
        auto& stayer = found->second;
        stayer.leaving = false;
        touch(stayer);
        for (auto kept = std::exchange(stayer.kept, {}); auto& letter : kept)
          forward(stayer, letter);
      },
      [this](const life_over& end) { end_of(end.entity, end.reason); },
      [this](const ring_timer& rung) {
        if (rung.generation == timer_generation_)
          ring();
      },
      [this](sweep) {
        let_idle_leave();
        sweeping_ = !lives_.empty();
        if (sweeping_)
          delayed_send(this, sweep_every, sweep{});
      },
  };
}

shard_actor::life& shard_actor::live(domain::entity_ref entity) {
  auto [found, fresh] = lives_.try_emplace(entity);
  auto& it = found->second;
  if (fresh) {
    it.mailbox = std::make_shared<std::atomic<std::int64_t>>(0);
    it.handler = spawn_entity(entity, it.mailbox);
    it.recency = by_recency_.insert(by_recency_.end(), entity);
    it.touched = home_.clock().now();
    if (!std::exchange(sweeping_, true))
      delayed_send(this, sweep_every, sweep{});
  }
  return it;
}

caf::actor shard_actor::spawn_entity(domain::entity_ref entity, const mailbox_gauge& mailbox) {
  const auto address = persistence::entity_address{entity, shard_};
  const auto self = caf::actor_cast<caf::actor>(this);
  switch (entity.kind) {
  case domain::entity_kind::seat_map:
    return spawn<entity_actor<domain::seat_map>, caf::monitored>(home_, address, epoch_, self, mailbox);
  case domain::entity_kind::account:
    return spawn<entity_actor<domain::account>, caf::monitored>(home_, address, epoch_, self, mailbox);
  case domain::entity_kind::queue:
    return spawn<entity_actor<domain::queue>, caf::monitored>(home_, address, epoch_, self, mailbox);
  }
  return {};
}

void shard_actor::load(const load_entities& request) {
  if (phase_ == phase::stopping)
    return;
  for (const auto& entity : request.which) {
    if (phase_ == phase::ahead && !lives_.contains(entity))
      loading_ahead_.insert(entity);
    live(entity);
  }
  if (phase_ == phase::ahead && loading_ahead_.empty())
    home_.is_ahead(shard_);
}

void shard_actor::one_is_ahead(domain::entity_ref entity) {
  if (loading_ahead_.erase(entity) > 0 && loading_ahead_.empty() && phase_ == phase::ahead)
    home_.is_ahead(shard_);
}

void shard_actor::begin(cluster::epoch_number epoch) {
  epoch_ = epoch;
  phase_ = phase::serving;
  loading_ahead_.clear();
  for (auto& [entity, each] : lives_)
    send(each.handler, take_over{epoch});
}

/// A second time, and less patient: those that are still there end at once.
void shard_actor::stop(hand_over::how leaving) {
  phase_ = phase::stopping;
  for (auto& [entity, each] : lives_) {
    for (const auto& letter : std::exchange(each.kept, {}))
      home_.answer(letter.from, caf::make_message(cluster::moved{shard_, epoch_}));
    send(each.handler, hand_over{leaving});
  }
  tell_if_stopped();
}

void shard_actor::tell_if_stopped() {
  if (phase_ == phase::stopping && lives_.empty()) {
    home_.has_stopped({shard_, epoch_});
    quit();
  }
}

void shard_actor::receive(const cluster::envelope& letter) {
  const auto known = letter.to.kind >= domain::entity_kind::seat_map && letter.to.kind <= domain::entity_kind::queue;
  const auto current = letter.epoch == 0 || letter.epoch == epoch_;
  if (letter.shard != shard_ || phase_ == phase::stopping || !current)
    return home_.answer(letter.from, caf::make_message(cluster::moved{shard_, epoch_}));
  if (letter.payload.match_elements<read_shard>())
    return home_.answer(letter.from, caf::make_message(status_after(letter.payload.get_as<read_shard>(0))));
  if (!known)
    return home_.answer(letter.from, caf::make_message(unavailable{}));
  auto& to = live(letter.to);
  touch(to);
  if (to.mailbox->load(std::memory_order_relaxed) + static_cast<std::int64_t>(to.kept.size()) >=
      home_.limits().mailbox_max)
    return home_.answer(letter.from, caf::make_message(unavailable{}));
  if (to.leaving)
    to.kept.push_back(letter);
  else
    forward(to, letter);
}

void shard_actor::forward(life& to, const cluster::envelope& letter) {
  // What asks about an actor must not wait behind what it asks about.
  const auto question = letter.payload.match_elements<read_status>();
  if (question) {
    send<caf::message_priority::high>(to.handler, letter);
    return;
  }
  to.mailbox->fetch_add(1, std::memory_order_relaxed);
  send(to.handler, letter);
}

void shard_actor::touch(life& which) {
  which.touched = home_.clock().now();
  by_recency_.splice(by_recency_.end(), by_recency_, which.recency);
}

void shard_actor::plan(domain::entity_ref entity, std::optional<domain::instant> at) {
  auto found = lives_.find(entity);
  if (found == lives_.end())
    return;
  auto& deadline = found->second.deadline;
  if (deadline) {
    auto [from, to] = deadlines_.equal_range(*deadline);
    if (auto old = std::find_if(from, to, [&](const auto& each) { return each.second == entity; }); old != to)
      deadlines_.erase(old);
  }
  deadline = at;
  if (at) {
    deadlines_.emplace(*at, entity);
    set_timer();
  }
}

void shard_actor::set_timer() {
  if (deadlines_.empty())
    return;
  const auto next = deadlines_.begin()->first;
  if (timer_at_ && *timer_at_ <= next)
    return;
  timer_at_ = next;
  const auto wait = std::max(next - home_.clock().now(), domain::milliseconds{1});
  delayed_send(this, wait, ring_timer{++timer_generation_});
}

void shard_actor::ring() {
  timer_at_.reset();
  const auto now = home_.clock().now();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const auto entity = deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    auto found = lives_.find(entity);
    if (found == lives_.end())
      continue;
    found->second.deadline.reset();
    send(found->second.handler, due{}); // one that has left memory by then takes no notice
  }
  set_timer();
}

void shard_actor::let_idle_leave() {
  const auto idle_since = home_.clock().now() - home_.limits().passivate_after;
  for (int asked = 0; asked < leaving_per_sweep && !by_recency_.empty(); ++asked) {
    auto& oldest = lives_.at(by_recency_.front());
    if (oldest.touched > idle_since)
      return;
    touch(oldest); // to the back: asked again only after another idle spell
    if (oldest.leaving || oldest.deadline)
      continue;
    oldest.leaving = true;
    send(oldest.handler, passivate{});
  }
}

void shard_actor::end_of(domain::entity_ref entity, life_over::why reason) {
  auto found = lives_.find(entity);
  if (found == lives_.end())
    return;
  plan(entity, std::nullopt);
  send(found->second.handler, bury{});
  auto kept = std::move(found->second.kept);
  by_recency_.erase(found->second.recency);
  lives_.erase(found);
  for (const auto& letter : kept)
    receive(letter);
  one_is_ahead(entity);
  // An account waits for nothing by itself; the others must be awake while their shard is.
  if (reason == life_over::why::failed && entity.kind != domain::entity_kind::account && phase_ == phase::serving)
    revive_later(entity);
  tell_if_stopped();
}

void shard_actor::revive_later(domain::entity_ref entity) {
  auto& pause = revivals_[entity];
  pause = std::min(std::max(pause * 2, domain::milliseconds{home_.limits().effect_retry}), revival_pause_max);
  delayed_send(this, pause, revive{entity});
}

void shard_actor::went_down(const caf::down_msg& down) {
  if (!down.reason)
    return; // an ordinary end, reported by life_over before
  // A crash. Who waited for it is told by the ask timeout.
  for (auto& [entity, each] : lives_) {
    if (each.handler.address() != down.source)
      continue;
    spdlog::error("actor {}/{} crashed: {}", domain::name_of(entity.kind), entity.id,
                  system().render(down.reason));
    end_of(domain::entity_ref{entity}, life_over::why::failed);
    return;
  }
}

shard_status shard_actor::status_after(const read_shard& query) const {
  shard_status status{shard_, epoch_, static_cast<std::int64_t>(lives_.size()), {}};
  if (query.limit > 0) {
    for (const auto& [entity, each] : lives_)
      if (entity > query.after)
        status.entities.push_back(entity);
    const auto wanted = std::min(status.entities.size(), static_cast<std::size_t>(query.limit));
    std::partial_sort(status.entities.begin(), status.entities.begin() + static_cast<std::ptrdiff_t>(wanted),
                      status.entities.end());
    status.entities.resize(wanted);
  }
  return status;
}

} // namespace frontrow::actors
