#include "cluster/member_steps.hpp"

#include <algorithm>
#include <cassert>

namespace frontrow::cluster {

namespace {

bool somebody_leads(const cluster_view& view) {
  const auto* who = view.find(view.leader);
  return who != nullptr && who->lease_left.count() >= 0 && who->lock == alive_lock::held;
}

} // namespace

bool somebody_else_hosts(const cluster_view& view, node_number but) {
  return std::any_of(view.members.begin(), view.members.end(), [&](const auto& each) {
    return each.number != but && each.hosting == shard_hosting::hosts && each.wish == node_wish::stay &&
           each.lease_left.count() >= 0;
  });
}

member_steps::member_steps(node_number self, member_limits limits)
    : self_(self), limits_(limits), keeper_(self, limits.keeper), leader_(limits.leader) {}

member_step member_steps::look(steady_time now) {
  assert(to_ask_.empty() && lease_ != lease_state::lost);
  asked_at_ = now;
  changed_ = false;
  to_ask_.push_back(renew_lease{});
  return next({}, now);
}

member_step member_steps::answered(const member_answer& answer, steady_time now) {
  assert(!to_ask_.empty());
  const auto asked = std::move(to_ask_.front());
  to_ask_.pop_front();
  member_actions actions;
  std::visit([&](const auto& each) { heard(each, answer, now, actions); }, asked);
  return next(std::move(actions), now);
}

member_step member_steps::next(member_actions actions, steady_time now) {
  member_step step{std::move(actions), std::nullopt, {}};
  if (!to_ask_.empty()) {
    step.request = to_ask_.front();
  } else if (lease_ != lease_state::held) {
    step.rest = limits_.try_again;
  } else if (changed_) {
    step.actions.tell_all = member_actions::news::look; // and this node looks at once
  } else {
    step.rest = now < in_haste_until_ ? limits_.look_again : limits_.renew;
  }
  return step;
}

// ---- the lease, and this node's shards

void member_steps::heard(const renew_lease&, const member_answer& answer, steady_time now, member_actions& actions) {
  if (const auto* none = std::get_if<no_answer>(&answer)) {
    was_away_ = true;
    lease_ = *none == no_answer::lost ? lease_state::lost : lease_state::away;
    if (lease_ == lease_state::lost)
      actions.trust_until = steady_time::min();
    return;
  }
  take_in(std::get<std::shared_ptr<const cluster_view>>(answer), now, actions);
  carry_out(keeper_.look(*view_, now), actions);
  if (view_->leader == self_ || !somebody_leads(*view_))
    to_ask_.push_back(take_lead{});
}

void member_steps::take_in(std::shared_ptr<const cluster_view> seen, steady_time now, member_actions& actions) {
  // Who slept through its lease (frozen, or no processor) has seen nothing die meanwhile.
  if (std::exchange(was_away_, false) || now - asked_at_ >= limits_.lease)
    leader_.database_was_away(now);
  lease_ = lease_state::held;
  view_ = std::move(seen);
  actions.trust_until = asked_at_ + limits_.lease - limits_.lease_margin;
  actions.seen = view_;
  for (std::size_t at = 0; at < view_->shards.size(); ++at) {
    const auto& entry = view_->shards[at];
    if (entry.owner != self_ && view_->find(entry.owner) != nullptr)
      actions.places.push_back({static_cast<shard_id>(at), entry.epoch, entry.owner});
  }
}

void member_steps::carry_out(keeper_orders orders, member_actions& actions) {
  actions.taken = std::move(orders.drop);
  actions.drop = std::move(orders.cool);
  for (const auto& each : orders.release)
    actions.drop.push_back(each.shard);
  actions.stop = std::move(orders.stop);
  actions.warm = std::move(orders.warm);
  actions.prepared = std::move(orders.prepared);
  if (!orders.release.empty())
    to_ask_.push_back(release_shards{std::move(orders.release)});
  if (!orders.claim.empty())
    to_ask_.push_back(claim_shards{std::move(orders.claim)});
}

void member_steps::heard(const release_shards& asked, const member_answer& answer, steady_time, member_actions&) {
  if (!std::holds_alternative<request_done>(answer))
    return; // the next look shows it
  keeper_.released(asked.shards);
  changed_ = true;
}

void member_steps::heard(const claim_shards&, const member_answer& answer, steady_time, member_actions& actions) {
  const auto* ours = std::get_if<std::vector<owned_shard>>(&answer);
  if (ours == nullptr)
    return; // the next look shows it
  keeper_.claimed(*ours);
  actions.serve = *ours;
  changed_ = changed_ || !ours->empty();
}

bool member_steps::may_leave() const {
  return owned() == 0 || view_ == nullptr || !somebody_else_hosts(*view_, self_);
}

// ---- the lead

void member_steps::heard(const take_lead&, const member_answer& answer, steady_time now, member_actions&) {
  const auto* got = std::get_if<leadership>(&answer);
  if (got == nullptr || *got == leadership::follows)
    return;
  changed_ = changed_ || view_->leader != self_;
  probe_nodes probe;
  for (const auto& each : view_->members)
    if (each.number != self_ && each.lock == alive_lock::free)
      probe.nodes.push_back(each.number);
  if (probe.nodes.empty())
    lead({}, now);
  else
    to_ask_.push_back(std::move(probe));
}

void member_steps::heard(const probe_nodes&, const member_answer& answer, steady_time now, member_actions&) {
  const auto* results = std::get_if<probe_results>(&answer);
  lead(results == nullptr ? probe_results{} : *results, now);
}

void member_steps::lead(const probe_results& probes, steady_time now) {
  auto plan = leader_.plan(*view_, probes, now);
  for (const auto number : plan.dead)
    to_ask_.push_back(declare_dead{number, view_->find(number)->lease_left.count() < 0 ? death_evidence::lapsed
                                                                                        : death_evidence::lock_lost});
  if (!plan.wanted.empty())
    to_ask_.push_back(want_shards{std::move(plan.wanted)});
}

void member_steps::heard(const declare_dead&, const member_answer& answer, steady_time, member_actions&) {
  const auto* verdict = std::get_if<death_verdict>(&answer);
  changed_ = changed_ || verdict != nullptr;
  if (verdict == nullptr || *verdict == death_verdict::came_back)
    to_ask_.clear(); // the rest of the plan counted on its death
}

void member_steps::heard(const want_shards&, const member_answer& answer, steady_time, member_actions&) {
  changed_ = changed_ || std::holds_alternative<request_done>(answer);
}

} // namespace frontrow::cluster
