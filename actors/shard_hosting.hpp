#pragma once

#include <algorithm>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <boost/unordered/unordered_map.hpp>

#include "actors/local_messages.hpp"
#include "actors/messages.hpp"

namespace frontrow::actors {

/// How often a shard looks for idle entities: a tenth of the shortest sensible passivation time.
inline constexpr domain::milliseconds sweep_every{1'000};
/// Entities asked to leave per sweep, so that a sweep never holds up commands.
inline constexpr int leaving_per_sweep = 2'000;

/// Hosts the entities of one shard: gives each command to its entity (bringing it to life first), keeps the
/// one timer for all of them, lets the idle leave memory, and brings those back that failed. It knows neither actors
/// nor threads; the same code runs in shard_actor and in the simulation.
///
/// Without an epoch it loads ahead of a move: entities read what there is and wait. `begin_serving` makes it the
/// shard's owner, `stop_serving` its past one; its node is told when either is done.
///
/// An entity's life ends by a handshake, so that no command is lost between two lives: the shard stops
/// forwarding (and keeps what comes), the entity says `life_over`, the shard answers `bury`, which is the
/// last message that the old life gets, and what was kept begins the next life.
///
/// `Handle` is a way to one life of an entity. `Home` is the world outside:
///   instant now()                               by the database's clock
///   Handle spawn_entity(entity, epoch, mailbox)  begins a life: an entity_life
///   void tell(Handle, message)                  in order: a letter, due, passivate, take_over, hand_over, bury
///   void ask_at_once(Handle, letter)            not behind what waits there
///   void answer(return_address, message)
///   void is_ahead(shard)                        to the node: what was to be loaded ahead is
///   void has_stopped(owned_shard)               to the node: nothing is here any more; the last call
///   void ring_after(pause, generation), sweep_after(pause), revive_after(pause, entity)
///                                               call `ring`, `sweep`, `revive` then, if this is still here
///   milliseconds passivate_after(), effect_retry(), revival_pause_max()
///   int64 mailbox_max()                         letters that may wait in front of one entity
///
/// Not thread-safe.
template <class Home, class Handle>
class shard_hosting {
public:
  shard_hosting(Home& home, cluster::shard_id shard, cluster::epoch_number epoch)
      : home_(home), shard_(shard), epoch_(epoch), phase_(epoch == 0 ? phase::ahead : phase::serving) {}
  shard_hosting(const shard_hosting&) = delete;
  shard_hosting& operator=(const shard_hosting&) = delete;

  // ---- from its node
  void receive(const cluster::envelope& letter);
  void receive(const load_entities& request);
  void receive(begin_serving now_ours);
  void receive(stop_serving asked);
  // ---- from its entities
  void receive(const wake_request& request) { plan(request.entity, request.at); }
  void receive(const loaded_ahead& news) { one_is_ahead(news.entity); }
  void receive(const began& news) { revivals_.erase(news.entity); }
  void receive(const stays& answer);
  void receive(const life_over& end);
  // ---- timers
  void ring(std::uint64_t generation);
  void sweep();
  void revive(domain::entity_ref entity);

  /// `visit(entity, handle)` for each that lives here, in no order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& [entity, each] : lives_)
      visit(entity, each.handler);
  }
  /// Null: it does not live here.
  const Handle* find(domain::entity_ref entity) const {
    const auto found = lives_.find(entity);
    return found == lives_.end() ? nullptr : &found->second.handler;
  }
  /// Lets go of all handles.
  void clear() { lives_.clear(); }

private:
  enum class phase : std::uint8_t { ahead, serving, stopping };
  struct life {
    Handle handler;
    mailbox_gauge mailbox;
    bool leaving = false; // asked to passivate: what comes is kept
    std::deque<cluster::envelope> kept;
    std::optional<domain::instant> deadline;
    std::list<domain::entity_ref>::iterator recency;
    domain::instant touched;
  };

  struct revival {
    domain::milliseconds pause{0}; // before the last one
    bool planned = false;
  };

  life& live(domain::entity_ref entity);
  void tell_if_stopped();
  void one_is_ahead(domain::entity_ref entity);
  void forward(life& to, const cluster::envelope& letter);
  void touch(life& which);
  void plan(domain::entity_ref entity, std::optional<domain::instant> at);
  void set_timer();
  domain::milliseconds until_sweep() const;
  void let_idle_leave();
  void revive_later(domain::entity_ref entity);
  shard_status status_after(const read_shard& query) const;

  Home& home_;
  cluster::shard_id shard_;
  cluster::epoch_number epoch_;
  phase phase_;
  boost::unordered_flat_set<domain::entity_ref> loading_ahead_;
  boost::unordered_flat_map<domain::entity_ref, revival> revivals_; // of those that have not lived since
  boost::unordered_map<domain::entity_ref, life> lives_; // stable references: `recency` points back
  std::list<domain::entity_ref> by_recency_;             // longest untouched first
  std::multimap<domain::instant, domain::entity_ref> deadlines_;
  std::optional<domain::instant> timer_at_;
  std::uint64_t timer_generation_ = 0;
  bool sweeping_ = false; // a look for the idle is planned
};

// ---- the shard comes and goes

template <class Home, class Handle>
void shard_hosting<Home, Handle>::receive(const load_entities& request) {
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

template <class Home, class Handle>
void shard_hosting<Home, Handle>::one_is_ahead(domain::entity_ref entity) {
  if (loading_ahead_.erase(entity) > 0 && loading_ahead_.empty() && phase_ == phase::ahead)
    home_.is_ahead(shard_);
}

template <class Home, class Handle>
void shard_hosting<Home, Handle>::receive(begin_serving now_ours) {
  epoch_ = now_ours.epoch;
  phase_ = phase::serving;
  loading_ahead_.clear();
  for (auto& [entity, each] : lives_)
    home_.tell(each.handler, take_over{epoch_});
}

/// A second time, and less patient: those that are still there end at once.
template <class Home, class Handle>
void shard_hosting<Home, Handle>::receive(stop_serving asked) {
  phase_ = phase::stopping;
  for (auto& [entity, each] : lives_) {
    for (const auto& letter : std::exchange(each.kept, {}))
      home_.answer(letter.from, caf::make_message(cluster::moved{shard_, epoch_}));
    home_.tell(each.handler, hand_over{asked.leaving});
  }
  tell_if_stopped();
}

template <class Home, class Handle>
void shard_hosting<Home, Handle>::tell_if_stopped() {
  if (phase_ == phase::stopping && lives_.empty())
    home_.has_stopped({shard_, epoch_});
}

// ---- letters

template <class Home, class Handle>
void shard_hosting<Home, Handle>::receive(const cluster::envelope& letter) {
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
  // The question how full the mailbox is must be answered above all when it is full.
  const auto counted = !letter.payload.match_elements<read_status>() || to.leaving;
  const auto waiting = to.mailbox->load(std::memory_order_relaxed) + static_cast<std::int64_t>(to.kept.size());
  if (counted && waiting >= home_.mailbox_max())
    return home_.answer(letter.from, caf::make_message(unavailable{}));
  if (to.leaving)
    to.kept.push_back(letter);
  else
    forward(to, letter);
}

template <class Home, class Handle>
void shard_hosting<Home, Handle>::forward(life& to, const cluster::envelope& letter) {
  // What asks about an actor must not wait behind what it asks about.
  if (letter.payload.match_elements<read_status>())
    return home_.ask_at_once(to.handler, letter);
  to.mailbox->fetch_add(1, std::memory_order_relaxed);
  home_.tell(to.handler, letter);
}

template <class Home, class Handle>
typename shard_hosting<Home, Handle>::life& shard_hosting<Home, Handle>::live(domain::entity_ref entity) {
  auto [found, fresh] = lives_.try_emplace(entity);
  auto& it = found->second;
  if (fresh) {
    it.mailbox = std::make_shared<std::atomic<std::int64_t>>(0);
    it.handler = home_.spawn_entity(entity, epoch_, it.mailbox);
    it.recency = by_recency_.insert(by_recency_.end(), entity);
    it.touched = home_.now();
    if (!std::exchange(sweeping_, true))
      home_.sweep_after(until_sweep());
  }
  return it;
}

template <class Home, class Handle>
shard_status shard_hosting<Home, Handle>::status_after(const read_shard& query) const {
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

// ---- deadlines

template <class Home, class Handle>
void shard_hosting<Home, Handle>::plan(domain::entity_ref entity, std::optional<domain::instant> at) {
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

template <class Home, class Handle>
void shard_hosting<Home, Handle>::set_timer() {
  if (deadlines_.empty())
    return;
  const auto next = deadlines_.begin()->first;
  if (timer_at_ && *timer_at_ <= next)
    return;
  timer_at_ = next;
  home_.ring_after(std::max(next - home_.now(), domain::milliseconds{1}), ++timer_generation_);
}

/// Only the timer that was set last counts.
template <class Home, class Handle>
void shard_hosting<Home, Handle>::ring(std::uint64_t generation) {
  if (generation != timer_generation_)
    return;
  timer_at_.reset();
  const auto now = home_.now();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const auto entity = deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    auto found = lives_.find(entity);
    if (found == lives_.end())
      continue;
    found->second.deadline.reset();
    home_.tell(found->second.handler, due{}); // one that has left memory by then takes no notice
  }
  set_timer();
}

// ---- lives end

template <class Home, class Handle>
void shard_hosting<Home, Handle>::touch(life& which) {
  which.touched = home_.now();
  by_recency_.splice(by_recency_.end(), by_recency_, which.recency);
}

template <class Home, class Handle>
void shard_hosting<Home, Handle>::sweep() {
  let_idle_leave();
  sweeping_ = !lives_.empty();
  if (sweeping_)
    home_.sweep_after(until_sweep());
}

/// Each shard has moments of its own. A crowd wakes all shards at once; if they also looked for the idle at once, all
/// that became idle within a second would leave memory together, in front of every command.
template <class Home, class Handle>
domain::milliseconds shard_hosting<Home, Handle>::until_sweep() const {
  constexpr std::int64_t apart = 617; // prime to sweep_every, and neighbours are far apart
  const auto moment = domain::milliseconds{shard_ * apart} % sweep_every;
  return sweep_every - (home_.now().time_since_epoch() - moment) % sweep_every;
}

template <class Home, class Handle>
void shard_hosting<Home, Handle>::let_idle_leave() {
  const auto idle_since = home_.now() - home_.passivate_after();
  for (int asked = 0; asked < leaving_per_sweep && !by_recency_.empty(); ++asked) {
    auto& oldest = lives_.at(by_recency_.front());
    if (oldest.touched > idle_since)
      return;
    touch(oldest); // to the back: asked again only after another idle spell
    if (oldest.leaving || oldest.deadline)
      continue;
    oldest.leaving = true;
    home_.tell(oldest.handler, passivate{});
  }
}

template <class Home, class Handle>
void shard_hosting<Home, Handle>::receive(const stays& answer) {
  auto found = lives_.find(answer.entity);
  if (found == lives_.end())
    return;
  auto& stayer = found->second;
  stayer.leaving = false;
  touch(stayer);
  for (auto kept = std::exchange(stayer.kept, {}); const auto& letter : kept)
    forward(stayer, letter);
}

template <class Home, class Handle>
void shard_hosting<Home, Handle>::receive(const life_over& end) {
  const auto entity = end.entity;
  auto found = lives_.find(entity);
  if (found == lives_.end())
    return;
  plan(entity, std::nullopt);
  home_.tell(found->second.handler, bury{});
  auto kept = std::move(found->second.kept);
  by_recency_.erase(found->second.recency);
  lives_.erase(found);
  for (const auto& letter : kept)
    receive(letter);
  one_is_ahead(entity);
  // An account waits for nothing by itself; the others must be awake while their shard is.
  if (end.reason == life_over::why::failed && entity.kind != domain::entity_kind::account && phase_ == phase::serving)
    revive_later(entity);
  tell_if_stopped();
}

/// One at a time: whoever asks for an entity tries it as well, and each failure would plan another.
template <class Home, class Handle>
void shard_hosting<Home, Handle>::revive_later(domain::entity_ref entity) {
  auto& next = revivals_[entity];
  if (std::exchange(next.planned, true))
    return;
  next.pause = std::min(std::max(next.pause * 2, home_.effect_retry()), home_.revival_pause_max());
  home_.revive_after(next.pause, entity);
}

template <class Home, class Handle>
void shard_hosting<Home, Handle>::revive(domain::entity_ref entity) {
  if (const auto found = revivals_.find(entity); found != revivals_.end())
    found->second.planned = false;
  if (phase_ == phase::serving)
    live(entity);
}

} // namespace frontrow::actors
