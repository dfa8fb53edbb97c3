#include "tests/simulation/shard_host.hpp"

#include "tests/simulation/entity_host.hpp"

namespace frontrow::simulation {

namespace {
constexpr sim_time sweep_every = second;
constexpr sim_time revival_pause_first = second;
constexpr sim_time revival_pause_max = 8 * second; // 60 s in the program: a run has no time for that
} // namespace

shard_host::shard_host(node& home, cluster::shard_id shard, cluster::epoch_number epoch)
    : home_(home), shard_(shard), epoch_(epoch), phase_(epoch == 0 ? phase::ahead : phase::serving) {}

template <class What>
void shard_host::later(sim_time wait, What what) {
  home_.later(wait, [self = weak_from_this(), what] {
    if (const auto shard = self.lock(); shard && !shard->gone_)
      what(*shard);
  });
}

template <class Say>
void shard_host::say(life& to, Say say) {
  home_.post(*to.way, [handler = to.handler, way = to.way, say] { say(*handler); });
}

shard_host::life& shard_host::live(domain::entity_ref entity) {
  auto [found, fresh] = lives_.try_emplace(entity);
  auto& it = found->second;
  if (fresh) {
    it.handler = spawn(entity);
    it.touched = home_.around().now();
    say(it, [](entity_life& to) { to.begin(); });
    if (!std::exchange(sweeping_, true))
      later(sweep_every, [](shard_host& shard) { shard.sweep(); });
  }
  return it;
}

std::shared_ptr<entity_life> shard_host::spawn(domain::entity_ref entity) {
  const auto address = persistence::entity_address{entity, shard_};
  switch (entity.kind) {
  case domain::entity_kind::seat_map:
    return std::make_shared<entity_host<domain::seat_map>>(home_, address, epoch_, weak_from_this());
  case domain::entity_kind::account:
    return std::make_shared<entity_host<domain::account>>(home_, address, epoch_, weak_from_this());
  case domain::entity_kind::queue:
    return std::make_shared<entity_host<domain::queue>>(home_, address, epoch_, weak_from_this());
  }
  return {};
}

void shard_host::load(const std::vector<domain::entity_ref>& which) {
  if (gone_ || phase_ == phase::stopping)
    return;
  for (const auto& entity : which) {
    if (phase_ == phase::ahead && !lives_.contains(entity))
      loading_ahead_.insert(entity);
    live(entity);
  }
  if (phase_ == phase::ahead && loading_ahead_.empty())
    home_.is_ahead(shard_);
}

void shard_host::one_is_ahead(domain::entity_ref entity) {
  if (!gone_ && loading_ahead_.erase(entity) > 0 && loading_ahead_.empty() && phase_ == phase::ahead)
    home_.is_ahead(shard_);
}

void shard_host::begin(cluster::epoch_number epoch) {
  if (gone_)
    return;
  epoch_ = epoch;
  phase_ = phase::serving;
  loading_ahead_.clear();
  for (auto& [entity, each] : lives_)
    say(each, [epoch](entity_life& to) { to.take_over(epoch); });
}

void shard_host::stop(actors::hand_over::how leaving) {
  if (gone_)
    return;
  phase_ = phase::stopping;
  for (auto& [entity, each] : lives_) {
    for (const auto& letter : std::exchange(each.kept, {}))
      home_.answer(letter.from, caf::make_message(cluster::moved{shard_, epoch_}));
    say(each, [leaving](entity_life& to) { to.hand_over(leaving); });
  }
  tell_if_stopped();
}

void shard_host::tell_if_stopped() {
  if (phase_ == phase::stopping && lives_.empty()) {
    gone_ = true;
    home_.has_stopped({shard_, epoch_});
  }
}

void shard_host::receive(const cluster::envelope& letter) {
  if (gone_)
    return; // as to an actor that has ended
  const auto current = letter.epoch == 0 || letter.epoch == epoch_;
  if (letter.shard != shard_ || phase_ == phase::stopping || !current)
    return home_.answer(letter.from, caf::make_message(cluster::moved{shard_, epoch_}));
  auto& to = live(letter.to);
  to.touched = home_.around().now();
  if (to.leaving)
    to.kept.push_back(letter);
  else
    say(to, [letter](entity_life& entity) { entity.letter(letter); });
}

void shard_host::plan(domain::entity_ref entity, std::optional<domain::instant> at) {
  auto found = lives_.find(entity);
  if (gone_ || found == lives_.end())
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

void shard_host::set_timer() {
  if (deadlines_.empty())
    return;
  const auto next = deadlines_.begin()->first;
  if (timer_at_ && *timer_at_ <= next)
    return;
  timer_at_ = next;
  const auto wait = std::max(next - home_.database_time(), domain::milliseconds{1});
  later(wait.count() * millisecond, [generation = ++timer_generation_](shard_host& shard) {
    if (generation == shard.timer_generation_)
      shard.ring();
  });
}

void shard_host::ring() {
  timer_at_.reset();
  const auto now = home_.database_time();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const auto entity = deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    auto found = lives_.find(entity);
    if (found == lives_.end())
      continue;
    found->second.deadline.reset();
    say(found->second, [](entity_life& to) { to.due(); });
  }
  set_timer();
}

void shard_host::sweep() {
  const auto idle_since =
      home_.around().now() - home_.around().settings().passivate_after.count() * millisecond;
  for (auto& [entity, each] : lives_) {
    if (each.touched > idle_since || each.leaving || each.deadline)
      continue;
    each.touched = home_.around().now();
    each.leaving = true;
    say(each, [](entity_life& to) { to.passivate(); });
  }
  sweeping_ = !lives_.empty();
  if (sweeping_)
    later(sweep_every, [](shard_host& shard) { shard.sweep(); });
}

void shard_host::stays(domain::entity_ref entity) {
  auto found = lives_.find(entity);
  if (gone_ || found == lives_.end())
    return;
  auto& stayer = found->second;
  stayer.leaving = false;
  stayer.touched = home_.around().now();
  for (auto kept = std::exchange(stayer.kept, {}); const auto& letter : kept)
    say(stayer, [letter](entity_life& to) { to.letter(letter); });
}

void shard_host::end_of(domain::entity_ref entity, actors::life_over::why reason) {
  auto found = lives_.find(entity);
  if (gone_ || found == lives_.end())
    return;
  plan(entity, std::nullopt);
  say(found->second, [](entity_life& to) { to.bury(); });
  auto kept = std::move(found->second.kept);
  lives_.erase(found);
  for (const auto& letter : kept)
    receive(letter);
  one_is_ahead(entity);
  if (reason == actors::life_over::why::failed && entity.kind != domain::entity_kind::account &&
      phase_ == phase::serving)
    revive_later(entity);
  tell_if_stopped();
}

void shard_host::revive_later(domain::entity_ref entity) {
  auto& pause = revivals_[entity];
  pause = std::min(std::max(pause * 2, revival_pause_first), revival_pause_max);
  later(pause, [entity](shard_host& shard) {
    if (shard.phase_ == phase::serving)
      shard.live(entity);
  });
}

const entity_life* shard_host::find(domain::entity_ref entity) const {
  const auto found = lives_.find(entity);
  return found == lives_.end() ? nullptr : found->second.handler.get();
}

std::map<domain::entity_ref, living_state> shard_host::states() const {
  std::map<domain::entity_ref, living_state> result;
  for (const auto& [entity, each] : lives_)
    if (auto state = each.handler->state())
      result.emplace(entity, std::move(*state));
  return result;
}

} // namespace frontrow::simulation
